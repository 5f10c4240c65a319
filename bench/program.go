package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	patience = 2 * time.Minute
	poll     = 2 * time.Millisecond
)

// program is a process that the benchmark has started.
type program struct {
	name  string
	log   string // the file that it writes to
	cmd   *exec.Cmd
	begun time.Time
	ended chan struct{}
	err   error // how it ended, once ended is closed
}

// launch starts a process in a folder, with its words in a file there.
func launch(name, dir string, env []string, path string, args ...string) (*program, error) {
	p := &program{name: name, log: filepath.Join(dir, name+".log"), ended: make(chan struct{})}
	words, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer words.Close()
	p.cmd = exec.Command(path, args...) //nolint:noctx // it is ended by stop, in its own good time
	p.cmd.Dir, p.cmd.Env = dir, env
	p.cmd.Stdout, p.cmd.Stderr = words, words
	// Ctrl-C at the terminal is for the benchmark, which then ends what it has started.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.begun = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

func (p *program) pid() int { return p.cmd.Process.Pid }

// until asks again and again until ask says that all is well, and gives the time
// since the process was started.
func (p *program) until(ctx context.Context, ask func(context.Context) error) (time.Duration, error) {
	deadline := time.Now().Add(patience)
	for {
		err := ask(ctx)
		if err == nil {
			return time.Since(p.begun), nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-p.ended:
			return 0, fmt.Errorf("%s ended (%w) before it was ready:\n%s", p.name, p.err, p.lastWords())
		case <-time.After(poll):
		}
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("%s is not ready after %s: %w\n%s", p.name, patience, err, p.lastWords())
		}
	}
}

// stop ends the process as its operator would.
func (p *program) stop() error {
	if p == nil {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(patience):
		p.kill()
		return fmt.Errorf("%s did not end within %s of SIGTERM:\n%s", p.name, patience, p.lastWords())
	}
}

func (p *program) kill() {
	if p != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// lastWords is the end of what it wrote.
func (p *program) lastWords() string {
	const enough = 4 << 10
	file, err := os.Open(p.log)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if size, err := file.Seek(0, io.SeekEnd); err == nil {
		_, _ = file.Seek(max(0, size-enough), io.SeekStart)
	}
	text, _ := io.ReadAll(io.LimitReader(file, enough))
	return string(text)
}

// environment is the little of the benchmark's own that programs are given.
func environment(more ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "LANG=C.UTF-8"}
	return append(env, more...)
}

// freeAddress is a port of the loopback that was free a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// says is the first line of what a program prints, which is where versions are.
func says(ctx context.Context, program string, args ...string) string {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = environment()
	text, err := cmd.CombinedOutput()
	if err != nil {
		return "unknown version"
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line
}
