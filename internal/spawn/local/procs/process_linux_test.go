package procs

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseStat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[ ()a-z0-9]{0,15}`).Draw(t, "name")
		state := rapid.SampledFrom([]string{"R", "S", "D", "Z", "T", "X"}).Draw(t, "state")
		flags := rapid.SampledFrom([]uint64{0, 1, 4, 4194304, 4194308}).Draw(t, "flags")
		signals := rapid.SampledFrom([]uint64{0, 128, 256, 384}).Draw(t, "signals")
		text := "12 (" + name + ") " + state + " 34" + strings.Repeat(" 5", 4) + fmt.Sprint(" ", flags) + strings.Repeat(" 5", 12) + " 678" +
			strings.Repeat(" 9", 8) + fmt.Sprint(" ", signals) + " 10\n"
		info, ok := parseStat(12, text)
		want := Info{Process: Process{PID: 12, Start: "678"}, parent: 34, Zombie: state == "Z" || state == "X"}
		want.Dying = !want.Zombie && (flags == 4 || flags == 4194308 || signals == 256 || signals == 384)
		if !ok || info != want {
			t.Fatalf("%+v, %t, want %+v", info, ok, want)
		}
	})
	for _, text := range []string{"", "12", "12 (a) R", "12 (a) R x" + strings.Repeat(" 5", 20)} {
		if info, ok := parseStat(12, text); ok {
			t.Errorf("%q: %+v", text, info)
		}
	}
}

func TestListProcessesFindsThisOne(t *testing.T) {
	self, ok := Lookup(os.Getpid())
	if !ok || !self.Alive() || self.parent != os.Getppid() {
		t.Fatalf("%+v, %t", self, ok)
	}
	for _, p := range List() {
		if p.Process == self.Process {
			return
		}
	}
	t.Error("it is not in the list")
}

func TestWhoseAProcessIsIsAskedOnlyWhereTheListLeavesItOpen(t *testing.T) {
	uid := uint32(os.Getuid())
	for _, p := range List() {
		if p.PID != os.Getpid() {
			continue
		}
		if !hasUID(p, uid) {
			t.Errorf("this process, as listed, is not of uid %d: %+v", uid, p)
		}
		if p.owner = uid + 1; hasUID(p, uid) {
			t.Error("it was asked although it is somebody else's by its list")
		}
	}
}
