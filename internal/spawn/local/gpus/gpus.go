// Package gpus finds the graphics cards of this machine, as their makers' own tools and the kernel tell of them.
package gpus

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Source is where to look.
type Source struct {
	Root string // of the file system; empty: /
	// Run gives what a tool prints; nil runs it.
	Run func(ctx context.Context, name string, args ...string) ([]byte, error)
}

// toolTimeout is how long a tool may take. Without a daemon that keeps the driver loaded they take seconds.
const toolTimeout = 20 * time.Second

// Find lists what there is, without kinds: NVIDIA's, then AMD's. What cannot be found out is not there.
func Find(ctx context.Context, s Source) []hub.Device {
	if s.Root == "" {
		s.Root = "/"
	}
	if s.Run == nil {
		s.Run = run
	}
	return slices.Concat(s.nvidia(ctx), s.amd(ctx))
}

func run(ctx context.Context, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	return exec.CommandContext(ctx, name, args...).Output() //nolint:gosec // the names are this package's
}

// The lines of nvidia-smi -L: a card, and a part of one that is shared out.
var (
	card = regexp.MustCompile(`^GPU (\d+): (.+) \(UUID: ((?:GPU|MIG)-[^)\s]+)\)\s*$`)
	part = regexp.MustCompile(`^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[^)\s]+)\)\s*$`)
)

// nvidia asks nvidia-smi, else looks at what its driver tells, else counts its files.
func (s Source) nvidia(ctx context.Context) (list []hub.Device) {
	if out, err := s.Run(ctx, "nvidia-smi", "-L"); err == nil {
		return cards(out)
	}
	paths, _ := filepath.Glob(filepath.Join(s.Root, "proc/driver/nvidia/gpus/*/information")) // the pattern is good
	for i, path := range paths {                                                              // by their places on the bus, as PCI_BUS_ID counts them
		facts := pairs(path, ":")
		d := hub.Device{ID: strconv.Itoa(i), Maker: hub.MakerNVIDIA, Name: facts["Model"]}
		if id := facts["GPU UUID"]; id != "" && !strings.Contains(id, "?") { // of a driver that has not begun
			d.ID = id
		}
		list = append(list, d)
	}
	if len(list) > 0 {
		return list
	}
	files, _ := filepath.Glob(filepath.Join(s.Root, "dev/nvidia[0-9]*"))
	for i := range files {
		list = append(list, hub.Device{ID: strconv.Itoa(i), Maker: hub.MakerNVIDIA})
	}
	return list
}

// cards reads nvidia-smi -L. A card that is shared out is there in its parts alone.
func cards(out []byte) (list []hub.Device) {
	whole, name := false, "" // whether the last is a whole card, and its name
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\r\n")
		if m := card.FindStringSubmatch(line); m != nil {
			list = append(list, hub.Device{ID: m[3], Maker: hub.MakerNVIDIA, Name: m[2]})
			whole, name = true, m[2]
		} else if m := part.FindStringSubmatch(line); m != nil {
			if whole {
				list, whole = list[:len(list)-1], false
			}
			list = append(list, hub.Device{ID: m[2], Maker: hub.MakerNVIDIA, Name: name + " " + m[1]})
		}
	}
	return list
}

// amd asks rocm-smi, else looks at what the kernel tells of those that compute.
func (s Source) amd(ctx context.Context) []hub.Device {
	if out, err := s.Run(ctx, "rocm-smi", "--showuniqueid", "--showproductname", "--json"); err == nil {
		if list := cardsOfAMD(out); len(list) > 0 {
			return list
		}
	}
	nodes, _ := filepath.Glob(filepath.Join(s.Root, "sys/class/kfd/kfd/topology/nodes/[0-9]*"))
	byNumber(nodes)
	var list []hub.Device
	for _, node := range nodes {
		facts := pairs(filepath.Join(node, "properties"), " ")
		if n, _ := strconv.Atoi(facts["simd_count"]); n == 0 {
			continue // a processor
		}
		id, _ := strconv.ParseUint(facts["unique_id"], 10, 64)
		name, _ := os.ReadFile(filepath.Join(node, "name")) //nolint:gosec // of the kernel
		list = append(list, deviceOfAMD(len(list), id, strings.TrimSpace(string(name))))
	}
	return list
}

// deviceOfAMD has the id that ROCr knows it by: its place among all where it has none of its own.
func deviceOfAMD(place int, unique uint64, name string) hub.Device {
	d := hub.Device{ID: strconv.Itoa(place), Maker: hub.MakerAMD, Name: name}
	if unique != 0 {
		d.ID = "GPU-" + leftPad(strconv.FormatUint(unique, 16))
	}
	return d
}

func leftPad(hex string) string { return strings.Repeat("0", max(16-len(hex), 0)) + hex }

// cardsOfAMD reads rocm-smi's JSON: card0, card1 … with facts whose names differ a little between versions.
func cardsOfAMD(out []byte) (list []hub.Device) {
	if at := bytes.IndexByte(out, '{'); at > 0 {
		out = out[at:] // after warnings
	}
	var all map[string]map[string]any
	if json.Unmarshal(out, &all) != nil {
		return nil
	}
	var names []string
	for name := range all {
		if strings.HasPrefix(name, "card") {
			names = append(names, name)
		}
	}
	byNumber(names)
	for i, name := range names {
		facts := map[string]string{}
		for fact, value := range all[name] {
			if text, ok := value.(string); ok {
				facts[strings.ToLower(fact)] = text
			}
		}
		id, _ := strconv.ParseUint(strings.TrimPrefix(facts["unique id"], "0x"), 16, 64)
		list = append(list, deviceOfAMD(i, id, facts["card series"]))
	}
	return list
}

// byNumber sorts by the number at the end: card10 comes after card9.
func byNumber(names []string) {
	number := func(name string) int {
		n, _ := strconv.Atoi(name[strings.LastIndexFunc(name, func(c rune) bool { return c < '0' || c > '9' })+1:])
		return n
	}
	slices.SortFunc(names, func(a, b string) int { return number(a) - number(b) })
}

// pairs reads lines of a name and a value.
func pairs(path, between string) map[string]string {
	facts := map[string]string{}
	text, _ := os.ReadFile(path) //nolint:gosec // of the kernel
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), between); ok {
			facts[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return facts
}

// Machine is an id that all processes on this machine read, and nobody elsewhere does, until it is started anew.
func Machine() string {
	if text, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		return strings.TrimSpace(string(text))
	}
	host, _ := os.Hostname()
	return host
}
