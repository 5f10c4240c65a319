package main

import (
	"math/rand/v2"
	"testing"
)

func TestPermutationTest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	sampleOf := func(middle float64) []float64 {
		list := make([]float64, 200)
		for i := range list {
			list[i] = middle + random.NormFloat64()
		}
		return list
	}
	if difference, chance, p := permutationTest(sampleOf(10), sampleOf(10), random); difference > chance || p < 0.01 {
		t.Errorf("what is the same differs by %g, of %g by chance, p = %g", difference, chance, p)
	}
	if difference, chance, p := permutationTest(sampleOf(10), sampleOf(11), random); difference <= chance || p > 0.01 {
		t.Errorf("what is not the same differs by %g, of %g by chance, p = %g", difference, chance, p)
	}
}
