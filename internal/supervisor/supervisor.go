package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// How long a service that ended waits for its next start: twice as long each time,
// until it has run for a while.
const (
	firstWait = time.Second
	maxWait   = time.Minute
	steady    = time.Minute
)

// Service is what to run.
type Service struct {
	Name    string
	Command []string          // the program, sought on the PATH of Env, and its arguments
	Env     map[string]string // all of its environment but HOME, USER, LOGNAME and SHELL of User
	Dir     string            // where it starts; empty: where the hub runs
	User    string            // the account that it runs as; empty: the hub's own
	Secret  string            // its token, which is kept out of the log
}

// Options is what a Supervisor is made from.
type Options struct {
	Services []Service
	// TermTimeout is how long a service may take to end by SIGTERM before it is
	// killed; default 10 s.
	TermTimeout time.Duration
	// FirstWait is how long one that ended waits for its first new start; default 1 s.
	FirstWait time.Duration
	Clock     hub.Clock
	Logger    *slog.Logger
}

// Supervisor keeps services running. Make it with New.
type Supervisor struct {
	opt Options
	log *slog.Logger

	mu   sync.Mutex
	pids map[string]int
}

// New makes a Supervisor. Nothing runs before Run.
func New(opt Options) *Supervisor {
	if opt.TermTimeout == 0 {
		opt.TermTimeout = 10 * time.Second
	}
	if opt.FirstWait == 0 {
		opt.FirstWait = firstWait
	}
	if opt.Clock == nil {
		opt.Clock = hub.SystemClock
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	return &Supervisor{opt: opt, log: opt.Logger, pids: map[string]int{}}
}

// Check says which service cannot run as the account that it shall, before anything
// is started, and warns of those that will run as root.
func (s *Supervisor) Check(ctx context.Context) error {
	for _, v := range s.opt.Services {
		who, err := accountOf(ctx, v.User)
		if err != nil {
			return hub.Errorf(hub.Invalid, "services: %s: %w", v.Name, err)
		}
		if os.Geteuid() == 0 && (who == nil || who.UID == 0) {
			s.log.WarnContext(ctx, "a service runs as root, as the hub does: give it an account with its key user", "service", v.Name)
		}
	}
	return nil
}

// Run keeps all services running until ctx ends, and comes back when they have ended.
func (s *Supervisor) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, v := range s.opt.Services {
		all.Go(func() { s.keep(ctx, v) })
	}
	all.Wait()
}

// PID is the process of a service; 0 where none runs.
func (s *Supervisor) PID(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pids[name]
}

func (s *Supervisor) note(name string, pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pids[name] = pid
}

// keep runs one service, again and again.
func (s *Supervisor) keep(ctx context.Context, v Service) {
	// What ties a child to the life of its parent ties it to the parent's thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	wait := s.opt.FirstWait
	for ctx.Err() == nil {
		began := s.opt.Clock()
		err := s.run(ctx, v)
		if ctx.Err() != nil {
			return
		}
		if s.opt.Clock().Sub(began) >= steady {
			wait = s.opt.FirstWait
		}
		s.log.ErrorContext(ctx, "a service ended; starting it again soon", "service", v.Name, "end", describe(err), "wait", wait.String())
		if hub.Sleep(ctx, wait) != nil {
			return
		}
		wait = min(2*wait, maxWait)
	}
}

func describe(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// run runs a service once, until it ends by itself or ctx does.
func (s *Supervisor) run(ctx context.Context, v Service) error {
	cmd, err := s.command(ctx, v)
	if err != nil {
		return err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	cmd.Stdout, cmd.Stderr = in, in
	err = cmd.Start()
	closing := in.Close()
	if err != nil {
		_ = out.Close()
		return fmt.Errorf("start: %w", err)
	}
	if closing != nil {
		s.log.WarnContext(ctx, "cannot close a service's pipe", "service", v.Name, "error", closing)
	}
	pid := cmd.Process.Pid
	s.note(v.Name, pid)
	s.log.InfoContext(ctx, "started a service", "service", v.Name, "pid", pid)
	var reading sync.WaitGroup
	reading.Go(func() { s.relay(ctx, v, out) })
	err = cmd.Wait()
	s.note(v.Name, 0)
	killGroup(pid) // what it left behind would hold its port
	// Whoever still holds the pipe has left the session on purpose.
	_ = out.SetReadDeadline(s.opt.Clock().Add(time.Second))
	reading.Wait()
	_ = out.Close()
	return err
}
