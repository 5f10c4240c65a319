package bus

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// channel is the name under which replicas of one database talk.
const channel = "atrium_changes"

const (
	firstRetry   = 100 * time.Millisecond // doubled up to lastRetry
	lastRetry    = 5 * time.Second
	patience     = 10 * time.Second      // for one exchange with the database
	quietTime    = 30 * time.Second      // without a notification, after which the connection is tried
	sendPause    = 20 * time.Millisecond // between two notifications
	farewellTime = time.Second           // for closing a connection
)

// PostgresOptions are what a Postgres is made from.
type PostgresOptions struct {
	URL string // postgres://…
	Log Log    // the same database's changes
	// Apply gets the changes of other processes before the subscribers do, and returns once
	// they are applied.
	Apply  func(...data.Change)
	Logger *slog.Logger
}

// Postgres carries changes within the process, and those that the other processes on a
// PostgreSQL database noted there. It is a data.Bus.
//
// A process's own changes reach its own subscribers at once, database or not, and not a
// second time. Those of others are read from the table of changes from where it was, within
// a second, or as soon as a notification (LISTEN, NOTIFY) says that there are some; so that
// nothing is lost with a connection, nor with a process that dies before it sent one.
//
// It holds two connections of its own, which must not go through a pooler that
// shares sessions.
type Postgres struct {
	local  *Bus
	tail   *tail
	apply  func(...data.Change)
	log    *slog.Logger
	config *pgx.ConnConfig
	noted  chan struct{} // has room for one: the others are to be told that there are changes
	wake   chan struct{} // likewise: there may be changes of others
	quiet  time.Duration
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// NewPostgres begins to read, to listen and to notify, in goroutines that end with Close.
// What can be read of the database by then counts as known. Errors are those of data.Store,
// or that the URL cannot be read, without its password. Where the database cannot be reached
// later the bus goes on trying.
func NewPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	p, err := newPostgres(ctx, o, quietTime)
	if err == nil {
		p.start(ctx, func(ctx context.Context) { p.tail.run(ctx, p.wake) })
	}
	return p, err
}

// start begins to listen and to notify, and whatever else runs until the end.
func (p *Postgres) start(ctx context.Context, others ...func(context.Context)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.cancel = cancel
	p.done.Go(func() { p.keep(ctx, "listen for changes", p.listen) })
	p.done.Go(func() { p.keep(ctx, "tell of changes", p.notify) })
	for _, run := range others {
		p.done.Go(func() { run(ctx) })
	}
}

// newPostgres begins nothing yet.

func newPostgres(ctx context.Context, o PostgresOptions, quiet time.Duration) (*Postgres, error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("read the database's URL: %w", err)
	}
	p := &Postgres{
		local: New(o.Logger), apply: o.Apply, log: o.Logger, config: config, quiet: quiet,
		noted: make(chan struct{}, 1), wake: make(chan struct{}, 1),
	}
	if p.tail, err = newTail(ctx, o.Log, p.hear, o.Logger); err != nil {
		return nil, err
	}
	return p, nil
}

// Publish gives changes of this process to its subscribers, has the other processes told that
// there are some, and returns at once.
func (p *Postgres) Publish(ctx context.Context, changes ...data.Change) {
	if len(changes) == 0 {
		return
	}
	p.local.Publish(ctx, changes...)
	signal(p.noted)
}

// hear takes changes of others.
func (p *Postgres) hear(ctx context.Context, changes []data.Change) {
	p.apply(changes...)
	p.local.Publish(ctx, changes...)
}

// signal puts a token into a channel that has room for one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is told already
	}
}

// Subscribe is as Bus.Subscribe.
func (p *Postgres) Subscribe(ctx context.Context, name string, fn func([]data.Change)) {
	p.local.Subscribe(ctx, name, fn)
}

// Close ends every subscription and all connections. Wait waits for it. Others find what was
// not told any more within a second.
func (p *Postgres) Close() {
	p.cancel()
	p.local.Close()
}

// Wait returns when all has ended.
func (p *Postgres) Wait() {
	p.done.Wait()
	p.local.Wait()
}

// keep runs work on a connection, and on another one when it fails, until ctx ends.
func (p *Postgres) keep(ctx context.Context, what string, work func(context.Context, *pgx.Conn) error) {
	retry, tried := firstRetry, false
	for {
		worked, err := p.connected(ctx, work)
		if ctx.Err() != nil {
			return
		}
		level := slog.LevelDebug // one outage is one warning
		if worked || !tried {
			retry, level = firstRetry, slog.LevelWarn
		}
		tried = true
		p.log.Log(ctx, level, "no connection to the database, trying again", "to", what, "error", err)
		if hub.Sleep(ctx, retry) != nil {
			return
		}
		retry = min(2*retry, lastRetry)
	}
}

// connected runs work on a new connection. worked tells whether there was one.
func (p *Postgres) connected(ctx context.Context, work func(context.Context, *pgx.Conn) error) (worked bool, err error) {
	dial, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := pgx.ConnectConfig(dial, p.config.Copy())
	if err != nil {
		return false, fmt.Errorf("connect: %w", err)
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewellTime)
		defer cancel()
		_ = conn.Close(bye) // it is given up either way
	}()
	return true, work(ctx, conn)
}

// listen has the changes read with each notification, until the connection fails.
func (p *Postgres) listen(ctx context.Context, conn *pgx.Conn) error {
	if err := within(ctx, func(ctx context.Context) error {
		_, err := conn.Exec(ctx, "LISTEN "+channel)
		return err
	}); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	signal(p.wake) // for all that was said before
	for {
		wait, cancel := context.WithTimeout(ctx, p.quiet)
		n, err := conn.WaitForNotification(wait)
		quiet := err != nil && wait.Err() != nil && ctx.Err() == nil && !conn.IsClosed()
		cancel()
		switch {
		case quiet:
			if err := within(ctx, conn.Ping); err != nil {
				return fmt.Errorf("ping: %w", err)
			}
		case err != nil:
			return fmt.Errorf("wait for a notification: %w", err)
		case n.Payload != "":
			// A hub of a version that told the others without noting it, in an upgrade one by one.
			p.hear(ctx, []data.Change{{Kind: data.Resync}})
		default:
			signal(p.wake)
		}
	}
}

// notify tells the other processes that there are changes, until the connection fails. Of
// many at a time it tells once.
func (p *Postgres) notify(ctx context.Context, conn *pgx.Conn) error {
	for {
		select {
		case <-p.noted:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := within(ctx, func(ctx context.Context) error {
			_, err := conn.Exec(ctx, "NOTIFY "+channel)
			return err
		}); err != nil {
			return fmt.Errorf("notify: %w", err)
		}
		if err := hub.Sleep(ctx, sendPause); err != nil {
			return err
		}
	}
}

// within runs one exchange with the database, which must not hang.
func within(ctx context.Context, exchange func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return exchange(ctx)
}
