package main

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		list []float64
		want float64
	}{
		{nil, 0}, {[]float64{4}, 4}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5},
	} {
		before := append([]float64(nil), c.list...)
		if got := median(c.list); got != c.want {
			t.Errorf("median of %v: %v, want %v", c.list, got, c.want)
		}
		if diff := cmp.Diff(before, c.list); diff != "" {
			t.Errorf("the list is another afterwards: %s", diff)
		}
	}
}

func TestFigure(t *testing.T) {
	for _, c := range []struct {
		value      float64
		unit, want string
	}{
		{12345.6, perSecond, "12,346/s"}, {1234567, perSecond, "1,234,567/s"}, {999.4, perSecond, "999/s"}, {0.0123, seconds, "0.012 s"},
		{2.345, seconds, "2.35 s"}, {0.00123, milliseconds, "1.23 ms"}, {262_000_000, megabytes, "262 MB"}, {1.05, times, "1.05×"},
		{45.67, mebibytesPerSecond, "45.7 MiB/s"},
	} {
		if got := figure(c.value, c.unit); got != c.want {
			t.Errorf("%v in %s: %q, want %q", c.value, c.unit, got, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for sec, want := range map[float64]string{0: "–", 1.5: "1.50 s", 0.0123: "12.3 ms", 0.0000456: "45.6 µs"} {
		if got := duration(sec); got != want {
			t.Errorf("%v s: %q, want %q", sec, got, want)
		}
	}
}

func TestComparison(t *testing.T) {
	rate := comparison{Ours: []sample{{Value: 100, CPU: 0.001}, {Value: 300, CPU: 0.003}, {Value: 200, CPU: 0.002}}, Theirs: []sample{{Value: 10, CPU: 0.010}}, Bar: 20, CPUBar: 5}
	for _, c := range []struct {
		name       string
		of         comparison
		ratio, cpu float64
		reached    bool
	}{
		{"more a second", rate, 20, 5, true},
		{"too few a second", comparison{Ours: rate.Ours, Theirs: []sample{{Value: 11, CPU: 0.010}}, Bar: 20}, 200.0 / 11, 5, false},
		{"too much processor time", comparison{Ours: rate.Ours, Theirs: []sample{{Value: 10, CPU: 0.009}}, Bar: 20, CPUBar: 5}, 20, 4.5, false},
		{"sooner", comparison{Less: true, Ours: []sample{{Value: 2}}, Theirs: []sample{{Value: 16}}, Bar: 8}, 8, 0, true},
		{"later", comparison{Less: true, Ours: []sample{{Value: 2}}, Theirs: []sample{{Value: 1}}, Bar: 8}, 0.5, 0, false},
	} {
		ratio, cpu := c.of.ratio(), c.of.cpuRatio()
		if math.Abs(ratio-c.ratio) > 1e-9 || math.Abs(cpu-c.cpu) > 1e-9 || c.of.reached() != c.reached {
			t.Errorf("%s: ratio %v, of processor time %v, reached %v", c.name, ratio, cpu, c.of.reached())
		}
	}
}
