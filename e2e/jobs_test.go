package e2e_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// Many rows are a job, which a killed hub goes on with when it is back. The command waits for that, and tells what
// became of every row.
func TestHubKilledDuringAJob(t *testing.T) {
	const count = 10_000
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("users.csv", numbered("s", 1, count))
	ended := make(chan hubtest.Ran, 1)
	cmd := p.Command("users", "create", "users.csv")
	go func() { ended <- p.Do(cmd) }()
	eventually(t, "some are made", startPatience, func() bool { return h.Admin().Count() > count/10 })
	h.Kill()
	h.Start()
	p.Want(<-ended, 0, "Created user: s00001", "Created user: s10000", "Created: 10000", "Failed: 0")
	if got := h.Admin().Count() - 1; got != count {
		t.Errorf("%d people, want %d", got, count)
	}
}

// A hub that is killed while servers are waited for, and is away for longer than a request is tried for, is waited for.
func TestHubKilledWhileServersAreWaitedFor(t *testing.T) {
	const count, away = 30, 6 * time.Second
	h := startHub(t, options{Config: trivialConfig("--delay", "500ms") + cheapPasswords})
	p := h.Teacher()
	p.Write("users.csv", numbered("s", 1, count))
	p.Want(p.Users("create", "users.csv"), 0)
	ended := make(chan hubtest.Ran, 1)
	cmd := p.Command("servers", "start", "-f", "users.csv", "--wait")
	go func() { ended <- p.Do(cmd) }()
	eventually(t, "one is ready", startPatience, func() bool { return h.Admin().Server("s00001").Ready })
	h.Kill()
	time.Sleep(away)
	h.Start()
	p.Want(<-ended, 0, "Ready: s00001", "Ready: 30", "Failed: 0")
}

// Who interrupts the command is told of the job that is under way, and of what was not handed over; 'jobs show' waits for
// the job, and the same command does the rest.
func TestInterruptedCommandNamesItsJob(t *testing.T) {
	const count = 30_000 // three jobs
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("users.csv", numbered("s", 1, count))
	cmd := p.Command("users", "create", "users.csv")
	said := &output{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "some are made", startPatience, func() bool { return h.Admin().Count() > 1000 })
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	_, after, named := strings.Cut(said.String(), "atrium jobs show ")
	id, _, _ := strings.Cut(after, " ")
	if status := cmd.ProcessState.ExitCode(); status != 1 || !named || !strings.Contains(said.String(), "Under way at the hub: 10000") {
		t.Fatalf("status %d:\n%s", status, hubtest.Tail(said.String()))
	}
	p.Want(p.Run("jobs", "show", id), 0, "Job "+id+": create or change people", " of 10,000")
	p.Want(p.Run("jobs", "show", id, "--wait"), 0, "done", "Rows done: 10,000 of 10,000", "created: 10000")
	p.Want(p.Users("create", "users.csv"), 0, "Failed: 0")
	if got := h.Admin().Count() - 1; got != count {
		t.Errorf("%d people, want %d", got, count)
	}
}

// People, and their servers, are found by the same flags, and are no more than were confirmed.
func TestPeopleAndServersByAFilter(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("guests.csv", numbered("guest", 1, 150))
	p.Want(p.Users("create", "guests.csv", "--group", "lab"), 0, "Created: 150")
	p.Write("others.csv", "username\nada\nben\n")
	p.Want(p.Users("create", "others.csv", "--group", "lab"), 0)

	p.Want(p.Run("servers", "start", "--group", "lab", "--name", "guest0000", "--state", "inactive", "--yes", "--wait"), 0, "Found 9 servers: guest00001", "Ready: 9")
	p.Want(p.Run("servers", "stop", "--group", "lab", "--name", "guest00001", "--confirmed", "0"), 1, "1 server found, and 0 were confirmed")
	p.Want(p.Run("servers", "stop", "--group", "lab", "--state", "ready", "--confirmed", "9", "--wait"), 0, "Stopped: 9")
	p.Want(p.Run("servers", "stop", "--state", "ready", "--yes"), 0, "Found nobody to whom this applies: nothing was done")

	asked := p.Command("users", "delete", "--group", "lab", "--name", "guest")
	asked.Stdin = strings.NewReader("no\n")
	p.Want(p.Do(asked), 1, "Found 150 users: guest00001", "delete 150 users? (yes/no)", "Operation cancelled")
	p.Want(p.Users("delete", "--group", "lab", "--name", "guest", "--dry-run"), 0, "To delete: guest00150", "To delete: 150")
	p.Want(p.Users("delete", "--name", "guest", "--confirmed", "149"), 1, "150 users found, and 149 were confirmed: nothing was done")
	p.Want(p.Users("delete", "--name", "guest", "--confirmed", "150"), 0, "Deleted user: guest00001", "Deleted: 150", "Failed: 0")
	p.Want(p.Users("delete", "--name", "admin", "--yes"), 1, "1 bad row: nothing was done. Narrow the filter")
	p.Want(p.Users("delete", "--group", "lab", "--yes"), 0, "Deleted user: ada", "Deleted: 2")
	p.Want(p.Users("delete", "--group", "lab", "--yes"), 0, "Found nobody to whom this applies: nothing was done")
}
