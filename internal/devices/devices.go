// Package devices decides which servers get which devices of a machine, and when: pure functions over what there is and
// what is taken.
package devices

import (
	"slices"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// Inventory is the devices of a machine that servers can have, in the order in which they are given out.
type Inventory struct {
	// Machine is the same for all hubs that may mean the same device by an id.
	Machine string
	List    []hub.Device
}

// Lacks tells whether the machine would not have enough if all were free.
func (inv Inventory) Lacks(wants map[string]int) bool {
	for kind, n := range wants {
		if inv.count(kind) < n {
			return true
		}
	}
	return false
}

// Missing says, as a sentence for people, why wants cannot be met here.
func (inv Inventory) Missing(wants map[string]int) string {
	has := map[string]int{}
	for kind := range wants {
		has[kind] = inv.count(kind)
	}
	return "The server needs " + hub.CountText(wants) + ", and this hub's machine has " + hub.CountText(has) + ". Choose another profile, or ask an administrator of this hub."
}

func (inv Inventory) count(kind string) (n int) {
	for _, d := range inv.List {
		if d.Kind == kind {
			n++
		}
	}
	return n
}

type key struct{ kind, id string }

func keyOf(d hub.Device) key { return key{d.Kind, d.ID} }

// Pick chooses what a server is to have: mine is what it has already, more what it is to claim besides. Not enough tells that
// others have too much.
func (inv Inventory) Pick(taken []hub.DeviceClaim, serverID int64, wants map[string]int) (mine, more []hub.Device, enough bool) {
	by := make(map[key]int64, len(taken))
	for _, c := range taken {
		by[keyOf(c.Device)] = c.ServerID
	}
	left := map[string]int{}
	for kind, n := range wants {
		left[kind] = n
	}
	take := func(list *[]hub.Device, d hub.Device) {
		if left[d.Kind] > 0 {
			left[d.Kind]--
			*list = append(*list, d)
		}
	}
	for _, d := range inv.List {
		if by[keyOf(d)] == serverID {
			take(&mine, d)
		}
	}
	for _, d := range inv.List {
		if by[keyOf(d)] == 0 {
			take(&more, d)
		}
	}
	for _, n := range left {
		if n > 0 {
			return mine, more, false
		}
	}
	return mine, more, true
}

// Turns hands out what is free in the order of the queue. Make it with Inventory.Turns.
type Turns struct{ free map[string]int }

// Turns are those of a queue while this is taken.
func (inv Inventory) Turns(taken []hub.DeviceClaim) *Turns {
	by := make(map[key]bool, len(taken))
	for _, c := range taken {
		by[keyOf(c.Device)] = true
	}
	t := &Turns{free: map[string]int{}}
	for _, d := range inv.List {
		if !by[keyOf(d)] {
			t.free[d.Kind]++
		}
	}
	return t
}

// Next tells whether the next in the queue may begin. Where it may not, those behind it that want one of its kinds wait, too:
// else who wants two would wait for as long as others want one. Who wants none is let through.
func (t *Turns) Next(wants map[string]int) bool {
	may := true
	for kind, n := range wants {
		if t.free[kind] < n {
			may = false
		}
	}
	for kind, n := range wants {
		if may {
			t.free[kind] -= n
		} else {
			t.free[kind] = 0
		}
	}
	return may
}

// Places are the places in the queue, from 1, of those who wait in it for the same.
type Places map[string]int

// Next is the place of the next in the queue.
func (p Places) Next(wants map[string]int) (place int) {
	if len(wants) == 0 {
		p[""]++
		return p[""]
	}
	for kind := range wants {
		p[kind]++
		place = max(place, p[kind])
	}
	return place
}

// Environment tells programs which of the machine's devices are theirs. Of a maker whose devices they have none of, they are
// told that there are none.
func (inv Inventory) Environment(has []hub.Device) map[string]string {
	env := map[string]string{}
	for _, d := range inv.List {
		env[variable(d.Kind)] = strings.Join(ids(has, func(h hub.Device) bool { return h.Kind == d.Kind }), ",")
	}
	of := func(maker string) func(hub.Device) bool {
		return func(d hub.Device) bool { return d.Maker == maker || d.Maker == "" }
	}
	// AMD's libraries read CUDA_VISIBLE_DEVICES where HIP_VISIBLE_DEVICES says nothing: so it says something wherever they may be.
	if nvidia := of(hub.MakerNVIDIA); slices.ContainsFunc(inv.List, nvidia) {
		env["CUDA_VISIBLE_DEVICES"], env["NVIDIA_VISIBLE_DEVICES"] = "-1", "void"
		if list := ids(has, nvidia); len(list) > 0 {
			env["CUDA_VISIBLE_DEVICES"], env["NVIDIA_VISIBLE_DEVICES"] = strings.Join(list, ","), strings.Join(list, ",")
		}
		env["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID" // as nvidia-smi counts them
	}
	if amd := of(hub.MakerAMD); slices.ContainsFunc(inv.List, amd) {
		env["ROCR_VISIBLE_DEVICES"], env["HIP_VISIBLE_DEVICES"] = "-1", "-1"
		if list := ids(has, amd); len(list) > 0 {
			// HIP counts those that are left by ROCR.
			env["ROCR_VISIBLE_DEVICES"], env["HIP_VISIBLE_DEVICES"] = strings.Join(list, ","), upTo(len(list))
		}
	}
	return env
}

// variable is called after a kind.
func variable(kind string) string {
	return "ATRIUM_DEVICES_" + strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToUpper(kind))
}

func ids(list []hub.Device, which func(hub.Device) bool) (out []string) {
	for _, d := range list {
		if which(d) {
			out = append(out, d.ID)
		}
	}
	return out
}

func upTo(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strconv.Itoa(i)
	}
	return strings.Join(list, ",")
}
