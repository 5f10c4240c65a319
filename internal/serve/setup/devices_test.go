package setup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/hub"
)

func TestWhatDevicesThereAre(t *testing.T) {
	const a, b = "GPU-11111111-2222-3333-4444-555555555555", "GPU-66666666-7777-8888-9999-000000000000"
	nvidia := []hub.Device{{ID: a, Maker: hub.MakerNVIDIA, Name: "A"}, {ID: b, Maker: hub.MakerNVIDIA, Name: "B"}}
	both := append([]hub.Device{{ID: "0", Maker: hub.MakerAMD, Name: "gfx"}}, nvidia...)
	of := func(maker string, list ...string) (out []hub.Device) {
		for i := 0; i < len(list); i += 2 {
			out = append(out, hub.Device{Kind: "gpu", Maker: maker, ID: list[i], Name: list[i+1]})
		}
		return out
	}
	tests := []struct {
		name         string
		kind         devices.Kind
		found        []hub.Device
		want         []hub.Device
		fault, warns string
	}{
		{"all that are found", devices.Kind{Auto: true}, nvidia, of(hub.MakerNVIDIA, a, "A", b, "B"), "", ""},
		{"those of a maker", devices.Kind{Auto: true, Maker: hub.MakerAMD}, both, of(hub.MakerAMD, "0", "gfx"), "", ""},
		{"none is found", devices.Kind{Auto: true}, nil, nil, "", "no devices of NVIDIA or AMD are found"},
		{"so many", devices.Kind{Count: 2}, nvidia, of(hub.MakerNVIDIA, "0", "A", "1", "B"), "", ""},
		{"more than there are", devices.Kind{Count: 3}, nvidia, nil, "this machine has no device 2, but " + a + ", " + b, ""},
		{"these", devices.Kind{IDs: []string{b}}, nvidia, of(hub.MakerNVIDIA, b, "B"), "", ""},
		{"by its beginning", devices.Kind{IDs: []string{"GPU-66666666"}}, nvidia, of(hub.MakerNVIDIA, "GPU-66666666", "B"), "", ""},
		{"one that is not there", devices.Kind{IDs: []string{"GPU-x", a}}, nvidia, nil, "this machine has no device GPU-x", ""},
		{"nothing can be found out", devices.Kind{IDs: []string{"GPU-a", "GPU-b"}}, nil, of("", "GPU-a", "", "GPU-b", ""), "", "cannot be found out here"},
		{"of a maker that is plain", devices.Kind{IDs: []string{a, "GPU-0123456789abcdef"}}, nil,
			append(of(hub.MakerNVIDIA, a, ""), of(hub.MakerAMD, "GPU-0123456789abcdef", "")...), "", "cannot be found out here"},
		{"no cards at all", devices.Kind{Count: 2, Maker: "none"}, nvidia, of("none", "0", "", "1", ""), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config.Default()
			cfg.Spawner.Local.Devices = config.Devices{"gpu": tt.kind}
			inv, faults, warnings := devicesAmong(cfg, func() []hub.Device { return tt.found })
			if diff := cmp.Diff(tt.want, inv.List); diff != "" {
				t.Error(diff)
			}
			var told []string
			for _, f := range faults {
				told = append(told, f.Text)
			}
			if got := strings.Join(told, "\n"); (got == "") != (tt.fault == "") || !strings.Contains(got, tt.fault) {
				t.Errorf("faults: %q", got)
			}
			if got := strings.Join(warnings, "\n"); (got == "") != (tt.warns == "") || !strings.Contains(got, tt.warns) {
				t.Errorf("warnings: %q", got)
			}
		})
	}
}
