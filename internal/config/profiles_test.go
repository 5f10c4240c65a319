package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/config/slug"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
)

// started is what each profile starts, with each choice by itself, as everybody's who could have it.
func started(t *testing.T, c Config) any {
	t.Helper()
	out := map[string]any{}
	set := c.ProfileSet()
	everybody := profiles.Person{Name: "ann"}
	for _, p := range c.Profiles {
		everybody.Groups = append(everybody.Groups, p.Groups...)
		for _, o := range p.Options {
			for _, choice := range o.Choices {
				everybody.Groups = append(everybody.Groups, choice.Groups...)
			}
		}
	}
	launch := func(what string, options map[string]string) {
		raw, err := json.Marshal(options)
		if err != nil {
			t.Fatal(err)
		}
		chosen, err := set.Choose(everybody, raw)
		if err != nil {
			out[what] = err.Error()
			return
		}
		out[what] = struct {
			hub.Launch
			Devices map[string]int `json:"devices,omitempty"`
		}{chosen.Launch(hub.Launch{}, ""), chosen.Devices()}
	}
	launch("nothing named", nil)
	for _, p := range c.Profiles {
		launch(p.Slug, map[string]string{"profile": p.Slug})
		for _, o := range p.Options {
			for _, choice := range o.Choices {
				launch(p.Slug+" "+o.Key+"="+choice.Key, map[string]string{"profile": p.Slug, o.Key: choice.Key})
			}
			if o.Unlisted.Enabled {
				launch(p.Slug+" "+o.Key+"=…", map[string]string{"profile": p.Slug, o.Key + "--unlisted-choice": "example/own:1"})
			}
		}
	}
	return out
}

