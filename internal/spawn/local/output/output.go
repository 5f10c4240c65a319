package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local/procs"
)

const (
	// outputBufSize is how much is read at once, in bytes.
	outputBufSize = 64 << 10
	// outputRate is how fast a server may print, in bytes a second. It is far above what
	// anybody reads, and below what would keep the hub and the disk busy.
	outputRate = 16 << 20
	// outputInterval is the shortest time between two reads, so that many small lines take
	// one.
	outputInterval = 2 * time.Millisecond
	// pipeSize is the size of the pipe's buffer, in bytes, if the kernel allows it.
	pipeSize = 1 << 20
)

// Options say where the output of servers goes.
type Options struct {
	Dir      string // the folder of pipes and logs
	MaxBytes int64  // of a log: one that would be larger loses its older half
	Root     bool   // the hub is root, and may have wide pipes
	Logger   *slog.Logger
}

// Logs reads what servers print, and keeps it in their logs.
type Logs struct {
	opt     Options
	life    context.Context //nolint:containedctx // of the goroutines that read
	mu      sync.Mutex
	byID    map[int64]*output
	buffers sync.Pool
	trimMu  sync.Mutex // one log at a time is in memory to be trimmed
}

// New reads nothing yet. Reading ends with life, and with Close.
func New(life context.Context, o Options) *Logs { return &Logs{opt: o, life: life} }

// output is what one run of a server prints.
type output struct {
	all  *Logs
	pipe *os.File
	raw  syscall.RawConn
	name string // of the pipe
	log  string // of the file
	max  int64  // bytes that the file may have
	done chan struct{}
	mu   sync.Mutex // held while reading from the pipe and writing to the file
}

// Begin begins a log, and returns the file that the server's process writes to.
func (a *Logs) Begin(id int64) (*os.File, error) {
	a.close(id)
	if err := a.begin(id); err != nil {
		return nil, err
	}
	name := a.pipe(id)
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the last pipe of server %d: %w", id, err)
	}
	if err := unix.Mkfifo(name, 0o600); err != nil {
		return nil, fmt.Errorf("make the pipe %s: %w", name, err)
	}
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_CLOEXEC, 0) // not by os, which makes it one that does not wait
	if err != nil {
		return nil, fmt.Errorf("open the pipe %s: %w", name, err)
	}
	widen(fd, a.opt.Root)
	file := os.NewFile(uintptr(fd), name)
	if err := a.read(id); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// read begins to read a server's pipe, until its last process has ended or reading ends.
func (a *Logs) read(id int64) error {
	name := a.pipe(id)
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open the pipe %s: %w", name, err)
	}
	pipe := os.NewFile(uintptr(fd), name)
	raw, err := pipe.SyscallConn()
	if err != nil {
		return errors.Join(fmt.Errorf("read the pipe %s: %w", name, err), pipe.Close())
	}
	o := &output{
		all: a, pipe: pipe, raw: raw, name: name, log: a.File(id), max: a.opt.MaxBytes, done: make(chan struct{}),
	}
	a.add(id, o)
	go o.run(a.life, func(err error) {
		a.opt.Logger.Warn("a notebook server's log could not be written", "server_id", id, "error", err)
	})
	return nil
}

// Resume reads the output of servers that a former hub has started.
func (a *Logs) Resume() error {
	pipes, err := filepath.Glob(filepath.Join(a.opt.Dir, "*"+pipeSuffix))
	if err != nil {
		return err
	}
	for _, path := range pipes {
		id, err := strconv.ParseInt(strings.TrimSuffix(filepath.Base(path), pipeSuffix), 10, 64)
		if err != nil {
			continue
		}
		if err := a.read(id); err != nil {
			return err
		}
	}
	return nil
}

func (a *Logs) add(id int64, o *output) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byID == nil {
		a.byID = map[int64]*output{}
	}
	a.byID[id] = o
}

func (a *Logs) get(id int64) *output {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.byID[id]
}

// close stops reading a server's pipe. What its processes print from now on waits in it,
// or is lost where it is removed.
func (a *Logs) close(id int64) {
	a.mu.Lock()
	o := a.byID[id]
	delete(a.byID, id)
	a.mu.Unlock()
	if o != nil {
		o.drain()
		_ = o.pipe.Close()
		<-o.done
	}
}

// Close stops reading. What is printed from now on waits for the next hub.
func (a *Logs) Close() {
	a.mu.Lock()
	var ids []int64
	for id := range a.byID {
		ids = append(ids, id)
	}
	a.mu.Unlock()
	for _, id := range ids {
		a.close(id)
	}
}

// run copies output whenever there is some, until the pipe ends or is closed.
func (o *output) run(ctx context.Context, failed func(error)) {
	defer close(o.done)
	logged := false
	for {
		var n int
		var end bool
		var failure error
		err := o.raw.Read(func(fd uintptr) bool {
			n, end, failure = o.copyChunk(int(fd))
			return n > 0 || end
		})
		if failure != nil && !logged {
			logged = true
			failed(failure)
		}
		if err != nil { // closed
			return
		}
		if end {
			_ = o.pipe.Close()
			_ = os.Remove(o.name)
			return
		}
		if hub.Sleep(ctx, max(outputInterval, time.Duration(n)*time.Second/outputRate)) != nil {
			return
		}
	}
}

// drain copies what was printed before the call.
func (o *output) drain() {
	_ = o.raw.Control(func(fd uintptr) { // or it is closed: all was taken
		for taken := 0; taken <= pipeSize; {
			n, end, _ := o.copyChunk(int(fd))
			if n == 0 || end {
				return
			}
			taken += n
		}
	})
}

// copyChunk copies one chunk from the pipe to the file; n is 0 if there is none at the
// moment. end is true if no process is left that could print. What a full disk cannot take
// is lost, and the server goes on.
func (o *output) copyChunk(fd int) (n int, end bool, err error) {
	piece, ok := o.all.buffers.Get().(*[outputBufSize]byte)
	if !ok {
		piece = new([outputBufSize]byte)
	}
	defer o.all.buffers.Put(piece)
	o.mu.Lock()
	defer o.mu.Unlock()
	err = procs.IgnoringEINTR(func() (err error) {
		n, err = unix.Read(fd, piece[:])
		return err
	})
	if err != nil {
		return 0, !errors.Is(err, unix.EAGAIN), nil
	}
	if n == 0 {
		return 0, true, nil
	}
	if err = o.write(piece[:n]); disk.Full(err) {
		err = nil // the hub says so elsewhere
	}
	return n, false, err
}

// write appends to the file, and keeps it from becoming too large.
func (o *output) write(text []byte) error {
	file, err := os.OpenFile(o.log, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil {
		if info.Size()+int64(len(text)) > o.max {
			err = o.trim(file, text)
		} else {
			_, err = file.Write(text)
		}
	}
	return errors.Join(err, file.Close())
}

// trim shortens the file to the newer half of its maximum size, with the text at its end.
func (o *output) trim(file *os.File, text []byte) error {
	o.all.trimMu.Lock()
	defer o.all.trimMu.Unlock()
	keep := o.max / 2
	text = text[max(0, int64(len(text))-keep):]
	before, _, err := tail(file, keep-int64(len(text)))
	if err != nil {
		return err
	}
	kept := before + string(text)
	if _, rest, ok := strings.Cut(kept, "\n"); ok && rest != "" {
		kept = rest
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteString(trimmedNotice + kept)
	return err
}
