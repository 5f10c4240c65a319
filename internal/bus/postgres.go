package bus

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/atriumhub/atrium/internal/data"
)

// channel is the name under which replicas of one database talk.
const channel = "atrium_changes"

const (
	firstRetry   = 100 * time.Millisecond // doubled up to lastRetry
	lastRetry    = 5 * time.Second
	patience     = 10 * time.Second // for one exchange with the database
	quietTime    = 30 * time.Second // without a notification, after which the connection is tried
	sendTime     = 5 * time.Second  // for sending, also of what is left at the end
	farewellTime = time.Second      // for closing a connection
)

// Postgres carries changes within the process and between the replicas that share a
// PostgreSQL database, by LISTEN and NOTIFY. It is an app.Bus.
//
// A replica's own changes reach its own subscribers at once, database or not, and
// not a second time. Those of others come when they are committed. Whenever a
// connection is made anew, changes may have been missed: the one that listens
// gives app.Resync to its own subscribers. One that begins gives it to the others, too:
// the process that it follows may have been killed between a change and the word of it.
//
// It holds two connections of its own, which must not go through a pooler that
// shares sessions.
type Postgres struct {
	local  *Bus
	log    *slog.Logger
	config *pgx.ConnConfig
	origin string
	out    *queue // to be sent to the others
	quiet  time.Duration
	cancel context.CancelFunc
	done   sync.WaitGroup // listen and send
}

// NewPostgres begins to listen and to send, in goroutines that end with Close. url
// is of the form postgres://…; an error says that it cannot be read, without its
// password. Where the database cannot be reached the bus goes on trying.
func NewPostgres(url string, log *slog.Logger) (*Postgres, error) {
	p, err := newPostgres(url, log, quietTime)
	if err != nil {
		return nil, err
	}
	p.out.push(data.Change{Kind: data.Resync})
	return p, nil
}

func newPostgres(url string, log *slog.Logger, quiet time.Duration) (*Postgres, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database's URL: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Postgres{local: New(log), log: log, config: config, origin: rand.Text(), out: newQueue(), quiet: quiet, cancel: cancel}
	p.done.Go(func() { p.keep(ctx, "listen for changes", p.listen) })
	p.done.Go(func() {
		p.keep(ctx, "send changes", p.send)
		p.sendRest(context.WithoutCancel(ctx))
	})
	return p, nil
}

// Publish gives the changes to this process's subscribers, leaves them to be sent
// to the other replicas, and returns at once.
func (p *Postgres) Publish(ctx context.Context, changes ...data.Change) {
	if len(changes) == 0 {
		return
	}
	p.local.Publish(ctx, changes...)
	if lost := p.out.push(changes...); lost > 0 {
		p.log.WarnContext(ctx, "changes could not be sent to the other replicas, which must begin anew", "lost", lost)
	}
}

// Subscribe is as Bus.Subscribe.
func (p *Postgres) Subscribe(ctx context.Context, name string, fn func(data.Change)) {
	p.local.Subscribe(ctx, name, fn)
}

// Close ends every subscription and both connections, after a short try to send
// what is left. Wait waits for it.
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
		select {
		case <-ctx.Done():
			return
		case <-time.After(retry):
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

// listen passes notifications on to the subscribers until the connection fails.
func (p *Postgres) listen(ctx context.Context, conn *pgx.Conn) error {
	if err := within(ctx, func(ctx context.Context) error {
		_, err := conn.Exec(ctx, "LISTEN "+channel)
		return err
	}); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	p.local.Publish(ctx, data.Change{Kind: data.Resync}) // for all that was said before
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
		default:
			p.hear(ctx, n.Payload)
		}
	}
}

func (p *Postgres) hear(ctx context.Context, payload string) {
	origin, changes, err := decode(payload)
	if err != nil {
		p.log.WarnContext(ctx, "another replica sent what cannot be read", "error", err)
	}
	if origin != p.origin {
		p.local.Publish(ctx, changes...)
	}
}

// send passes what is published here on to the other replicas, until the
// connection fails; what was not sent by then stays in the queue.
func (p *Postgres) send(ctx context.Context, conn *pgx.Conn) error {
	ending := false
	for {
		// Not cut short by the end of ctx: what was published before it is still sent.
		sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTime)
		err := p.flush(sending, conn)
		cancel()
		switch {
		case err != nil:
			return err
		case ending:
			return ctx.Err()
		}
		select {
		case <-p.out.wake:
		case <-ctx.Done():
			ending = true
		}
	}
}

// sendRest tries once more to send what the end found unsent, because there was no
// connection just then.
func (p *Postgres) sendRest(ctx context.Context) {
	if p.out.empty() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	if _, err := p.connected(ctx, p.flush); err != nil {
		p.log.WarnContext(ctx, "the last changes could not be sent to the other replicas", "error", err)
	}
}

// flush sends all that is queued in one transaction. It may come twice when the
// connection breaks at the wrong moment.
func (p *Postgres) flush(ctx context.Context, conn *pgx.Conn) error {
	changes := p.out.all()
	if len(changes) == 0 {
		return nil
	}
	payloads, err := encode(p.origin, changes)
	if err != nil {
		p.log.ErrorContext(ctx, "changes could not be sent to the other replicas", "error", err)
		return nil // another connection would not help
	}
	batch := &pgx.Batch{}
	for _, payload := range payloads {
		batch.Queue("SELECT pg_notify($1, $2)", channel, payload)
	}
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		p.out.putBack(changes)
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

// within runs one exchange with the database, which must not hang.
func within(ctx context.Context, exchange func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return exchange(ctx)
}
