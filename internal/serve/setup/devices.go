package setup

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local/gpus"
)

// ids that only one maker gives.
var (
	ofNVIDIA = regexp.MustCompile(`^(MIG-|GPU-[0-9a-fA-F]{8}-)`)
	ofAMD    = regexp.MustCompile(`^GPU-[0-9a-fA-F]{16}$`)
)

// Devices is what the configuration says of this machine's devices, with what is found of them here; what is named and is not here
// is a fault. Warnings are of kinds of which there are none, or of which nothing can be known.
func Devices(ctx context.Context, cfg config.Config) (inv devices.Inventory, faults []config.Fault, warnings []string) {
	return devicesAmong(cfg, func() []hub.Device { return gpus.Find(ctx, gpus.Source{}) })
}

func devicesAmong(cfg config.Config, find func() []hub.Device) (inv devices.Inventory, faults []config.Fault, warnings []string) {
	kinds := cfg.Spawner.Local.Devices
	if len(kinds) == 0 {
		return inv, nil, nil
	}
	found := find()
	inv.Machine = gpus.Machine()
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		list, fault, warning := devicesOf(kind, kinds[kind], found)
		key := "spawner.local.devices." + kind
		if fault != "" {
			faults = append(faults, config.Fault{Key: key, Text: key + ": " + fault})
		}
		if warning != "" {
			warnings = append(warnings, key+": "+warning)
		}
		inv.List = append(inv.List, list...)
	}
	for _, p := range cfg.Profiles {
		for _, kind := range p.DeviceKinds() {
			if n := len(slices.DeleteFunc(slices.Clone(inv.List), func(d hub.Device) bool { return d.Kind != kind })); n == 0 && kinds[kind].Auto {
				warnings = append(warnings, fmt.Sprintf("profiles: %s: it asks for %s, and this machine has none: it starts only where another hub with the same database has some", p.Slug, kind))
			}
		}
	}
	return inv, faults, warnings
}

// devicesOf are those of a kind, in the order in which they are given out.
func devicesOf(kind string, k devices.Kind, found []hub.Device) (list []hub.Device, fault, warning string) {
	candidates := slices.DeleteFunc(slices.Clone(found), func(d hub.Device) bool { return k.Maker != "" && d.Maker != k.Maker })
	if k.Auto {
		for _, d := range candidates {
			d.Kind = kind
			list = append(list, d)
		}
		if len(list) == 0 {
			warning = "no devices of NVIDIA or AMD are found on this machine"
		}
		return list, "", warning
	}
	var absent []string
	for _, id := range k.List() {
		d, here := named(kind, id, k.Maker, candidates)
		if !here {
			absent = append(absent, id)
		}
		list = append(list, d)
	}
	if len(absent) > 0 && len(candidates) > 0 {
		texts := make([]string, len(candidates))
		for i, d := range candidates {
			texts[i] = d.ID
		}
		return nil, fmt.Sprintf("this machine has no device %s, but %s", strings.Join(absent, ", "), strings.Join(texts, ", ")), ""
	}
	if len(absent) > 0 && k.Maker != "none" {
		warning = "whether these devices are there cannot be found out here: neither nvidia-smi nor rocm-smi nor the kernel tells of any"
	}
	return list, "", warning
}

// named is the device of an id: a number counts those that were found, a text is an id of theirs, or its beginning.
func named(kind, id, maker string, found []hub.Device) (d hub.Device, here bool) {
	d = hub.Device{Kind: kind, ID: id, Maker: maker}
	switch {
	case maker != "":
	case ofNVIDIA.MatchString(id):
		d.Maker = hub.MakerNVIDIA
	case ofAMD.MatchString(id):
		d.Maker = hub.MakerAMD
	case len(found) > 0 && !slices.ContainsFunc(found, func(f hub.Device) bool { return f.Maker != found[0].Maker }):
		d.Maker = found[0].Maker
	}
	at, err := strconv.Atoi(id)
	if err != nil {
		at = slices.IndexFunc(found, func(f hub.Device) bool { return strings.HasPrefix(f.ID, id) })
	}
	if at < 0 || at >= len(found) {
		return d, false
	}
	d.Name = found[at].Name
	return d, true
}