// Each of testdata/profiles is read, and starts what the file beside it says; what a driver that runs
// processes does not carry out is named there too.
func TestProfilesOfOthersAreRead(t *testing.T) {
	files, err := filepath.Glob("testdata/profiles/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, _, _ := Load(file, nil, os.ReadFile) // what is wrong with it is among what Validate finds
			refused := []string{}
			if err := c.Validate(); err != nil {
				refused = strings.Split(err.Error(), "\n")
			}
			b, err := json.MarshalIndent(map[string]any{"starts": started(t, c), "refused": refused, "warnings": c.ProfileWarnings()}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".json"
			if *update {
				if err := os.WriteFile(golden, append(b, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(b)+"\n"); d != "" {
				t.Error(d)
			}
		})
	}
}

// A configuration with a fault in its profiles is refused whole, with the line.
func TestBadProfiles(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"an unknown key", "profiles:\n  - slug: a\n    colour: red", "line 3: unknown key profiles.colour"},
		{"one with a slip", "profiles:\n  - slug: a\n    descriptio: x", "line 3: unknown key profiles.descriptio; did you mean profiles.description?"},
		{"a slug twice", "profiles:\n  - slug: a\n  - {slug: b}\n  - slug: a", "line 4: profiles: the slug a is that of profile 1 already"},
		{"a slug twice, made of names", "profiles:\n  - display_name: Big box\n  - display_name: big-box", "line 3: profiles: the slug big-box is that of profile 1 already"},
		{"no slug", "profiles:\n  - description: x", `line 2: profiles: "" is no slug`},
		{"a name that makes none", "profiles:\n  - display_name: 日本", `line 2: profiles: "" is no slug`},
		{"a function of KubeSpawner's", "profiles: my_profiles", "line 1: profiles: a list is expected here, each item with keys, as - slug: …; a function, which KubeSpawner takes too, is Python and is not read"},
		{"no list", "profiles: 3", "line 1: profiles: a list is expected here"},
		{"no keys", "profiles: [3]", "line 1: profiles: each profile has keys with values"},
		{"a successor that is not there", "profiles:\n  - slug: a\n    successor: b", `line 3: profiles: a: there is no profile "b" to succeed it`},
		{"a retired default", "profiles:\n  - slug: a\n    successor: b\n    default: true\n  - slug: b", "line 4: profiles: a: one that has a successor cannot be the default"},
		{"a group that is not there", "groups: {cs101: {}}\nprofiles:\n  - slug: a\n    groups: [cs102]", "line 4: profiles: a: there is no group cs102; declare it, as groups: {cs102: {}}; did you mean cs101?"},
		{"a role that is not there", "profiles:\n  - slug: a\n    roles: [tescher]", "line 3: profiles: a: there is no role tescher among roles; did you mean teacher?"},
		{"no username", "profiles:\n  - slug: a\n    users: [a/b]", `line 3: profiles: a: "a/b" is not a username`},
		{"an image", "profiles:\n  - slug: a\n    image: x:1", "line 3: profiles: a: image: spawner.driver: local runs processes, which have no image"},
		{"an image of a choice", "profiles:\n  - slug: a\n    profile_options:\n      i:\n        choices:\n          x:\n            kubespawner_override: {image: x}", "line 7: profiles: a: i: x: image: spawner.driver: local"},
		{"a node selector", "profiles:\n  - slug: a\n    kubespawner_override:\n      node_selector: {gpu: a}", "line 4: profiles: a: node_selector: spawner.driver: local does not carry it out"},
		{"a setting with a slip", "profiles:\n  - slug: a\n    kubespawner_override:\n      mem_limt: 2G", "did you mean mem_limit?"},
		{"an accelerator that is not there", "accelerators: {phx: {}}\nprofiles:\n  - slug: a\n    accelerator: phy", "line 4: profiles: a: accelerator: there is no accelerator phy; declare it, as accelerators: {phy: {quota_rate: 2}}; did you mean phx?"},
		{"an accelerator for nothing", "accelerators:\n  phx:\n    quota_rate: 0", "line 3: accelerators: phx: quota_rate: it must be 1 to 1000000"},
		{"an accelerator of the processor's name", "accelerators:\n  cpu: {}", "line 2: accelerators: cpu is what quota.cpu_rate is listed as"},
		{"an accelerator without a name", "accelerators:\n  a b: {}", `line 2: accelerators: "a b" cannot be the name of one`},
		{"a profile for nothing", "profiles:\n  - slug: a\n    quota_rate: 0", "line 3: profiles: a: quota_rate: it must be 1 to 1000000"},
		{"a choice that pays", "profiles:\n  - slug: a\n    profile_options:\n      x:\n        choices:\n          y: {quota_rate: -3}", "line 6: profiles: a: x: y: quota_rate: it must be 1"},
		{"half a credit", "profiles:\n  - slug: a\n    quota_rate: 0.5", "line 3: profiles.quota_rate: "},
		{"little memory", "profiles:\n  - slug: a\n    mem_limit: 2M", "line 3: profiles: a: mem_limit: with less than 128M no notebook server starts"},
		{"no size", "profiles:\n  - slug: a\n    mem_limit: much", `line 3: profiles.mem_limit: "much" is not a size`},
		{"half a limit of cores", "profiles:\n  - slug: a\n    cpu_limit: -1", "line 3: profiles: a: cpu_limit: it is a number of cores"},
		{"an option without choices", "profiles:\n  - slug: a\n    profile_options:\n      x: {display_name: X}", "line 4: profiles: a: x: it has no choices"},
		{"an option that is none", "profiles:\n  - slug: a\n    profile_options: [x]", "line 3: profiles.profile_options: names with keys below are expected here"},
		{"an unknown key of a choice", "profiles:\n  - slug: a\n    profile_options:\n      x:\n        choices:\n          y: {kubespawner_overide: {}}", "line 6: unknown key profiles.profile_options.x.choices.y.kubespawner_overide; did you mean"},
		{"a pattern that looks ahead", "profiles:\n  - slug: a\n    profile_options:\n      x:\n        unlisted_choice:\n          enabled: true\n          validation_regex: '^(?=a)'", "line 7: profiles: a: x: the pattern is not understood"},
		{"a variable without a name", "profiles:\n  - slug: a\n    environment: {'A=B': c}", `line 3: profiles: a: environment: "A=B" cannot be the name of a variable`},
		{"a variable from a config map", "profiles:\n  - id: a\n    definition: {slug: a}\n    pod_env_vars:\n      T: {from_config_map: {name: n, key: k}}", "line 5: profiles.pod_env_vars.T: a value from a config map takes a cluster"},
		{"a template", "profiles:\n  - id: a\n    definition: {slug: a}\n    pod_env_vars:\n      T: '{{ spawner.user.name }}'", "line 5: profiles.pod_env_vars: a text with {{ … }} is not filled in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, _, _ := load(t, c.yaml)
			if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}

// The variable holds the whole list, as JSON.
func TestProfilesFromTheEnvironment(t *testing.T) {
	c, warnings, err := load(t, "", `ATRIUM_PROFILES=[{"slug": "a", "profile_options": {"z": {"choices": {"2": {}, "1": {}}}}}]`)
	if err != nil || len(warnings) > 0 || c.Validate() != nil {
		t.Fatal(err, warnings, c.Validate())
	}
	if o := c.Profiles[0].Options[0]; o.Key != "z" || o.Choices[0].Key != "2" || o.Choices[1].Key != "1" {
		t.Errorf("the order is lost: %+v", o)
	}
	if _, _, err := load(t, "", `ATRIUM_PROFILES=[{"slug": "a", "colour": 1}]`); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Error(err)
	}
}

// What is kept free for nobody is said, wherever it is asked for.
func TestReservedInAnUnlistedChoice(t *testing.T) {
	c, _, err := load(t, "", `ATRIUM_PROFILES=[{"slug": "a", "profile_options": {"o": {"unlisted_choice": {"enabled": true, "kubespawner_override": {"mem_guarantee": "1G"}}}}}]`)
	if err != nil {
		t.Fatal(err)
	}
	if said := c.ProfileWarnings(); len(said) != 1 || !strings.HasPrefix(said[0], "profiles: a: mem_guarantee") {
		t.Errorf("%q", said)
	}
}

// As python-slugify does, which KubeSpawner makes slugs with.
func TestSlugs(t *testing.T) {
	for name, want := range map[string]string{
		"Demo - profile_list entry 1": "demo-profile-list-entry-1", "Teacher's box": "teacher-s-box", "Umgebung für Anfänger": "umgebung-fur-anfanger",
		"Straße": "strasse", "1,000 cores": "1000-cores", "  --x__y  ": "x-y", "GPU (NVIDIA A100) 1.5": "gpu-nvidia-a100-1-5", "it’s": "its",
		"a/b.c": "a-b-c", "3.5GB & 2 CPU": "3-5gb-2-cpu", "naïve—dash": "naive-dash", "C++ / R": "c-r", "": "", "日本": "",
	} {
		if got := slug.Of(name); got != want {
			t.Errorf("%q makes %q, want %q", name, got, want)
		}
	}
}
