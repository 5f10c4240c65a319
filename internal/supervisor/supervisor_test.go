package supervisor_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/supervisor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// logBuffer keeps what is logged.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) has(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Contains(b.buf.String(), text)
}

type running struct {
	*supervisor.Supervisor
	log  *logBuffer
	stop func()
}

// start runs one service until the test ends.
func start(t *testing.T, v supervisor.Service, change ...func(*supervisor.Options)) running {
	t.Helper()
	if v.Env == nil {
		v.Env = map[string]string{}
	}
	v.Env["PATH"] = "/usr/bin:/bin"
	v.Name = "it"
	log := &logBuffer{}
	opt := supervisor.Options{
		Services: []supervisor.Service{v}, FirstWait: 10 * time.Millisecond, TermTimeout: 20 * time.Second,
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	}
	for _, c := range change {
		c(&opt)
	}
	s := supervisor.New(opt)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx)
	}()
	stop := func() { cancel(); <-ended }
	t.Cleanup(stop)
	return running{s, log, stop}
}

// leader is the process of the service, once it is noted: it may have done much before.
func (r running) leader(t *testing.T) (pid int) {
	t.Helper()
	eventually(t, "its process is noted", func() bool { pid = r.PID("it"); return pid != 0 })
	return pid
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func gone(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil { // nobody reaps an orphan in some containers
		_, rest, _ := strings.Cut(string(text), ") ")
		return strings.HasPrefix(rest, "Z")
	}
	return syscall.Kill(pid, 0) != nil
}

func number(t *testing.T, file string) int {
	t.Helper()
	n := 0
	eventually(t, file+" is written", func() bool {
		text, err := os.ReadFile(file)
		if err != nil {
			return false
		}
		n, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
	return n
}

// It gets its environment and nothing of the hub's, starts in its folder, and what it
// prints is in the log, without its token.
func TestRuns(t *testing.T) {
	t.Setenv("OF_THE_HUB", "secret")
	dir := t.TempDir()
	r := start(t, supervisor.Service{
		Command: []string{"sh", "-c", `pwd; echo "got $WORD and ${OF_THE_HUB:-nothing} and $TOKEN"; echo oops >&2; exec sleep 1000`},
		Env:     map[string]string{"WORD": "hello", "TOKEN": "very-secret"}, Dir: dir, Secret: "very-secret",
	})
	for _, line := range []string{filepath.Base(dir), "got hello and nothing and [its token]", "oops"} {
		eventually(t, line, func() bool { return r.log.has(line) })
	}
	pid := r.leader(t)
	if sid, err := syscall.Getpgid(pid); err != nil || sid != pid {
		t.Errorf("group %d of process %d, %v", sid, pid, err)
	}
	r.stop()
	if r.PID("it") != 0 || !gone(pid) {
		t.Errorf("process %d, noted as %d, still lives", pid, r.PID("it"))
	}
}

// One that ends is started again, and what it left behind ends first.
func TestRunsAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "child")
	r := start(t, supervisor.Service{Command: []string{"sh", "-c", `
		[ -e "$FILE" ] && echo again && exec sleep 1000
		sleep 1000 & echo $! > "$FILE"; exit 3`}, Env: map[string]string{"FILE": file}})
	eventually(t, "a second start", func() bool { return r.log.has("again") })
	if !r.log.has("exit status 3") {
		t.Error("the log does not say how it ended")
	}
	child := number(t, file)
	eventually(t, "its child is gone", func() bool { return gone(child) })
}

// A program that is not there is asked for again, until the hub ends.
func TestMissingProgram(t *testing.T) {
	r := start(t, supervisor.Service{Command: []string{"no-such-program"}})
	eventually(t, "the log names it", func() bool { return r.log.has("no-such-program is not on the service's PATH") })
	r.stop()
}

// One that ignores SIGTERM is killed, with its children.
func TestKilledInTheEnd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "child")
	r := start(t, supervisor.Service{
		Command: []string{"sh", "-c", `trap "" TERM; sh -c 'trap "" TERM; echo $$ > "$FILE"; while :; do sleep 0.1; done' & while :; do sleep 0.1; done`},
		Env:     map[string]string{"FILE": file},
	}, func(o *supervisor.Options) { o.TermTimeout = 50 * time.Millisecond })
	child, pid := number(t, file), r.leader(t)
	r.stop()
	if !gone(pid) {
		t.Error("it still lives")
	}
	eventually(t, "its child is gone", func() bool { return gone(child) })
}

// It may end by itself when it is asked.
func TestEndsGently(t *testing.T) {
	r := start(t, supervisor.Service{Command: []string{"sh", "-c", `trap "echo bye; exit" TERM; echo up; while :; do sleep 0.05; done`}})
	eventually(t, "it is up", func() bool { return r.log.has("up") })
	r.stop()
	if !r.log.has("bye") {
		t.Error("its last words are lost")
	}
}

// As root, it runs as the account that it shall, with that account's home.
func TestAccount(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can run services as somebody else")
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("there is no account nobody")
	}
	r := start(t, supervisor.Service{Command: []string{"sh", "-c", `echo "I am $(id -u) $(id -g) $USER $HOME"; exec sleep 1000`}, User: "nobody", Dir: "/"})
	want := fmt.Sprintf("I am %s %s nobody %s", nobody.Uid, nobody.Gid, nobody.HomeDir)
	eventually(t, want, func() bool { return r.log.has(want) })
}

func TestCheck(t *testing.T) {
	check := func(account string) error {
		return supervisor.New(supervisor.Options{Services: []supervisor.Service{{Name: "it", User: account}}}).Check(t.Context())
	}
	if err := check("no-such-account"); !hub.Is(err, hub.Invalid) || !strings.Contains(err.Error(), "no-such-account") {
		t.Errorf("an account that is not there: %v", err)
	}
	if err := check(""); err != nil {
		t.Errorf("the hub's own: %v", err)
	}
	if err := check("root"); (err == nil) != (os.Geteuid() == 0) {
		t.Errorf("root's: %v", err)
	}
}

// One without any environment gets none of the hub's either.
func TestEmptyEnvironment(t *testing.T) {
	t.Setenv("OF_THE_HUB", "secret")
	log := &logBuffer{}
	s := supervisor.New(supervisor.Options{
		Services: []supervisor.Service{{Name: "it", Command: []string{"/bin/sh", "-c", `echo "got ${OF_THE_HUB:-nothing}"; exec /bin/sleep 1000`}}},
		Logger:   slog.New(slog.NewTextHandler(log, nil)),
	})
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { s.Run(ctx) })
	defer ended.Wait()
	defer cancel()
	eventually(t, "it says what it got", func() bool { return log.has("got ") })
	if !log.has("got nothing") {
		t.Error("the hub's environment reached it")
	}
}
