package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/atriumhub/atrium/internal/profiles"
)

// Settings is what a profile or a choice sets: keys of its own, or kubespawner_override.
type Settings struct {
	profiles.Settings
	Foreign []string          // keys of KubeSpawner's that nothing here carries out
	kinds   map[string]string // of Devices, the keys below which they are asked for
	spec    bool              // the image was called image_spec
}

// settingReaders read what is carried out, by KubeSpawner's names and ours.
func settingReaders() map[string]func(s *Settings, v value) {
	return map[string]func(s *Settings, v value){
		"image":          func(s *Settings, v value) { s.Image = v.text() },
		"image_spec":     func(s *Settings, v value) { s.Image, s.spec = v.text(), true },
		"command":        func(s *Settings, v value) { s.Command = v.words() },
		"cmd":            func(s *Settings, v value) { s.Command = v.words() },
		"args":           func(s *Settings, v value) { s.Args = v.words() },
		"environment":    func(s *Settings, v value) { s.Environment = v.variables() },
		"default_url":    func(s *Settings, v value) { s.DefaultURL = new(v.text()) },
		"notebook_dir":   func(s *Settings, v value) { s.Folder = new(v.text()) },
		"mem_limit":      func(s *Settings, v value) { s.Limits.Memory = v.size() },
		"mem_guarantee":  func(s *Settings, v value) { s.Limits.ReservedMemory = v.size() },
		"cpu_limit":      func(s *Settings, v value) { s.Limits.CPU = v.cores() },
		"cpu_guarantee":  func(s *Settings, v value) { s.Limits.ReservedCPU = v.cores() },
		"accelerator":    func(s *Settings, v value) { s.Accelerator = v.text() },
		"quota_rate":     func(s *Settings, v value) { s.Rate = v.rate() },
		"time_limit":     func(s *Settings, v value) { s.Time.Default = v.span() },
		"max_time_limit": func(s *Settings, v value) { s.Time.Max = v.span() },
		"devices":        func(s *Settings, v value) { s.takeDevices(v, "devices") },
		// KubeSpawner's; what is guaranteed of such things is what they are limited to.
		"extra_resource_limits":     func(s *Settings, v value) { s.takeDevices(v, "extra_resource_limits") },
		"extra_resource_guarantees": func(s *Settings, v value) { s.takeDevices(v, "extra_resource_guarantees") },
	}
}

func settingKeys() []string { return slices.Sorted(maps.Keys(settingReaders())) }

func (s Settings) imageKey() string {
	if s.spec {
		return "image_spec"
	}
	return "image"
}

// then is what holds where t is set after s.
func (s Settings) then(t Settings) profiles.Settings {
	both := s.Settings
	if t.Image != "" {
		both.Image = t.Image
	}
	if len(t.Command) > 0 {
		both.Command = t.Command
	}
	both.Args = slices.Concat(s.Args, t.Args)
	both.Environment = map[string]*string{}
	maps.Copy(both.Environment, s.Environment)
	maps.Copy(both.Environment, t.Environment)
	if t.Accelerator != "" {
		both.Accelerator = t.Accelerator
	}
	if t.Rate != 0 {
		both.Rate = t.Rate
	}
	both.Devices = maps.Clone(s.Devices)
	if both.Devices == nil {
		both.Devices = map[string]int{}
	}
	maps.Copy(both.Devices, t.Devices)
	first(&both.DefaultURL, t.DefaultURL)
	first(&both.Folder, t.Folder)
	first(&both.Limits.Memory, t.Limits.Memory)
	first(&both.Limits.ReservedMemory, t.Limits.ReservedMemory)
	first(&both.Limits.CPU, t.Limits.CPU)
	first(&both.Limits.ReservedCPU, t.Limits.ReservedCPU)
	first(&both.Time.Default, t.Time.Default)
	first(&both.Time.Max, t.Time.Max)
	return both
}

func first[T any](to **T, later *T) {
	if later != nil {
		*to = later
	}
}

// readDeep reads kubespawner_override.
func (s *Settings) readDeep(r *reader, key, id string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, key, "keys with values are expected here, as mem_limit: 2G")
		return
	}
	readers := settingReaders()
	for _, p := range r.pairs(key+".", n) {
		r.note(id+"."+p.word, p.key)
		if read, known := readers[p.word]; known {
			read(s, value{r, key + "." + p.word, p.value})
		} else if !r.glued(key+".", p) && !vacant(p.value) {
			s.Foreign = append(s.Foreign, p.word)
		}
	}
}

// value is what stands at a key of settings. Nothing there, or null, takes away what was.
type value struct {
	r    *reader
	key  string
	node *yaml.Node
}

func (v value) text() string {
	n, ok := v.r.resolve(v.key, v.node)
	if !ok || empty(n) {
		return ""
	}
	s, ok := scalar(n)
	if !ok {
		v.r.fault(v.node, v.key, "one text is expected here, not a list or keys")
	}
	return strings.TrimSpace(s)
}

// words is a list of texts; one text is a list of one.
func (v value) words() (list []string) {
	n, ok := v.r.resolve(v.key, v.node)
	if !ok || empty(n) {
		return nil
	}
	if one, ok := scalar(n); ok {
		return []string{one}
	}
	into := reflectOf(&list)
	v.r.list(v.key, n, into)
	return list
}

func (v value) variables() map[string]*string {
	n, ok := v.r.resolve(v.key, v.node)
	if !ok || empty(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		v.r.fault(n, v.key, "names with values are expected here, as NAME: value")
		return nil
	}
	out := map[string]*string{}
	for _, p := range v.r.pairs(v.key+".", n) {
		if v.r.glued(v.key+".", p) {
			continue
		}
		item, ok := v.r.resolve(v.key+"."+p.word, p.value)
		if !ok {
			continue
		}
		if empty(item) {
			out[p.word] = nil
		} else if text, ok := scalar(item); ok {
			out[p.word] = &text
		} else {
			v.r.fault(p.key, v.key+"."+p.word, `a text is expected here, as "…"`)
		}
	}
	return out
}

func (v value) size() *int64 {
	var s Size
	v.number(&s)
	return new(int64(s))
}

func (v value) cores() *float64 {
	var n float64
	v.number(&n)
	return &n
}

// rate reads what a minute costs. 0 is none: it is refused as what is too little.
func (v value) rate() int64 {
	rate := int64(-1)
	if n, ok := v.r.resolve(v.key, v.node); ok && empty(n) {
		return 0
	}
	v.number(&rate)
	if rate == 0 {
		return -1
	}
	return rate
}

func (v value) span() *time.Duration {
	var d Duration
	v.number(&d)
	return new(d.Std())
}

// number reads a size, a span or a number; null is 0, no limit.
func (v value) number(into any) {
	n, ok := v.r.resolve(v.key, v.node)
	if !ok || empty(n) {
		return
	}
	text, ok := scalar(n)
	if !ok {
		v.r.fault(v.node, v.key, "one value is expected here, not a list or keys")
		return
	}
	if err := set1(reflectOf(into), text); err != nil {
		v.r.fault(v.node, v.key, "%v", err)
	}
}
