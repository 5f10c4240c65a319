package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/disk"
)

// What a notebook server prints goes through a pipe with a name to the hub, which writes
// the log: a file that the server had open itself could be made as large as the disk, in
// one call. The server has both ends of the pipe, so that it does not break with the hub.
// While the hub is away what is printed waits in it, and the next hub reads it. Whoever
// prints more than it holds waits, too.

const (
	// outputPiece is how much is read at once, in bytes.
	outputPiece = 64 << 10
	// outputRate is how fast a server may print, in bytes a second. It is far above what
	// anybody reads, and below what would keep the hub and the disk busy.
	outputRate = 16 << 20
	// outputPause is how long the hub waits at least between two reads, so that many small
	// lines are one.
	outputPause = 2 * time.Millisecond
	// outputWaits is how much waits in the pipe, in bytes, where the machine allows it.
	outputWaits = 1 << 20
)

// outputs are the pipes that are read, by server.
type outputs struct {
	mu     sync.Mutex
	byID   map[int64]*output
	pieces sync.Pool
	cuts   sync.Mutex // one log at a time is in memory to be cut
}

// output is what one run of a server prints.
type output struct {
	all  *outputs
	pipe *os.File
	raw  syscall.RawConn
	name string // of the pipe
	log  string // of the file
	max  int64  // bytes that the file may have
	done chan struct{}
	mu   sync.Mutex // whoever takes from the pipe and writes it to the file
}

// newOutput begins a log, and gives what the server's process is to write to.
func (d *Driver) newOutput(id int64) (*os.File, error) {
	d.outputs.close(id)
	if err := d.files.newLog(id); err != nil {
		return nil, err
	}
	name := d.files.pipe(id)
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
	widen(fd, d.root)
	file := os.NewFile(uintptr(fd), name)
	if err := d.readOutput(id); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// readOutput begins to read a server's pipe, until its last process has ended or the
// driver is closed.
func (d *Driver) readOutput(id int64) error {
	name := d.files.pipe(id)
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
		all: &d.outputs, pipe: pipe, raw: raw, name: name, log: d.files.log(id), max: d.opt.LogMaxBytes, done: make(chan struct{}),
	}
	d.outputs.add(id, o)
	go o.run(d.life, func(err error) {
		d.log.Warn("a notebook server's log could not be written", "server_id", id, "error", err)
	})
	return nil
}

// recallOutputs goes on reading what servers print that a former hub has started.
func (d *Driver) recallOutputs() error {
	pipes, err := filepath.Glob(filepath.Join(d.files.dir, "*"+pipeSuffix))
	if err != nil {
		return err
	}
	for _, path := range pipes {
		id, err := strconv.ParseInt(strings.TrimSuffix(filepath.Base(path), pipeSuffix), 10, 64)
		if err != nil {
			continue
		}
		if err := d.readOutput(id); err != nil {
			return err
		}
	}
	return nil
}

func (a *outputs) add(id int64, o *output) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byID == nil {
		a.byID = map[int64]*output{}
	}
	a.byID[id] = o
}

func (a *outputs) get(id int64) *output {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.byID[id]
}

// close stops reading a server's pipe. What its processes print from now on waits in it,
// or is lost where it is removed.
func (a *outputs) close(id int64) {
	a.mu.Lock()
	o := a.byID[id]
	delete(a.byID, id)
	a.mu.Unlock()
	if o != nil {
		o.catchUp()
		_ = o.pipe.Close()
		<-o.done
	}
}

// closeAll stops reading. What is printed from now on waits for the next hub.
func (a *outputs) closeAll() {
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

// run takes what there is whenever there is something.
func (o *output) run(ctx context.Context, failed func(error)) {
	defer close(o.done)
	told := false
	for {
		var n int
		var end bool
		var failure error
		err := o.raw.Read(func(fd uintptr) bool {
			n, end, failure = o.take(int(fd))
			return n > 0 || end
		})
		if failure != nil && !told {
			told = true
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
		if pause(ctx, max(outputPause, time.Duration(n)*time.Second/outputRate)) != nil {
			return
		}
	}
}

// catchUp takes what was printed before it was called.
func (o *output) catchUp() {
	_ = o.raw.Control(func(fd uintptr) { // or it is closed: all was taken
		for taken := 0; taken <= outputWaits; {
			n, end, _ := o.take(int(fd))
			if n == 0 || end {
				return
			}
			taken += n
		}
	})
}

// take moves a piece from the pipe to the file: none where there is nothing at the moment.
// end tells that nobody is left who could print. What the disk has no room for is lost;
// whoever prints goes on.
func (o *output) take(fd int) (n int, end bool, err error) {
	piece, ok := o.all.pieces.Get().(*[outputPiece]byte)
	if !ok {
		piece = new([outputPiece]byte)
	}
	defer o.all.pieces.Put(piece)
	o.mu.Lock()
	defer o.mu.Unlock()
	err = ignoringEINTR(func() (err error) {
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
			err = o.cut(file, text)
		} else {
			_, err = file.Write(text)
		}
	}
	return errors.Join(err, file.Close())
}

// cut leaves the newer half of what the file may have, with the text at its end.
func (o *output) cut(file *os.File, text []byte) error {
	o.all.cuts.Lock()
	defer o.all.cuts.Unlock()
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
	_, err = file.WriteString(cutOff + kept)
	return err
}
