package httpapi

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// The most bytes of bodies that are held at a time. What a handler makes of a body is
// some times as large.
const (
	freeBody      = 8 << 10 // of each, which counts for nothing: its connection costs as much
	strangersRoom = 4 << 20
	peoplesRoom   = 64 << 20
	ownRoom       = 12 << 20 // of one person's or service's among them
	bulkRoom      = maxLargeBody

	// A small body can be taken apart into many times its size, a large one is bounded by
	// bytesPerValue: those of people who work on themselves alone count this many times. So
	// they have two of the largest at a time, and others their share of the processors.
	ownWeight = 6
)

// bytesPerValue is how many bytes of a body's limit there must be for each value in it,
// keys counted too. What is made of a value is larger than the two bytes that it may have
// in JSON: ten megabytes of nothing else would become gigabytes.
const bytesPerValue = 20

// roomPatience is how long a request waits for room before it is sent away.
const roomPatience = 10 * time.Second

// bodies bounds in sum how much of requests' bodies is held at a time, so that many large
// ones at once do not fill the machine. Those of nobody, of people and of bulk work have
// room of their own: none keeps the others waiting.
type bodies struct {
	wait                    time.Duration
	strangers, people, bulk *semaphore.Weighted
	own                     rooms // of those who have bodies under way that count
}

func newBodies() *bodies {
	return &bodies{
		wait:      roomPatience,
		strangers: semaphore.NewWeighted(strangersRoom), people: semaphore.NewWeighted(peoplesRoom), bulk: semaphore.NewWeighted(bulkRoom),
		own: rooms{size: ownRoom},
	}
}

var (
	errOwnRoom = &hub.Error{Code: hub.Limit, Msg: "Other large requests of yours are under way. Try again when they are done.", RetryAfter: 5 * time.Second}
	errNoRoom  = &hub.Error{Code: hub.Unavailable, Msg: "The hub is busy with other large requests. Try again in a moment.", RetryAfter: 5 * time.Second}
)

// take waits for room for so many bytes of somebody's; release gives it back. With others,
// who is to do something to other people, there is the room of bulk work where that of
// people is full: some who send slowly on purpose keep no teacher from a list.
func (b *bodies) take(ctx context.Context, who *access.Requester, bytes int64, others bool) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, b.wait)
	defer cancel()
	switch {
	case !who.Known():
		return taken(ctx, b.strangers, bytes, errNoRoom)
	case bytes > maxBody:
		return taken(ctx, b.bulk, bytes, errNoRoom)
	}
	releaseOwn, err := b.own.take(ctx, b.wait, who, bytes, errOwnRoom)
	if err != nil {
		return nil, err
	}
	releaseAll, err := b.amongPeople(ctx, bytes, others)
	if err != nil {
		releaseOwn()
		return nil, err
	}
	return func() { releaseAll(); releaseOwn() }, nil
}

func (b *bodies) amongPeople(ctx context.Context, bytes int64, others bool) (release func(), err error) {
	switch {
	case !others:
		return taken(ctx, b.people, bytes, errNoRoom)
	case b.people.TryAcquire(bytes):
		return func() { b.people.Release(bytes) }, nil
	}
	return taken(ctx, b.bulk, bytes, errNoRoom)
}

func taken(ctx context.Context, room *semaphore.Weighted, bytes int64, none error) (release func(), err error) {
	if err := room.Acquire(ctx, bytes); err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, none
	}
	return func() { room.Release(bytes) }, nil
}

// body is a request's body on its way in. It asks for room before it is read, and takes
// the deadline away once it is there: a handler may take longer, and must only be ended by
// a client that goes.
type body struct {
	io.ReadCloser
	conn    *http.ResponseController
	ctx     context.Context //nolint:containedctx // the request's
	who     *access.Requester
	from    *bodies
	size    int64 // as announced; -1 where it is not
	limit   int64
	read    int64
	whole   bool  // it is all there
	room    int64 // how much may be read with what was taken
	release []func()
}

// newBody limits the body of a request. The caller ends it when the request is answered.
func (s *Server) newBody(w http.ResponseWriter, r *http.Request, who *access.Requester, limit int64) *body {
	b := &body{
		ReadCloser: http.MaxBytesReader(w, r.Body, limit), conn: http.NewResponseController(w), ctx: r.Context(),
		who: who, from: s.bodies, size: r.ContentLength, limit: limit, room: freeBody,
	}
	switch {
	case b.size > freeBody:
		b.room = 0 // nothing is read before there is room for all of it
	case b.size >= 0:
		b.room = math.MaxInt64
	}
	return b
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.read >= b.room || b.size > b.limit {
		if err := b.more(); err != nil {
			return 0, err
		}
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.room-b.read)])
	b.read += int64(n)
	if errors.Is(err, io.EOF) {
		b.whole = true
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// more takes room for the whole body, or, where nobody knows how large it will be, for as
// much as there is already.
func (b *body) more() error {
	if b.size > b.limit {
		return &http.MaxBytesError{Limit: b.limit}
	}
	bytes, room := b.size, int64(math.MaxInt64)
	if b.size < 0 && b.room < b.limit {
		bytes = min(b.room, b.limit-b.room)
		room = b.room + bytes
	}
	if bytes > 0 { // else it is as large as it may be
		if b.limit == maxOwnBody {
			bytes *= ownWeight
		}
		release, err := b.from.take(b.ctx, b.who, bytes, b.limit > maxOwnBody)
		if err != nil {
			return err
		}
		b.release = append(b.release, release)
	}
	b.room = room
	return nil
}

func (b *body) end() {
	for _, release := range b.release {
		release()
	}
}

// unread is the body of somebody who may not send it: whoever reads it is told so.
type unread struct{ refusal error }

func (u unread) Read([]byte) (int, error) { return 0, u.refusal }

func (u unread) Close() error { return nil }

// How fast what nobody wanted of a body is read and forgotten, and for how long: faster, a
// few clients that send without end would take all processors from others.
const (
	drainedAtOnce = 256 << 10
	drainPause    = 8 * time.Millisecond // some 32 MiB a second
	drainPatience = 5 * time.Second
)

// drain lets a client finish what it sends, once the answer is on its way (RFC 9112,
// section 9.6). Many send all of a body before they look for an answer, and find a broken
// connection instead of the words that say why theirs was refused; net/http waits for no
// body of a client that wants the connection closed, as Python's urllib always does.
func (w *response) drain(c *call) {
	r := w.r
	switch {
	case r.ProtoMajor != 1, r.ContentLength == 0, c.body != nil && c.body.whole:
		return
	case r.Header.Get("Expect") != "": // it waits for the answer before it sends
		return
	}
	conn := http.NewResponseController(w.ResponseWriter)
	if conn.Flush() != nil || conn.SetReadDeadline(hub.SystemClock().Add(drainPatience)) != nil {
		return
	}
	pause := time.NewTicker(drainPause)
	defer pause.Stop()
	for {
		if _, err := io.CopyN(io.Discard, r.Body, drainedAtOnce); err != nil {
			return // whatever it ends with, the answer is given
		}
		select {
		case <-pause.C:
		case <-r.Context().Done():
			return
		}
	}
}
