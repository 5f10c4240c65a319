package main

import "testing"

// A path is dearer by more than three in a hundred, or by more than two runs of the same
// build differ.
func TestWhatIsDearer(t *testing.T) {
	same := []float64{1, 1, 1, 1, 1, 1, 1}
	noisy := []float64{0.9, 0.95, 1, 1, 1.05, 1.1, 1.12}
	all := func(ratio float64) []float64 {
		list := make([]float64, len(same))
		for i := range list {
			list[i] = ratio
		}
		return list
	}
	for _, c := range []struct {
		ratio float64
		same  []float64
		now   float64
		want  bool
	}{
		{0.8, same, 1, true}, {1.029, same, 1, true}, {1.031, same, 1, false}, {1.04, noisy, 1, true}, {1.2, noisy, 1, false},
		{1.04, same, 1.05, true}, // by their medians the two runs differ by five
	} {
		p := pathCost{Now: c.now, Again: 1, Ratios: all(c.ratio), SameRatios: c.same}
		if got := p.reached(); got != c.want {
			t.Errorf("ratio %v, same %v: reached %t", c.ratio, c.same, got)
		}
	}
}
