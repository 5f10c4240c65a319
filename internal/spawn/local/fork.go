package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn/local/limits"
	"github.com/atriumhub/atrium/internal/spawn/local/uservenv"
)

// ExecArgument is the one argument with which the driver calls the hub's binary,
// which has to call ExecMain then.
const ExecArgument = "exec-server"

// The files that ExecMain finds open.
const (
	jobFD    = 0 // the job, JSON, to its end
	statusFD = 3 // execMarker, then closed by exec; a refusal as JSON otherwise. Standard error is the same until the log takes over
	lockFD   = 4 // the server's lock, locked
	logFD    = 5
)

const (
	maxJobBytes    = 16 << 20
	maxStatusBytes = 64 << 10
)

// execMarker is what ExecMain writes right before exec: without it the process has ended
// early. If exec fails, JSON follows.
const execMarker = "\n"

// job is what ExecMain has to do. It contains secrets, so it is sent through a pipe, never in
// arguments or a file.
type job struct {
	Record     record
	RecordFile string
	Drop       bool // to the ids below; not possible, and not needed, when the hub is not root
	NoNewPrivs bool
	UID, GID   uint32
	Groups     []uint32
	Home       string
	Argv       []string
	Env        []string
	Place      *uservenv.Venv  // for the person's own packages; nil where there is none
	Limits     []limits.Rlimit // set first, and right before the program
	LastLimits []limits.Rlimit
}

// refusal is ExecMain's reason why there is no notebook server.
type refusal struct {
	Message string `json:"message"` // one sentence for a person
}

func (r *refusal) Error() string { return r.Message }

// helper is the process that is to become the notebook server.
type helper struct {
	pid    int
	job    *os.File
	status *os.File
}

// fork makes the process, in its own session, with nothing of the hub's
// environment. It inherits the lock.
func fork(executable string, lock, output *os.File) (*helper, error) {
	jobRead, jobWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer jobRead.Close()
	statusRead, statusWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, jobWrite.Close())
	}
	defer statusWrite.Close()
	p, err := os.StartProcess(sameBinary(executable), []string{executable, ExecArgument}, &os.ProcAttr{
		Dir:   "/",
		Env:   []string{},
		Files: []*os.File{jobRead, statusWrite, statusWrite, statusWrite, lock, output},
		Sys:   &unix.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, errors.Join(err, jobWrite.Close(), statusRead.Close())
	}
	h := &helper{pid: p.Pid, job: jobWrite, status: statusRead}
	return h, p.Release() // procs.Children reaps it
}

// sameBinary is a path to the binary of this process, if executable is meant to be that: an
// upgrade may have replaced or removed the file.
func sameBinary(executable string) string {
	const running = "/proc/self/exe"
	if self, err := os.Executable(); err != nil || self != executable {
		return executable
	}
	if _, err := os.Stat(running); err != nil {
		return executable
	}
	return running
}

// sendJob sends the job and waits until the process is the notebook server (nil) or has
// reported why not (*refusal). After any other error it may still become the server.
func (h *helper) sendJob(ctx context.Context, j job) error {
	defer h.status.Close()
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		past := time.Unix(1, 0)
		_ = h.job.SetDeadline(past)
		_ = h.status.SetDeadline(past)
	})
	defer stop()
	sendErr := json.NewEncoder(h.job).Encode(j)
	if closeErr := h.job.Close(); sendErr == nil {
		sendErr = closeErr
	}
	reply, err := io.ReadAll(io.LimitReader(h.status, maxStatusBytes))
	if err != nil {
		return fmt.Errorf("wait for the notebook server's process: %w", errors.Join(ctx.Err(), err))
	}
	if string(reply) == execMarker && sendErr == nil {
		return nil
	}
	var r refusal
	if json.Unmarshal(reply, &r) != nil || r.Message == "" {
		r.Message = strings.TrimSpace(fmt.Sprintf("The notebook server's process ended before it began. Its log may say why. %.500s", reply))
	}
	return &r
}
