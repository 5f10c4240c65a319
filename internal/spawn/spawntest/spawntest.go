// Package spawntest is the suite that every driver passes: what the reconciler
// relies on, with a real but trivial notebook server (Notebook).
package spawntest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// patience is how long anything may take before a test gives up on it.
const patience = 60 * time.Second

// Harness is a driver under test, whose servers run Notebook.
type Harness interface {
	// Driver is the driver.
	Driver() spawn.Driver
	// Reopen makes another driver over the same state, as a hub that was killed and
	// started again would. The former one is not used any more.
	Reopen(t *testing.T) spawn.Driver
}

// Spec is the specification of a server that tests use.
func Spec(serverID, fence int64) spawn.Spec {
	user := fmt.Sprintf("user%d", serverID)
	return spawn.Spec{
		ServerID: serverID, Fence: fence, RunID: fmt.Sprintf("run-%d-%d", serverID, fence), UserID: serverID, UserName: user, Prefix: "/user/" + user + "/",
		Home: &hub.HomeClaim{HomeID: fmt.Sprintf("home%d", serverID), Owner: hub.HomeOwner{ID: serverID, Name: user}, Changed: time.Unix(1, 0)},
		Env:  map[string]string{"JUPYTERHUB_USER": user, "JUPYTERHUB_API_TOKEN": fmt.Sprintf("secret-%d-%d", serverID, fence)},
	}
}

// Run runs the suite; open makes a driver with nothing in it.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Run("never started", func(t *testing.T) { neverStarted(t, open(t)) })
	t.Run("start twice is once", func(t *testing.T) { startTwice(t, open(t)) })
	t.Run("higher fence replaces", func(t *testing.T) { higherFence(t, open(t)) })
	t.Run("lower fence is refused", func(t *testing.T) { lowerFence(t, open(t)) })
	t.Run("another run with the same fence is refused", func(t *testing.T) { otherRun(t, open(t)) })
	t.Run("stop twice is once", func(t *testing.T) { stopTwice(t, open(t)) })
	t.Run("stop of an older run leaves a newer one", func(t *testing.T) { stopOlder(t, open(t)) })
	t.Run("stop prevents a late start", func(t *testing.T) { stopPrevents(t, open(t)) })
	t.Run("an end by itself is told", func(t *testing.T) { endTold(t, open(t)) })
	t.Run("an end is told to whoever asked to be told", func(t *testing.T) { endNotified(t, open(t)) })
	t.Run("a run has the environment that it is launched with", func(t *testing.T) { launched(t, open(t)) })
	t.Run("logs", func(t *testing.T) { logs(t, open(t)) })
	t.Run("found again by a new driver", func(t *testing.T) { foundAgain(t, open(t)) })
	t.Run("many at once", func(t *testing.T) { manyAtOnce(t, open(t)) })
	t.Run("a context that has ended", func(t *testing.T) { endedContext(t, open(t)) })
}

func neverStarted(t *testing.T, h Harness) {
	WantState(t, h.Driver(), 1, spawn.Absent)
	if text, err := h.Driver().Logs(t.Context(), 1, 100); err != nil || text != "" {
		t.Errorf("logs: %q, %v; want none", text, err)
	}
}

func startTwice(t *testing.T, h Harness) {
	d := h.Driver()
	first := Start(t, d, Spec(1, 1))
	again := Start(t, d, Spec(1, 1))
	if first.PID != again.PID {
		t.Errorf("a second start of the same run made another process: %d, then %d", first.PID, again.PID)
	}
}

func higherFence(t *testing.T, h Harness) {
	d := h.Driver()
	first := Start(t, d, Spec(1, 1))
	second := Start(t, d, Spec(1, 5))
	if first.PID == second.PID {
		t.Errorf("process %d is of both runs", first.PID)
	}
	if status := WantState(t, d, 1, spawn.Alive); status.Fence != 5 {
		t.Errorf("fence %d, want 5", status.Fence)
	}
	if first.URL != second.URL && answers(t, first.URL) {
		t.Error("the former run still answers")
	}
}

