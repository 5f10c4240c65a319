package hubtest

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Patience is for whatever should happen soon, on a machine that is busy.
const Patience = time.Minute

// Process is a program in a folder of its own. Launch makes it.
type Process struct {
	Name   string
	Exited chan struct{} // closed once it has ended

	cmd    *exec.Cmd
	output string // a file: a pipe would end the process when the test is killed, before it has stopped what it has started
}

// Launch starts a program. When the test ends, it is told to end, and whatever else
// works in its folder is killed.
func Launch(t *testing.T, name, dir string, env []string, command ...string) *Process {
	t.Helper()
	p := &Process{Name: name, Exited: make(chan struct{}), output: filepath.Join(dir, "output")}
	file, err := os.OpenFile(p.output, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), command[0], command[1:]...)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, append(Environment(), env...), file, file
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.Exited)
	}()
	unwatch := watch(t, p.cmd.Process.Pid)
	t.Cleanup(func() {
		p.end(t)
		sweep(t, dir)
		unwatch()
	})
	return p
}

// Output is what it has written so far.
func (p *Process) Output() string {
	text, err := os.ReadFile(p.output)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Await waits until ready says so, and fails the test where the process ends before.
func (p *Process) Await(t *testing.T, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); !ready(); {
		select {
		case <-p.Exited:
			t.Fatalf("%s ended instead of being ready:\n%s", p.Name, p.Output())
		case <-time.After(25 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not ready after %s:\n%s", p.Name, Patience, p.Output())
		}
	}
}

// end stops the hub as its operator would: tests configure both kinds to stop their
// notebook servers too.
func (p *Process) end(t *testing.T) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.Exited:
	case <-time.After(Patience):
		t.Errorf("%s does not end on SIGTERM", p.Name)
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.Exited
	}
	if t.Failed() || os.Getenv("HUBTEST_VERBOSE") != "" {
		t.Logf("%s's words:\n%s", p.Name, p.Output())
	}
}

// watch tells the process to end, should this one be killed or run into its time limit:
// then no cleanup runs. A program of its own notices by the end of a pipe. Linux could
// send the signal itself, but does so more than once, and twice means at once to Atrium.
func watch(t *testing.T, pid int) (unwatch func()) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "/bin/sh", "-c", "read -r _ || kill -TERM "+strconv.Itoa(pid))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_, _ = io.WriteString(in, "over\n")
		_ = in.Close()
		_ = cmd.Wait()
	}
}

// sweep kills what works in a hub's folder after its end: a hub that was killed, or
// that has failed, leaves its proxy and notebook servers behind.
func sweep(t *testing.T, dir string) {
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		cwd, err := os.Readlink(link)
		if err != nil || cwd != dir && !strings.HasPrefix(cwd, dir+"/") { // gone, or another's
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("left behind: process %d in %s", pid, cwd)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}
