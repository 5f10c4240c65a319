package config

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/atriumhub/atrium/internal/devices"
)

// Devices are the devices of this machine that servers have for themselves, by kinds.
type Devices devices.Kinds

// validate finds fault with kinds and ids that cannot be.
func (d Devices) validate(f *faults) {
	for _, w := range devices.Kinds(d).Faults() {
		key := "spawner.local.devices." + w.Kind
		f.add(key, key+": "+w.Text)
	}
}

func (d *Devices) readDeep(r *reader, key, id string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, key, "kinds with their devices are expected here, as gpu: auto, gpu: 4 or gpu: [GPU-…]")
		return
	}
	all := Devices{}
	for _, p := range r.pairs(key+".", n) {
		r.note(id+"."+p.word, p.key)
		if item, ok := r.resolve(key+"."+p.word, p.value); ok && !r.glued(key+".", p) {
			all[p.word] = r.deviceKind(key+"."+p.word, item)
		}
	}
	if len(all) > 0 {
		*d = all
	}
}

func (r *reader) deviceKind(key string, n *yaml.Node) (k devices.Kind) {
	switch n.Kind {
	case yaml.SequenceNode:
		r.list(key, n, reflectOf(&k.IDs))
	case yaml.MappingNode:
		for _, p := range r.pairs(key+".", n) {
			item, ok := r.resolve(key+"."+p.word, p.value)
			switch {
			case p.word == "maker" && ok:
				k.Maker, _ = scalar(item)
			case p.word == "ids" && ok && item.Kind != yaml.MappingNode:
				maker := k.Maker
				k = r.deviceKind(key, item)
				k.Maker = maker
			default:
				r.fault(p.key, key+"."+p.word, "ids and maker are expected here, as ids: 4 and maker: amd")
			}
		}
	default:
		text, _ := scalar(n)
		count, err := strconv.Atoi(text)
		k.Auto, k.Count = text == "auto", count
		if !k.Auto && (err != nil || count < 1 || count > devices.Most) {
			r.fault(n, key, "auto, a number of devices or a list of their ids is expected here, as auto, 4 or [GPU-…]")
		}
	}
	return k
}

// takeDevices reads how many of which kinds are asked for. KubeSpawner's names of kinds, as nvidia.com/gpu, end with ours.
func (s *Settings) takeDevices(v value, word string) {
	n, ok := v.r.resolve(v.key, v.node)
	if !ok || empty(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		v.r.fault(n, v.key, "kinds with numbers are expected here, as gpu: 1")
		return
	}
	if s.kinds == nil {
		s.Devices, s.kinds = map[string]int{}, map[string]string{}
	}
	for _, p := range v.r.pairs(v.key+".", n) {
		kind := p.word[strings.LastIndexByte(p.word, '/')+1:]
		item, ok := v.r.resolve(v.key+"."+p.word, p.value)
		if !ok || v.r.glued(v.key+".", p) {
			continue
		}
		count := 0
		if text, ok := scalar(item); !ok && !empty(item) || ok && !wholeNumber(text, &count) {
			v.r.fault(p.key, v.key+"."+p.word, "a number of devices is expected here, as 1")
			continue
		}
		if before, twice := s.Devices[kind]; twice && before != count {
			v.r.fault(p.key, v.key+"."+p.word, "%d %s are asked for, and %d beside it", count, kind, before)
			continue
		}
		s.Devices[kind], s.kinds[kind] = count, word
	}
}

func wholeNumber(text string, n *int) bool {
	var err error
	*n, err = strconv.Atoi(text)
	return err == nil
}
