package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDevicesAreRead(t *testing.T) {
	c, _, err := load(t, `
spawner:
  local:
    devices:
      gpu: auto
      npu: 2
      a100: [GPU-a, "MIG-b"]
      rocm: {maker: amd, ids: [0, 1]}
      fpga: {ids: 3, maker: none}
profiles:
  - {slug: a, devices: {gpu: 3, npu: 2}}
  - slug: b
    kubespawner_override: {extra_resource_limits: {nvidia.com/a100: "2"}, extra_resource_guarantees: {nvidia.com/a100: "2"}}
  - slug: c
    devices: {fpga: 1}
    profile_options:
      o: {choices: {x: {devices: {fpga: 3}}, y: {devices: {fpga: null}}}}
`)
	if err != nil || c.Validate() != nil {
		t.Fatal(err, c.Validate())
	}
	want := Devices{
		"gpu": {Auto: true}, "npu": {Count: 2}, "a100": {IDs: []string{"GPU-a", "MIG-b"}}, "rocm": {IDs: []string{"0", "1"}, Maker: "amd"},
		"fpga": {Count: 3, Maker: "none"},
	}
	if d := cmp.Diff(want, c.Spawner.Local.Devices); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]int{"a100": 2}, c.Profiles[1].Override.Devices); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"fpga"}, c.Profiles[2].DeviceKinds()); d != "" {
		t.Error(d)
	}
}

// A device or kind that is not there refuses the configuration, with the line.
func TestBadDevices(t *testing.T) {
	const two = "spawner: {local: {devices: {gpu: 2}}}\n"
	for _, c := range []struct{ name, yaml, want string }{
		{"no kinds", "spawner: {local: {devices: 4}}", "line 1: spawner.local.devices: kinds with their devices are expected here"},
		{"none", "spawner:\n  local:\n    devices:\n      gpu: 0", "line 4: spawner.local.devices.gpu: auto, a number of devices or a list"},
		{"an empty list", "spawner:\n  local:\n    devices:\n      gpu: []", "line 4: spawner.local.devices.gpu: it names no device"},
		{"a word", "spawner: {local: {devices: {gpu: many}}}", "auto, a number of devices or a list"},
		{"an unknown key", "spawner: {local: {devices: {gpu: {id: 4}}}}", "spawner.local.devices.gpu.id: ids and maker are expected here"},
		{"an unknown maker", "spawner: {local: {devices: {gpu: {ids: auto, maker: intel}}}}", "maker is nvidia, amd or none"},
		{"what nobody finds", "spawner: {local: {devices: {gpu: {ids: auto, maker: none}}}}", "auto finds devices of nvidia and amd"},
		{"no id", "spawner: {local: {devices: {gpu: ['a,b']}}}", `"a,b" is no id of a device`},
		{"no kind", "spawner: {local: {devices: {'GPU 1': 1}}}", "no kind can be called so"},
		{"one device twice", "spawner:\n  local:\n    devices:\n      gpu: [GPU-a]\n      big: [GPU-b, GPU-a]", "GPU-a is named twice"},
		{"one device twice in a list", "spawner: {local: {devices: {gpu: ['0', '0']}}}", "gpu: 0 is named twice"},
		{"asked for where there are none", "profiles:\n  - slug: a\n    devices: {gpu: 1}", "line 3: profiles: a: devices: spawner.local.devices names no devices of this machine"},
		{"a kind that is not there", two + "profiles:\n  - slug: a\n    devices: {gpus: 1}", "line 4: profiles: a: devices: spawner.local.devices has no kind gpus, but gpu; did you mean gpu?"},
		{"more than there are", two + "profiles:\n  - slug: a\n    profile_options:\n      n:\n        choices:\n          x: {devices: {gpu: 3}}", "line 7: profiles: a: n: x: devices: spawner.local.devices has 2 gpu, and this asks for 3"},
		{"by KubeSpawner's name", two + "profiles:\n  - slug: a\n    kubespawner_override:\n      extra_resource_limits: {amd.com/npu: 1}", "line 5: profiles: a: extra_resource_limits: spawner.local.devices has no kind npu"},
		{"fewer than none", two + "profiles:\n  - slug: a\n    devices: {gpu: -1}", "line 4: profiles: a: devices: gpu: a number of devices is expected"},
		{"half a one", two + "profiles:\n  - slug: a\n    devices: {gpu: 0.5}", "line 4: profiles.devices.gpu: a number of devices is expected here"},
		{"no numbers", two + "profiles:\n  - slug: a\n    devices: [gpu]", "line 4: profiles.devices: kinds with numbers are expected here"},
		{"two numbers", two + "profiles:\n  - slug: a\n    kubespawner_override:\n      extra_resource_limits: {nvidia.com/gpu: 1}\n      extra_resource_guarantees: {nvidia.com/gpu: 2}", "2 gpu are asked for, and 1 beside it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, _, _ := load(t, c.yaml)
			if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}

func TestDevicesFromTheEnvironment(t *testing.T) {
	c, _, err := load(t, "", `ATRIUM_SPAWNER_LOCAL_DEVICES={"gpu": ["GPU-a"]}`)
	if err != nil || c.Validate() != nil || len(c.Spawner.Local.Devices["gpu"].IDs) != 1 {
		t.Fatal(err, c.Validate(), c.Spawner.Local.Devices)
	}
}