func lowerFence(t *testing.T, h Harness) {
	d := h.Driver()
	first := Start(t, d, Spec(1, 5))
	if err := d.Start(t.Context(), Spec(1, 4)); !errors.Is(err, spawn.ErrFenced) {
		t.Errorf("start of a lower run: %v, want ErrFenced", err)
	}
	if again := Ask(t, d, Spec(1, 5)); again.PID != first.PID {
		t.Errorf("process %d became %d", first.PID, again.PID)
	}
	Stop(t, d, 1, 5)
	if err := d.Start(t.Context(), Spec(1, 4)); !errors.Is(err, spawn.ErrFenced) {
		t.Errorf("start of a run lower than one that was stopped: %v, want ErrFenced", err)
	}
	WantState(t, d, 1, spawn.Absent)
}

// Ids and fences are given out again when the hub's database went back to a backup.
func otherRun(t *testing.T, h Harness) {
	first := Start(t, h.Driver(), Spec(1, 5))
	for _, d := range []spawn.Driver{h.Driver(), h.Reopen(t)} {
		other := Spec(1, 5)
		other.RunID, other.UserID = "another", 2
		if err := d.Start(t.Context(), other); !errors.Is(err, spawn.ErrFenced) {
			t.Errorf("start of another run with the same fence: %v, want ErrFenced", err)
		}
		if status := WantState(t, d, 1, spawn.Alive); status.RunID != Spec(1, 5).RunID || status.Fence != 5 {
			t.Errorf("it is run %d, %q", status.Fence, status.RunID)
		}
	}
	if again := Ask(t, h.Driver(), Spec(1, 5)); again.PID != first.PID {
		t.Errorf("process %d became %d", first.PID, again.PID)
	}
	next := Spec(1, 6)
	next.RunID = "another"
	Start(t, h.Driver(), next)
	if status := WantState(t, h.Driver(), 1, spawn.Alive); status.RunID != "another" {
		t.Errorf("the run says that it is %q", status.RunID)
	}
}

func stopTwice(t *testing.T, h Harness) {
	d := h.Driver()
	n := Start(t, d, Spec(1, 1))
	for range 2 {
		Stop(t, d, 1, 1)
		WantState(t, d, 1, spawn.Absent)
	}
	if answers(t, n.URL) {
		t.Error("the server answers after its stop")
	}
	Start(t, d, Spec(1, 2)) // a stopped server starts again
}

func stopOlder(t *testing.T, h Harness) {
	d := h.Driver()
	first := Start(t, d, Spec(1, 5))
	Stop(t, d, 1, 4)
	if again := Ask(t, d, Spec(1, 5)); again.PID != first.PID {
		t.Errorf("process %d became %d", first.PID, again.PID)
	}
}

func stopPrevents(t *testing.T, h Harness) {
	d := h.Driver()
	Stop(t, d, 1, 3)
	for fence := int64(1); fence <= 3; fence++ {
		if err := d.Start(t.Context(), Spec(1, fence)); !errors.Is(err, spawn.ErrFenced) {
			t.Errorf("start of run %d after the stop of run 3: %v, want ErrFenced", fence, err)
		}
	}
	WantState(t, d, 1, spawn.Absent)
	Start(t, d, Spec(1, 4))
}

func endTold(t *testing.T, h Harness) {
	d := h.Driver()
	n := Start(t, d, Spec(1, 1))
	Get(t, n.URL+"exit?status=7")
	status := Await(t, d, 1, spawn.Exited)
	if !strings.Contains(status.Reason, "7") || status.Fence != 1 {
		t.Errorf("%+v, want a reason with the exit status 7, of run 1", status)
	}
	if err := d.Start(t.Context(), Spec(1, 1)); err != nil {
		t.Errorf("a second start of a run that has ended: %v", err)
	}
	status = WantState(t, d, 1, spawn.Exited) // it does nothing
	if status := WantState(t, h.Reopen(t), 1, spawn.Exited); !strings.Contains(status.Reason, "7") {
		t.Errorf("a new driver says %q, want the exit status 7", status.Reason)
	}
	if status.Reason == "" {
		t.Error("the reason was forgotten")
	}
}

// endedServers is a listener for the ends of servers.
type endedServers chan int64

func (l endedServers) Ended(id int64)            { l <- id }
func (l endedServers) Progressed(spawn.Progress) {}

