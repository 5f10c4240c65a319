package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// figures is what was measured: times in seconds, memory in bytes.
type figures struct {
	Version string  `json:"version"`
	Machine string  `json:"machine"`
	Users   int     `json:"users"`
	Rest    float64 `json:"rest_seconds"`

	FirstStart  float64   `json:"first_start_seconds"` // an empty data directory
	Starts      []float64 `json:"start_seconds"`
	MemoryFresh []int64   `json:"memory_fresh_bytes"` // right after the start
	MemoryRest  []int64   `json:"memory_rest_bytes"`
}

func (f *figures) add(took time.Duration, fresh, rested int64) {
	f.Starts = append(f.Starts, took.Seconds())
	f.MemoryFresh = append(f.MemoryFresh, fresh)
	f.MemoryRest = append(f.MemoryRest, rested)
}

func (f figures) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n%s\n\n", f.Version, f.Machine)
	fmt.Fprintf(w, "%-42s %8.3f s\n", "start to ready, empty data directory", f.FirstStart)
	label := fmt.Sprintf("start to ready, %d users", f.Users)
	fmt.Fprintf(w, "%-42s %8.3f s   (%.3f to %.3f, %d starts)\n",
		label, median(f.Starts), slices.Min(f.Starts), slices.Max(f.Starts), len(f.Starts))
	printMemory(w, "resident memory right after the start", f.MemoryFresh)
	printMemory(w, fmt.Sprintf("resident memory after %.0f s at rest", f.Rest), f.MemoryRest)
}

func printMemory(w io.Writer, label string, bytes []int64) {
	const mb = 1e6
	if slices.Max(bytes) == 0 {
		fmt.Fprintf(w, "%-42s not known on %s\n", label, runtime.GOOS)
		return
	}
	fmt.Fprintf(w, "%-42s %8.1f MB  (%.1f to %.1f)\n",
		label, float64(median(bytes))/mb, float64(slices.Min(bytes))/mb, float64(slices.Max(bytes))/mb)
}

// median is the middle one; the lower of the two where there are two.
func median[T int64 | float64](list []T) T {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[(len(sorted)-1)/2]
}

func describeMachine() string {
	model := ""
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = ", " + strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s/%s, %d processors%s, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), model, runtime.Version())
}
