package config

import (
	"strings"
	"testing"
)

// Each fault of the TLS section on its own, with the key that it names first.
func TestValidateTLS(t *testing.T) {
	files := func(c *Config) { c.TLS.CertFile, c.TLS.KeyFile = "/c.pem", "/k.pem" }
	acme := func(c *Config) {
		c.TLS.ACME.Email, c.TLS.ACME.Domains = "ops@example.org", []string{"hub.example.org"}
	}
	nothing := func(*Config) {}
	for _, tc := range []struct {
		key    string // named by the fault; empty: good
		source func(*Config)
		change func(*Config)
	}{
		{"", files, nothing},
		{"", acme, nothing},
		{"", files, func(c *Config) { c.TLS.RedirectListen, c.TLS.HSTS, c.PublicURL = ":80", 180*day, "https://h" }},
		{"", files, func(c *Config) { c.Listen, c.HubListen = "127.0.0.1:0", "127.0.0.1:0" }},
		{"tls.key_file", nothing, func(c *Config) { c.TLS.CertFile = "/c.pem" }},
		{"tls.cert_file", nothing, func(c *Config) { c.TLS.KeyFile = "/k.pem" }},
		{"tls.acme", files, acme},
		{"tls.acme", nothing, func(c *Config) { c.TLS.ACME.CAFile = "/ca.pem" }},
		{"tls.acme.domains", acme, func(c *Config) { c.TLS.ACME.Domains = nil }},
		{"tls.acme.domains", acme, func(c *Config) { c.TLS.ACME.Domains = []string{"*.example.org"} }},
		{"tls.acme.domains", acme, func(c *Config) { c.TLS.ACME.Domains = []string{"https://hub.example.org"} }},
		{"tls.acme.domains", acme, func(c *Config) { c.TLS.ACME.Domains = []string{"192.0.2.1"} }},
		{"tls.acme.email", acme, func(c *Config) { c.TLS.ACME.Email = "" }},
		{"tls.acme.email", acme, func(c *Config) { c.TLS.ACME.Email = "ops" }},
		{"tls.acme.directory_url", acme, func(c *Config) { c.TLS.ACME.DirectoryURL = "http://ca.example.org/directory" }},
		{"tls.redirect_listen", nothing, func(c *Config) { c.TLS.RedirectListen = ":80" }},
		{"tls.redirect_listen", files, func(c *Config) { c.TLS.RedirectListen = "80" }},
		{"tls.redirect_listen", files, func(c *Config) { c.TLS.RedirectListen = c.Listen }},
		{"tls.redirect_listen", files, func(c *Config) { c.TLS.RedirectListen = c.HubListen }},
		{"tls.hsts", nothing, func(c *Config) { c.TLS.HSTS = day }},
		{"tls.hsts", files, func(c *Config) { c.TLS.HSTS = 5 }},
		{"hub_listen", files, func(c *Config) { c.HubListen = c.Listen }},
		{"hub_listen", files, func(c *Config) { c.HubListen = "8081" }},
		{"", nothing, func(c *Config) { c.HubListen = "" }},
		{"hub_listen", files, func(c *Config) { c.HubListen = "" }},
		{"", files, func(c *Config) { c.HubListen, c.HubConnectURL = "", "https://hub.example.org" }},
		{"public_url", files, func(c *Config) { c.PublicURL = "http://hub.example.org" }},
	} {
		c := Default()
		c.DataDir = "/data"
		tc.source(&c)
		tc.change(&c)
		err := c.Validate()
		if tc.key == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.TLS, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), tc.key+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("want one fault of %s for %+v, got %v", tc.key, c.TLS, err)
		}
	}
}

func TestDomainsAreBroughtIntoOneForm(t *testing.T) {
	c, _, err := Load("", []string{"ATRIUM_DATA_DIR=/d", "ATRIUM_TLS_ACME_DOMAINS=Hub.Example.ORG., b.example.org", "ATRIUM_TLS_ACME_EMAIL=a@b.c"}, nil)
	if err != nil || c.Validate() != nil {
		t.Fatal(err, c.Validate())
	}
	if got := strings.Join(c.TLS.ACME.Domains, " "); got != "hub.example.org b.example.org" {
		t.Error(got)
	}
}