// endNotified is for drivers that tell of ends by themselves: of servers that they started,
// and of those that they found.
func endNotified(t *testing.T, h Harness) {
	d := h.Driver()
	told := make(endedServers, 100)
	listen := func(d spawn.Driver) {
		n, ok := d.(spawn.Notifying)
		if !ok {
			t.Skip("the driver tells of nothing by itself")
		}
		n.Notify(told)
	}
	listen(d)
	wait := func(id int64) {
		t.Helper()
		select {
		case got := <-told:
			if got != id {
				t.Errorf("told of server %d, want %d", got, id)
			}
		case <-time.After(patience):
			t.Fatalf("nobody told of the end of server %d", id)
		}
		WantState(t, d, id, spawn.Exited)
	}
	first, second := Start(t, d, Spec(1, 1)), Start(t, d, Spec(2, 1))
	if status := WantState(t, d, 1, spawn.Alive); !status.Watched {
		t.Skip("the end of servers is told of on other machines")
	}
	Get(t, first.URL+"exit?status=7")
	wait(1)
	d = h.Reopen(t)
	listen(d)
	if status := WantState(t, d, 2, spawn.Alive); !status.Watched {
		t.Error("a server that was found is not watched")
	}
	Get(t, second.URL+"exit?status=7")
	wait(2)
}

// launched is what a run is launched with: it wins over what the hub says.
func launched(t *testing.T, h Harness) {
	spec := Spec(1, 1)
	spec.Launch.Environment = map[string]string{"GREETING": "Grüß dich", "JUPYTERHUB_USER": "renamed"}
	n := Start(t, h.Driver(), spec)
	var env []string
	if err := json.Unmarshal([]byte(Get(t, n.URL+"env")), &env); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"GREETING=Grüß dich", "JUPYTERHUB_USER=renamed", "JUPYTERHUB_API_TOKEN=secret-1-1"} {
		if !slices.Contains(env, want) {
			t.Errorf("no %s in %q", want, env)
		}
	}
}

