package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Units of figures.
const (
	perSecond          = "/s"
	mebibytesPerSecond = "MiB/s"
	seconds            = "s"
	milliseconds       = "ms" // of values in seconds
	megabytes          = "MB" // of values in bytes
	times              = "times"
	ofAProcessor       = "of a processor"
)

// fact is a figure of one hub alone.
type fact struct {
	Row    string  `json:"row"`
	Work   string  `json:"work"`
	Value  float64 `json:"value"` // seconds, bytes or a ratio
	Unit   string  `json:"unit"`
	AtMost float64 `json:"at_most,omitempty"` // what it must reach; 0 is nothing
	Note   string  `json:"note,omitempty"`
}

func (f fact) reached() bool { return f.AtMost == 0 || f.Value <= f.AtMost }

// comparison is a figure of Atrium beside somebody else's, of as many rounds as there are.
type comparison struct {
	Row    string   `json:"row"`
	Work   string   `json:"work"`
	Other  string   `json:"other,omitempty"` // whose Theirs are; empty is JupyterHub
	Unit   string   `json:"unit"`
	Less   bool     `json:"less,omitempty"` // is better
	Ours   []sample `json:"ours"`
	Theirs []sample `json:"theirs"`
	Bar    float64  `json:"bar,omitempty"`     // what the ratio must reach
	CPUBar float64  `json:"cpu_bar,omitempty"` // and that of the processor time; 0 is nothing
	Note   string   `json:"note,omitempty"`
}

// ratio says how many times better ours is.
func (c comparison) ratio() float64 {
	ours, theirs := median(values(c.Ours)), median(values(c.Theirs))
	if c.Less {
		return theirs / ours
	}
	return ours / theirs
}

// cpuRatio says how many times less processor time ours takes; 0 where it wasn't measured.
func (c comparison) cpuRatio() float64 {
	ours, theirs := median(cpus(c.Ours)), median(cpus(c.Theirs))
	if ours == 0 {
		return 0
	}
	return theirs / ours
}

func (c comparison) reached() bool {
	return c.ratio() >= c.Bar && (c.CPUBar == 0 || c.cpuRatio() >= c.CPUBar)
}

func values(samples []sample) []float64 {
	list := make([]float64, len(samples))
	for i, s := range samples {
		list[i] = s.Value
	}
	return list
}

func cpus(samples []sample) []float64 {
	list := make([]float64, len(samples))
	for i, s := range samples {
		list[i] = s.CPU
	}
	return list
}

// median is the middle one; the mean of the two where there are two.
func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func largest(list []float64) float64 { return slices.Max(list) }

// figure writes a value with its unit, in three or four digits.
func figure(value float64, unit string) string {
	switch unit {
	case perSecond:
		return digits(value) + unit
	case milliseconds:
		return digits(value*1e3) + " " + unit
	case megabytes:
		return digits(value/1e6) + " " + unit
	case times:
		return digits(value) + "×"
	default:
		return digits(value) + " " + unit
	}
}

// digits writes a number with as many places as matter.
func digits(value float64) string {
	switch {
	case value >= 1000:
		return thousands(int(value + 0.5))
	case value >= 100:
		return strconv.FormatFloat(value, 'f', 0, 64)
	case value >= 10:
		return strconv.FormatFloat(value, 'f', 1, 64)
	case value >= 1:
		return strconv.FormatFloat(value, 'f', 2, 64)
	default:
		return strconv.FormatFloat(value, 'f', 3, 64)
	}
}

// duration writes a processor time.
func duration(sec float64) string {
	switch {
	case sec == 0:
		return "–"
	case sec >= 1:
		return digits(sec) + " s"
	case sec >= 1e-3:
		return digits(sec*1e3) + " ms"
	default:
		return digits(sec*float64(time.Second/time.Microsecond)) + " µs"
	}
}

// thousands writes a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
