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
)

// ExecArgument is the one argument with which the driver calls the hub's binary,
// which has to call ExecMain then.
const ExecArgument = "exec-server"

// The files that ExecMain finds open.
const (
	jobFD    = 0 // the job, JSON, to its end
	statusFD = 3 // goingOn, then closed by exec; a refusal as JSON otherwise. Standard error is the same until the log takes over
	lockFD   = 4 // the server's lock, locked
	logFD    = 5
)

const (
	maxJobBytes    = 16 << 20
	maxStatusBytes = 64 << 10
)

// goingOn is ExecMain's last word before it becomes the notebook server: without it the
// process has ended. JSON may follow where it could not.
const goingOn = "\n"

// job is what ExecMain is to do. It holds secrets: it goes through a pipe, never
// through arguments or a file.
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
	Place      *place   // for the person's own packages; nil where there is none
	Limits     []rlimit // set first, and right before the program
	LastLimits []rlimit
}

// refusal is ExecMain's word on why there is no notebook server.
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
	return h, p.Release() // the nursery waits for it
}

// sameBinary is a path to the program that runs now, where that is what is meant: an
// upgrade may have put another one, or nothing, in its place.
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

// instruct sends the job and waits until the process is the notebook server (nil)
// or has said why it is not (refusal). With any other error it may still become it.
func (h *helper) instruct(ctx context.Context, j job) error {
	defer h.status.Close()
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		past := time.Unix(1, 0)
		_ = h.job.SetDeadline(past)
		_ = h.status.SetDeadline(past)
	})
	defer stop()
	sending := json.NewEncoder(h.job).Encode(j)
	if closing := h.job.Close(); sending == nil {
		sending = closing
	}
	answer, err := io.ReadAll(io.LimitReader(h.status, maxStatusBytes))
	if err != nil {
		return fmt.Errorf("wait for the notebook server's process: %w", errors.Join(ctx.Err(), err))
	}
	if string(answer) == goingOn && sending == nil {
		return nil
	}
	var r refusal
	if json.Unmarshal(answer, &r) != nil || r.Message == "" {
		r.Message = strings.TrimSpace(fmt.Sprintf("The notebook server's process ended before it began. Its log may say why. %.500s", answer))
	}
	return &r
}