func logs(t *testing.T, h Harness) {
	d := h.Driver()
	n := Start(t, d, Spec(1, 1))
	Get(t, n.URL+"print?text=hello")
	Until(t, "the log has the line", func() bool {
		text, err := d.Logs(t.Context(), 1, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(text, "hello\n")
	})
	text, err := d.Logs(t.Context(), 1, 6)
	if err != nil || text != "hello\n" {
		t.Errorf("the last 6 bytes: %q, %v", text, err)
	}
	Start(t, d, Spec(1, 2))
	if text, err := d.Logs(t.Context(), 1, 10_000); err != nil || strings.Contains(text, "hello") {
		t.Errorf("the log of the next run: %q, %v; want none of the former run's", text, err)
	}
	if err := d.Stop(t.Context(), 1, 2, false); err != nil {
		t.Fatal(err)
	}
	if text, err := d.Logs(t.Context(), 1, 10_000); err != nil || !strings.Contains(text, "serving") {
		t.Errorf("the log after a stop: %q, %v", text, err)
	}
}

func foundAgain(t *testing.T, h Harness) {
	first := Start(t, h.Driver(), Spec(1, 3))
	d := h.Reopen(t)
	if again := Ask(t, d, Spec(1, 3)); again.PID != first.PID {
		t.Errorf("process %d became %d", first.PID, again.PID)
	}
	if again := Start(t, d, Spec(1, 3)); again.PID != first.PID {
		t.Errorf("process %d became %d at a second start", first.PID, again.PID)
	}
	if err := d.Start(t.Context(), Spec(1, 2)); !errors.Is(err, spawn.ErrFenced) {
		t.Errorf("start of a lower run: %v, want ErrFenced", err)
	}
	Stop(t, d, 1, 3)
	WantState(t, d, 1, spawn.Absent)
	if answers(t, first.URL) {
		t.Error("the server answers after its stop")
	}
}

func manyAtOnce(t *testing.T, h Harness) {
	const many = 50
	d := h.Driver()
	var wg sync.WaitGroup
	for id := int64(1); id <= many; id++ {
		wg.Go(func() {
			if err := d.Start(t.Context(), Spec(id, 1)); err != nil {
				t.Errorf("start server %d: %v", id, err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	owner := map[string]int64{}
	for id := int64(1); id <= many; id++ {
		n := Ask(t, d, Spec(id, 1))
		if other, taken := owner[n.URL]; taken {
			t.Errorf("servers %d and %d have the same address %s", other, id, n.URL)
		}
		owner[n.URL] = id
	}
	for id := int64(1); id <= many; id++ {
		wg.Go(func() { Stop(t, d, id, 1) })
	}
	wg.Wait()
}

func endedContext(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := h.Driver()
	_ = d.Start(ctx, Spec(1, 1)) // whatever it says, nothing may be left half done
	Start(t, d, Spec(1, 1))
	_ = d.Stop(ctx, 1, 1, true)
	Stop(t, d, 1, 1)
	WantState(t, d, 1, spawn.Absent)
}

// Answer is what Notebook says about itself.
type Answer struct {
	URL    string `json:"-"` // with the prefix
	PID    int    `json:"pid"`
	UID    int    `json:"uid"`
	GID    int    `json:"gid"`
	Groups []int  `json:"groups"`
	Folder string `json:"folder"`
}

// Start starts the run and waits until it answers; the test's end stops it.
func Start(t *testing.T, d spawn.Driver, spec spawn.Spec) Answer {
	t.Helper()
	if err := d.Start(t.Context(), spec); err != nil {
		t.Fatalf("start server %d: %v", spec.ServerID, err)
	}
	return Ask(t, d, spec)
}

// Stop ends the run, without giving it time.
func Stop(t *testing.T, d spawn.Driver, serverID, fence int64) {
	t.Helper()
	if err := d.Stop(t.Context(), serverID, fence, false); err != nil {
		t.Errorf("stop server %d: %v", serverID, err)
	}
}

// Ask waits until the server answers under its prefix.
func Ask(t *testing.T, d spawn.Driver, spec spawn.Spec) Answer {
	t.Helper()
	status := Await(t, d, spec.ServerID, spawn.Alive)
	if status.Fence != spec.Fence {
		t.Fatalf("server %d: run %d, want %d", spec.ServerID, status.Fence, spec.Fence)
	}
	answer := Answer{}
	Until(t, fmt.Sprintf("server %d answers", spec.ServerID), func() bool {
		status, err := d.Inspect(t.Context(), spec.ServerID)
		if err != nil || status.State != spawn.Alive {
			t.Fatalf("server %d: %+v, %v; want it alive", spec.ServerID, status, err)
		}
		if status.Upstream == "" {
			return false
		}
		answer.URL = status.Upstream + spec.Prefix
		text, ok := Try(t, answer.URL+"api")
		if ok && json.Unmarshal([]byte(text), &answer) != nil {
			t.Fatalf("server %d answers %q", spec.ServerID, text)
		}
		return ok
	})
	return answer
}

// WantState inspects the server.
func WantState(t *testing.T, d spawn.Driver, serverID int64, want spawn.State) spawn.Status {
	t.Helper()
	status, err := d.Inspect(t.Context(), serverID)
	if err != nil || status.State != want {
		t.Fatalf("server %d: %+v, %v; want %s", serverID, status, err, want)
	}
	return status
}

// Await inspects the server until it is in the state.
func Await(t *testing.T, d spawn.Driver, serverID int64, want spawn.State) spawn.Status {
	t.Helper()
	var status spawn.Status
	Until(t, fmt.Sprintf("server %d is %s", serverID, want), func() bool {
		var err error
		if status, err = d.Inspect(t.Context(), serverID); err != nil {
			t.Fatalf("inspect server %d: %v", serverID, err)
		}
		return status.State == want
	})
	return status
}

// Until polls until it is done, and fails the test where that never comes.
func Until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain until %s", patience, what)
		}
	}
}

// Get asks Notebook for something, see there; anything but 200 fails the test.
func Get(t *testing.T, url string) string {
	t.Helper()
	text, ok := Try(t, url)
	if !ok {
		t.Fatalf("GET %s: %s", url, text)
	}
	return text
}

func answers(t *testing.T, url string) bool {
	t.Helper()
	_, ok := Try(t, url+"api")
	return ok
}

// Try is Get that tells whether the answer was 200.
func Try(t *testing.T, url string) (string, bool) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	resp, err := client.Do(req)
	if err != nil {
		return err.Error(), false
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err == nil && resp.StatusCode == http.StatusOK
}
