package main

import (
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	const line = "4242 (a (bad) name) S 17 4242 4242 0 -1 4194560 1 2 3 4 150 25 900 900 20 0 9 0 1 2 3"
	got, err := parseStat(line)
	if want := (stat{parent: 17, cpu: 1750 * time.Millisecond}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, wrong := range []string{"", "1 (x", "1 (x) S", "1 (x) S a b c d e f g h i j k l m n"} {
		if got, err := parseStat(wrong); err == nil {
			t.Errorf("%q is read as %+v", wrong, got)
		}
	}
}

func TestResidentKiB(t *testing.T) {
	if got, err := kibibytes("Name:\tx\nVmHWM:\t  20 kB\nVmRSS:\t   12 kB\n", "VmRSS:"); err != nil || got != 12 {
		t.Errorf("got %d, %v", got, err)
	}
	if got, err := kibibytes("Name:\tx\n", "VmRSS:"); err == nil {
		t.Errorf("got %d from nothing", got)
	}
}
