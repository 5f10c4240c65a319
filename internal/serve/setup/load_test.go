package setup

import (
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/config"
)

func TestPlainHTTPBeyondThisMachineWarns(t *testing.T) {
	for _, c := range []struct {
		change func(*config.Config)
		want   string // the warning begins so; empty: none
	}{
		{func(*config.Config) {}, ""},
		{func(c *config.Config) { c.Listen = ":8000" }, "listening beyond this machine"},
		{func(c *config.Config) { c.Listen, c.PublicURL = ":8000", "http://hub.example.org" }, "listening beyond this machine"},
		{func(c *config.Config) { c.Listen, c.PublicURL = ":8000", "https://hub.example.org" }, ""},
		{func(c *config.Config) { c.Listen, c.TLS.CertFile, c.TLS.KeyFile = ":443", "c", "k" }, ""},
		{func(c *config.Config) { c.HubListen = ":8081" }, ""},
		{func(c *config.Config) { c.HubListen, c.TLS.CertFile, c.TLS.KeyFile = ":8081", "c", "k" }, "hub_listen (:8081)"},
	} {
		cfg := config.Default()
		c.change(&cfg)
		got := strings.Join(PlainWarnings(cfg), "\n")
		if !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s %s: %q", cfg.Listen, cfg.PublicURL, got)
		}
	}
}
