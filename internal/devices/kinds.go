package devices

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// Kinds are the devices of a machine that servers have for themselves, as they are configured, by their kinds.
type Kinds map[string]Kind

// Kind says which there are of one: those that are found, or so many, or these.
type Kind struct {
	Auto  bool     `json:"auto,omitempty"`
	Count int      `json:"count,omitempty"`
	IDs   []string `json:"ids,omitempty"`
	Maker string   `json:"maker,omitempty"` // nvidia, amd, none; empty: to be found out
}

// NoMaker is said of devices that no maker's variables are about.
const NoMaker = "none"

// Most is how many devices of a kind there may be.
const Most = 1024

// known is how many there are; false where that is to be found out.
func (k Kind) known() (int, bool) {
	if k.Auto {
		return 0, false
	}
	return max(k.Count, len(k.IDs)), true
}

// List are the ids that were named, or counted.
func (k Kind) List() []string {
	if k.Count == 0 {
		return k.IDs
	}
	list := make([]string, k.Count)
	for i := range list {
		list[i] = strconv.Itoa(i)
	}
	return list
}

var (
	goodKind   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,49}$`)
	goodDevice = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$`)
)

// KindFault is what is wrong with a kind.
type KindFault struct{ Kind, Text string }

// Faults are kinds and ids that cannot be, and devices that are named twice.
func (d Kinds) Faults() (faults []KindFault) {
	of := map[string]string{} // kinds, by ids
	for _, kind := range slices.Sorted(maps.Keys(d)) {
		k := d[kind]
		check := func(good bool, format string, args ...any) {
			if !good {
				faults = append(faults, KindFault{kind, fmt.Sprintf(format, args...)})
			}
		}
		check(goodKind.MatchString(kind), "no kind can be called so; small letters, digits and -._ are")
		check(k.Maker == "" || k.Maker == hub.MakerNVIDIA || k.Maker == hub.MakerAMD || k.Maker == NoMaker, "maker is nvidia, amd or none")
		check(!k.Auto || k.Maker != NoMaker, "auto finds devices of nvidia and amd; name the others")
		check(k.Auto || len(k.List()) > 0 && len(k.List()) <= Most, "it names no device, or more than %d", Most)
		for _, id := range k.IDs {
			check(goodDevice.MatchString(id), "%q is no id of a device", id)
			at := id
			if _, err := strconv.Atoi(id); err == nil {
				at = kind + " " + id // numbers count within a kind
			}
			first, twice := of[at]
			check(!twice, "%s is named twice, here and in %s: a server would not have it for itself", id, first)
			of[at] = kind
		}
	}
	return faults
}

// Asked is what is wrong with asking for so many of a kind; empty is nothing.
func (d Kinds) Asked(kind string, n int, didYouMean func(word string, known []string) string) string {
	k, there := d[kind]
	switch {
	case n < 0 || n > Most:
		return fmt.Sprintf("%s: a number of devices is expected, from 0 to %d", kind, Most)
	case n == 0:
		return ""
	case !there:
		known := slices.Sorted(maps.Keys(d))
		if len(known) == 0 {
			return "spawner.local.devices names no devices of this machine; name those that there are, as gpu: auto, or remove it"
		}
		return fmt.Sprintf("spawner.local.devices has no kind %s, but %s%s", kind, strings.Join(known, ", "), didYouMean(kind, known))
	}
	if has, known := k.known(); known && n > has {
		return fmt.Sprintf("spawner.local.devices has %d %s, and this asks for %d", has, kind, n)
	}
	return ""
}
