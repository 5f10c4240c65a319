package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	connections = 32  // at once, where a row says nothing else
	tokens      = 200 // different ones in the row of tokens
	leastUsers  = 1000
	mostUsers   = 100_000
	namesAtOnce = 500 // users made by one request
	warmUp      = 300 * time.Millisecond
)

// tools are the programs that take part.
type tools struct {
	atrium, notebook string
	python, chp      string
	nginx            string // empty: there is none
}

// bench is one run.
type bench struct {
	opt      options
	tools    tools
	dir      string // of all that the run makes
	progress io.Writer
	report   report

	hubs    []*hub // all that were prepared
	proxies []*reverseProxy

	ours, theirs *hub // the two that are compared
	filled       bool // with people
}

func newBench(ctx context.Context, opt options, progress io.Writer) (*bench, error) {
	// The client shares the processors with what it measures. On one thread it wakes up
	// less often, and finds more to do when it does.
	runtime.GOMAXPROCS(1)
	if err := allowDescriptors(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "atrium-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{opt: opt, dir: dir, progress: progress}
	// As root, people's notebook servers must reach what is theirs below it.
	if err := os.Chmod(dir, 0o711); err != nil {
		b.end()
		return nil, err
	}
	if err := b.findTools(ctx); err != nil {
		b.end()
		return nil, err
	}
	if opt.beside == "" {
		b.report.describe(ctx, opt, b.tools)
	}
	return b, nil
}

// allowDescriptors lets the programs that are started have as many as is allowed at
// all. Go hands on the limit that it was given, unless it is set explicitly.
func allowDescriptors() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of descriptors: %w", err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of descriptors: %w", err)
	}
	return nil
}

func (b *bench) findTools(ctx context.Context) (err error) {
	if b.tools.atrium, err = findAtrium(ctx, b.dir); err != nil {
		return err
	}
	if b.tools.notebook, err = build(ctx, b.dir, "notebook", "./bench/notebook"); err != nil || b.opt.beside != "" {
		return err
	}
	if b.tools.python, err = findPython(); err != nil {
		return err
	}
	if b.tools.chp, err = findCHP(); err != nil {
		return err
	}
	b.tools.nginx = inPath("nginx", "/usr/sbin/nginx")
	return nil
}

// inPath is the first of the programs that is there.
func inPath(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// end ends whatever the run has started, and removes what it made.
func (b *bench) end() {
	for _, h := range b.hubs {
		h.kill()
	}
	for _, p := range b.proxies {
		p.kill()
	}
	// Notebook servers outlive their hubs. The program is this run's own, so these are too.
	if b.tools.notebook != "" {
		for _, pid := range running(b.tools.notebook) {
			endProcess(pid)
		}
	}
	_ = os.RemoveAll(b.dir)
}

func endProcess(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) }

// say tells whoever waits what is being done.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// run measures row after row, in the order in which each finds the hubs as it needs
// them. One that cannot be measured doesn't take the others with it.
func (b *bench) run(ctx context.Context) error {
	type step struct {
		rows []string
		do   func(context.Context) error
	}
	var failed []error
	compared := slices.DeleteFunc(slices.Clone(rowNames), func(row string) bool { return slices.Contains(ownHubs(), row) })
	for _, s := range []step{
		{[]string{rowStart}, b.measureStart},
		{[]string{rowPeople}, b.measurePeople},
		{[]string{rowPasswords}, b.measurePasswords},
		{[]string{rowLogins}, b.measureLogins},
		{[]string{rowStudent}, b.measureStudent},
		{[]string{rowRest}, b.measureRest},
		{[]string{rowPanels}, b.measurePanels},
		{[]string{rowGroup}, b.measureGroup},
		{[]string{rowWriter}, b.measureWriter},
		{[]string{rowRevocation}, b.measureRevocation},
		{compared, b.prepare},
		{[]string{rowUser}, b.measureUser},
		{[]string{rowName}, b.measureName},
		{[]string{rowPage}, b.measurePages},
		{[]string{rowMore}, b.measureMore},
		{[]string{rowServers, rowRestart, rowMemory, rowSmall, rowBig, rowWebsockets}, b.measureServers},
		{[]string{rowRestart, rowMemory}, b.measureRestart},
		{[]string{rowSmall}, b.measureSmall},
		{[]string{rowBig}, b.measureBig},
		{[]string{rowWebsockets}, b.measureWebsockets},
		{[]string{rowGuide}, b.measureGuide},
	} {
		if !b.opt.wants(s.rows...) {
			continue
		}
		err := s.do(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", strings.Join(s.rows, ", "), err)
			b.say("not measured: %s", err)
			failed = append(failed, err)
		}
		if b.opt.wants(compared...) && !b.up() && len(failed) > 0 {
			break // without the hubs there is nothing to measure
		}
	}
	return errors.Join(failed...)
}

// up says whether the hubs that are compared are filled and running.
func (b *bench) up() bool {
	return b.filled && b.ours.process != nil && (b.theirs == nil || b.theirs.process != nil)
}

// sample is what one round of one side showed.
type sample struct {
	Value  float64 `json:"value"`                // operations per second, seconds or bytes
	CPU    float64 `json:"cpu,omitempty"`        // seconds of processor time an operation
	Client float64 `json:"client_cpu,omitempty"` // the same of the client, where it may matter
}

// side is one of those that are compared.
type side struct {
	name string
	load work
	pids func() []int
}

// work is what a side does for so long; done counts its whole operations.
type work interface {
	run(ctx context.Context, length time.Duration) (done, error)
}

// alternate puts the load on one side after the other, round by round.
func (b *bench) alternate(ctx context.Context, what string, sides ...side) ([][]sample, error) {
	found := make([][]sample, len(sides))
	for round := range b.opt.rounds {
		for i, s := range sides {
			got, err := b.drive(ctx, s)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", what, s.name, err)
			}
			b.say("%s, round %d of %d, %s: %.0f/s, %.3f ms of processor time each, and %.3f ms of the client's",
				what, round+1, b.opt.rounds, s.name, got.Value, got.CPU*1e3, got.Client*1e3)
			found[i] = append(found[i], got)
		}
	}
	return found, nil
}

// drive puts the load on one side for a round.
func (b *bench) drive(ctx context.Context, s side) (sample, error) {
	if _, err := s.load.run(ctx, warmUp); err != nil {
		return sample{}, err
	}
	pids, own := s.pids(), []int{os.Getpid()}
	before, errBefore := cpuTimes(pids, own)
	work, err := s.load.run(ctx, b.opt.length)
	if err != nil {
		return sample{}, err
	}
	after, errAfter := cpuTimes(pids, own)
	if err := errors.Join(errBefore, errAfter); err != nil {
		return sample{}, err
	}
	n := float64(work.operations)
	return sample{
		Value: n / work.took.Seconds(), CPU: (after[0] - before[0]).Seconds() / n, Client: (after[1] - before[1]).Seconds() / n,
	}, nil
}

// both are the sides of a load that the two hubs get.
func (b *bench) both(of func(h *hub) load) []side {
	var sides []side
	for _, h := range []*hub{b.ours, b.theirs} {
		sides = append(sides, side{name: h.name, load: of(h), pids: h.all})
	}
	return sides
}
