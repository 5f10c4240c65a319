package hub

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Device is one that a machine has and that one server has at a time, as a graphics card.
type Device struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`              // among the machine's of its kind; as programs are told of it
	Maker string `json:"maker,omitempty"` // MakerNVIDIA, MakerAMD; empty: not known
	Name  string `json:"name,omitempty"`  // of its model, for people
}

// Accelerator is what a server can compute with beside processors, as people know it.
type Accelerator struct{ Name, Description string }

// Makers of devices, by whose means servers are told which they have.
const (
	MakerNVIDIA = "nvidia"
	MakerAMD    = "amd"
)

// Text names the device for people.
func (d Device) Text() string {
	if d.Name != "" {
		return d.Name + " (" + d.Kind + " " + d.ID + ")"
	}
	return d.Kind + " " + d.ID
}

// ServerDevices are those of a server.
type ServerDevices struct {
	Wants map[string]int `json:"wants,omitempty"` // how many of each kind its run is to have
	Has   []Device       `json:"has,omitempty"`   // those of its run, from its begin to its end
}

// CountText says how many of which kinds are meant: "2 gpu, 1 npu".
func CountText(wants map[string]int) string {
	parts := make([]string, 0, len(wants))
	for _, kind := range slices.Sorted(maps.Keys(wants)) {
		parts = append(parts, strconv.Itoa(wants[kind])+" "+kind)
	}
	return strings.Join(parts, ", ")
}

// DeviceClaim is that a server has a device.
type DeviceClaim struct {
	Node     string // whose inventory names it
	Machine  string // the same for all nodes that may mean the same device
	Device   Device
	ServerID int64
	Since    time.Time
}
