package procs

import (
	"os/exec"
	"testing"

	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

func TestALookAtOneServerAsksAfterNoOtherServersProcesses(t *testing.T) {
	var n Children
	dead := func(pid int) bool { return n.byPID[pid].exited }
	var pids []int
	for id := int64(1); id <= 2; id++ {
		cmd := exec.Command("true")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		n.Add(cmd.Process.Pid, id, "a")
		pids = append(pids, cmd.Process.Pid)
		spawntest.Until(t, "it has ended", func() bool { p, ok := Lookup(cmd.Process.Pid); return ok && p.Zombie })
	}
	n.ReapServer(1)
	if !dead(pids[0]) || dead(pids[1]) {
		t.Errorf("known to be dead: %t, %t; want the first alone", dead(pids[0]), dead(pids[1]))
	}
	if n.ReapUnwatched(); !dead(pids[1]) {
		t.Error("the second is not known to be dead where everybody is asked after")
	}
}
