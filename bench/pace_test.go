package main

import (
	"context"
	"errors"
	"testing"
	"time"
)

// Whoever is due while another waits is not kept by that, and what is under way at the end counts.
func TestPaced(t *testing.T) {
	until, stop := context.WithCancel(t.Context())
	defer stop()
	release := make(chan struct{})
	found, err := paced(until, 1000, func(i int) error {
		switch i {
		case 0:
			<-release
		case 3:
			stop()
			close(release)
		}
		return nil
	})
	if err != nil || len(found) < 4 || largest(found) < 0.003 {
		t.Errorf("%v, %v", found, err)
	}
	wrong := errors.New("wrong")
	until, stop = context.WithCancel(t.Context())
	defer stop()
	_, err = paced(until, 1000, func(int) error {
		stop()
		return wrong
	})
	if !errors.Is(err, wrong) {
		t.Errorf("what goes wrong: %v", err)
	}
}

func TestMeanwhile(t *testing.T) {
	begun := make(chan struct{})
	took, found, err := meanwhile(t.Context(), func(context.Context) error {
		<-begun
		return pause(t.Context(), time.Millisecond)
	}, func(until context.Context) ([]float64, error) {
		close(begun)
		<-until.Done()
		return []float64{7}, nil
	})
	if err != nil || took < time.Millisecond || len(found) != 1 {
		t.Errorf("%s, %v, %v", took, found, err)
	}
	wrong := errors.New("wrong")
	_, _, err = meanwhile(t.Context(), func(context.Context) error { return nil }, func(context.Context) ([]float64, error) { return nil, wrong })
	if !errors.Is(err, wrong) {
		t.Errorf("what goes wrong with the others: %v", err)
	}
}
