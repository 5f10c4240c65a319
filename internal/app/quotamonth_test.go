package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/testkit"
)

// errHubKilled is what a hub that was killed gets of its database: it lives no longer, and nothing follows.
var errHubKilled = errors.New("the hub was killed")

// fate is a database under a hub that dies, or whose database is away.
type fate struct {
	rnd   *rand.Rand
	often int // one of so many transactions is its last
	away  bool
	died  int
}

type mortalStore struct {
	data.Store
	fate *fate
}

// last runs a transaction, which may be the hub's last: it died before it, in it, or when it was done.
func (f *fate) last(do func(fn func(data.Tx) error) error, fn func(data.Tx) error) error {
	switch {
	case f.away:
		return hub.Errorf(hub.Unavailable, "the database is away")
	case f.often == 0 || f.rnd.IntN(f.often) > 0:
		return do(fn)
	}
	f.died++
	switch f.rnd.IntN(3) {
	case 0:
		return errHubKilled
	case 1:
		err := do(func(tx data.Tx) error {
			if err := fn(tx); err != nil {
				return err
			}
			return errHubKilled
		})
		return errors.Join(err, errHubKilled)
	}
	return errors.Join(do(fn), errHubKilled)
}

func (m mortalStore) View(ctx context.Context, fn func(data.Tx) error) error {
	if m.fate.away {
		return hub.Errorf(hub.Unavailable, "the database is away")
	}
	return m.Store.View(ctx, fn)
}

func (m mortalStore) Update(ctx context.Context, fn func(data.Tx) error) error {
	return m.fate.last(func(fn func(data.Tx) error) error { return m.Store.Update(ctx, fn) }, fn)
}

func (m mortalStore) WithServer(ctx context.Context, id int64, fn func(data.Tx) error) error {
	return m.fate.last(func(fn func(data.Tx) error) error { return m.Store.WithServer(ctx, id, fn) }, fn)
}

func (m mortalStore) Touch(ctx context.Context, fn func(data.Tx) (data.Seen, error)) error {
	var seen data.Seen
	return m.fate.last(func(inner func(data.Tx) error) error {
		return m.Store.Touch(ctx, func(tx data.Tx) (data.Seen, error) { return seen, inner(tx) })
	}, func(tx data.Tx) (err error) {
		seen, err = fn(tx)
		return err
	})
}

// reckoned is somebody by the reckoning: what they have, in sixtieths, and the servers that run.
type reckoned struct {
	balance   int64
	unlimited bool
	running   map[string]*reckonedRun
}

type reckonedRun struct {
	rate, until int64
}

// quotaWorld is generated use, and a reckoning of its own that walks second by second, and knows nothing of the ledger.
type quotaWorld struct {
	f      *fixture
	rnd    *rand.Rand
	fate   *fate
	zone   *time.Location
	url    string
	rules  []quota.Rule
	done   map[string]time.Time // by rules, the last minute that the reckoning looked at
	people map[string]*reckoned
	key    int
}

func (w *quotaWorld) config(c *app.Config) {
	c.Quota = quota.Config{Enabled: true, Rate: 2, Default: 100, DefaultMinutes: 20, Grace: 5 * time.Minute, MinimumToStart: 2, Refresh: w.rules}
	set, _ := profiles.New([]profiles.Profile{{Slug: "small"}, {Slug: "dear", Sets: profiles.Settings{Rate: 7}}})
	c.Profiles = set
}

// born is a hub on the database, in the place of the one that was killed.
func (w *quotaWorld) born() {
	w.f.t.Helper()
	often := w.fate.often
	w.fate.often = 0
	if w.f.Hub != nil {
		_ = w.f.DB.Close()
	}
	w.f.Hub = testkit.New(w.f.t, func(o *testkit.Options) {
		o.Clock, o.URL = w.f.clock.Now, w.url
		o.Wrap = func(s data.Store) data.Store { return mortalStore{s, w.fate} }
		w.config(&o.Config)
	})
	w.f.must(w.f.LoadDirectory(w.f.t.Context()))
	w.f.admin()
	w.f.must(w.f.BeginRefreshing(w.f.t.Context()))
	w.fate.often = often
}

// do does something until it is done, however often the hub is killed over it.
func (w *quotaWorld) do(op func() error) error {
	for {
		err := op()
		if !errors.Is(err, errHubKilled) {
			return err
		}
		w.born()
	}
}

// pass lets time pass, in the reckoning a second at a time.
func (w *quotaWorld) pass(d time.Duration) {
	from := w.f.clock.Now().Unix()
	w.f.clock.Add(d)
	for second := from; second < w.f.clock.Now().Unix(); second++ {
		for _, p := range w.people {
			rates := int64(0)
			for _, r := range p.running {
				if r.until <= second {
					rates += r.rate
					r.until = second + 1
				}
			}
			if p.balance > 0 && !p.unlimited {
				p.balance -= rates
			}
		}
	}
}

func (w *quotaWorld) tick() {
	w.f.must(w.do(func() error { return w.f.Tick(w.f.t.Context(), "test") }))
}

// change is sent under a key, and again by who got no answer.
func (w *quotaWorld) change(changes ...quota.Change) {
	w.key++
	key := fmt.Sprint("key", w.key)
	for range 1 + w.rnd.IntN(2) {
		w.f.must(w.do(func() error {
			done, err := w.f.ChangeQuotas(w.f.t.Context(), w.f.by(adminToken), key, changes)
			for _, x := range done {
				if err == nil {
					err = x.Err
				}
			}
			return err
		}))
	}
}

func (w *quotaWorld) server(name, server string) hub.Server {
	return read(w.f, func(ctx context.Context, tx data.Tx) (hub.Server, error) {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return hub.Server{}, err
		}
		return tx.Server(ctx, u.ID, server)
	})
}

// start asks for a server and brings it to where it is ready; whatever of it fails is begun again by the next hub.
func (w *quotaWorld) start(name, server string) {
	f, t := w.f, w.f.t
	options := fmt.Sprintf(`{"profile": "%s", "runtime_minutes": %s}`, []string{"small", "dear"}[w.rnd.IntN(2)], []string{"null", "5", "20"}[w.rnd.IntN(3)])
	err := w.do(func() error {
		_, err := f.StartServer(t.Context(), f.by(adminToken), name, server, servers.StartRequest{Options: json.RawMessage(options)})
		return err
	})
	if hub.Is(err, hub.Forbidden) {
		return
	}
	f.must(err)
	if w.rnd.IntN(8) == 0 { // nothing comes of it
		f.must(w.do(func() error {
			_, err := f.StopServer(t.Context(), f.by(adminToken), name, server, false)
			return err
		}))
		return
	}
	w.pass(time.Duration(w.rnd.Int64N(int64(time.Minute))))
	f.must(w.do(func() error {
		s := w.server(name, server)
		if s.Phase == hub.Ready {
			return nil
		}
		run, err := f.BeginRun(t.Context(), s, servers.Lease{Owner: "test", Node: "node"})
		if err != nil {
			return err
		}
		if _, _, err = f.Started(t.Context(), run.Server, "Started", nil); err != nil {
			return err
		}
		_, err = f.Answering(t.Context(), run.Server, "http://127.0.0.1:1")
		return err
	}))
	rate := int64(2)
	if w.server(name, server).Profile == "dear" {
		rate = 7
	}
	w.people[name].running[server] = &reckonedRun{rate, f.clock.Now().Unix()}
}

func (w *quotaWorld) stop(name, server string) {
	w.f.must(w.do(func() error {
		s := w.server(name, server)
		if !s.Active() {
			return nil
		}
		return w.f.EndRun(w.f.t.Context(), s.ID, s.Fence, hub.EventStopped, "", "")
	}))
	delete(w.people[name].running, server)
}

// refresh does what is due; the reckoning finds the times by looking at clocks on walls, minute by minute.
func (w *quotaWorld) refresh() {
	w.f.must(w.do(func() error {
		_, err := w.f.RefreshQuotas(w.f.t.Context())
		return err
	}))
	now := w.f.clock.Now()
	for minute := w.done["daily"].Add(time.Minute); !minute.After(now); minute = minute.Add(time.Minute) {
		w.done["daily"] = minute
		before, wall := minute.Add(-time.Minute).In(w.zone), minute.In(w.zone)
		passes := func(hour, at int) bool {
			was, is := before.Hour()*60+before.Minute(), wall.Hour()*60+wall.Minute()
			return (was < hour*60+at || before.Day() != wall.Day()) && is >= hour*60+at
		}
		if passes(2, 30) && w.done["day "+wall.Format(time.DateOnly)].IsZero() {
			w.done["day "+wall.Format(time.DateOnly)] = minute
			w.people["bob"].give(15, 90)
			w.people["ann"].give(15, 90)
		}
		if wall.Day() == 1 && before.Day() != 1 && !w.people["cy"].unlimited {
			w.people["cy"].balance = 70 * hub.CreditParts
		}
	}
}

func (p *reckoned) give(amount, most int64) {
	if p.unlimited || p.balance >= most*hub.CreditParts {
		return
	}
	p.balance = min(p.balance+amount*hub.CreditParts, most*hub.CreditParts)
}

func (w *quotaWorld) step() {
	names := []string{"ann", "bob", "cy"}
	name := names[w.rnd.IntN(len(names))]
	p, server := w.people[name], []string{"", "lab"}[w.rnd.IntN(2)]
	switch at := w.rnd.IntN(14); {
	case at < 4:
		w.pass(time.Duration(w.rnd.Int64N(int64(10 * time.Minute))))
		w.tick()
	case at < 7 && p.running[server] == nil:
		w.start(name, server)
	case at < 9 && p.running[server] != nil:
		w.stop(name, server)
	case at == 9:
		a, b := w.rnd.Int64N(120), w.rnd.Int64N(120)
		w.change(quota.Change{Username: "ann", Action: quota.Set, Amount: a}, quota.Change{Username: "bob", Action: quota.Set, Amount: b})
		w.people["ann"].balance, w.people["bob"].balance = a*hub.CreditParts, b*hub.CreditParts
	case at == 10:
		amount := w.rnd.Int64N(100) - 30
		w.change(quota.Change{Username: name, Action: quota.Add, Amount: amount})
		p.balance += amount * hub.CreditParts
	case at == 11:
		p.unlimited = w.rnd.IntN(3) == 0
		w.change(quota.Change{Username: name, Action: quota.Unlimited, Unlimited: p.unlimited})
	case at == 12:
		w.awayForAMinute()
	case at == 13:
		w.clockGoesBack(name, server)
	}
}

// awayForAMinute lets the database be away: nothing can be done meanwhile, and what runs goes on.
func (w *quotaWorld) awayForAMinute() {
	w.fate.away = true
	if err := w.f.Tick(w.f.t.Context(), "test"); !hub.Is(err, hub.Unavailable) {
		w.f.t.Errorf("while the database is away: %v", err)
	}
	if _, err := w.f.RefreshQuotas(w.f.t.Context()); !hub.Is(err, hub.Unavailable) {
		w.f.t.Errorf("while the database is away: %v", err)
	}
	w.pass(time.Minute)
	w.fate.away = false
}

// clockGoesBack sets the clock back, and lets it come to where it was. Everybody has enough for that.
func (w *quotaWorld) clockGoesBack(name, server string) {
	w.tick()
	for who, p := range w.people {
		w.change(quota.Change{Username: who, Action: quota.Set, Amount: 500})
		p.balance = 500 * hub.CreditParts
	}
	back := time.Duration(w.rnd.Int64N(int64(10 * time.Minute)))
	w.f.clock.Add(-back)
	w.tick()
	if w.people[name].running[server] == nil {
		w.start(name, server)
	} else {
		w.stop(name, server)
	}
	w.tick()
	w.pass(back + time.Minute)
	w.tick()
}

// check compares balances with the reckoning and with the sums of entries.
func (w *quotaWorld) check() {
	w.f.t.Helper()
	w.tick()
	for name, p := range w.people {
		s, err := w.f.QuotaStatement(w.f.t.Context(), w.f.by(adminToken), name, quota.StatementQuery{Limit: 1000, Why: true})
		w.f.must(err)
		sum := int64(0)
		for _, x := range s.Sums {
			sum += x.Amount
		}
		if s.Account.ID == 0 { // nothing was written of them yet
			sum = s.Account.Settled
		}
		if !s.More {
			entries := s.Entries
			for i, e := range entries {
				if i > 0 && e.Kind == hub.QuotaUsage && e.Amount > 0 {
					w.f.t.Errorf("%s: usage that gives: %+v", name, e)
				}
				sum -= e.Amount
			}
			if sum != 0 && s.Account.ID != 0 {
				w.f.t.Errorf("%s: kinds and entries differ by %d", name, sum)
			}
			sum = s.Account.Settled
		}
		if a := s.Account; a.Balance() != p.balance || sum != a.Settled {
			w.f.t.Fatalf("%s at %s: %s has %s, entries come to %d and runs to %d; reckoned %s", w.f.clock.Now(), s.Account.Changed, name,
				hub.ExactCredits(a.Balance()), sum, a.Spent, hub.ExactCredits(p.balance))
		}
	}
}

// A month of generated use over a change of clocks and the end of a month, with a hub that is killed at its transactions, a
// database that is away, and a clock that is set back: balance, sum of entries and an independent reckoning agree to the
// sixtieth of a credit.
func TestQuotaMonth(t *testing.T) {
	for _, begin := range []time.Time{time.Date(2026, 10, 10, 8, 0, 0, 0, time.UTC), time.Date(2026, 3, 12, 8, 0, 0, 0, time.UTC)} {
		t.Run(begin.Month().String(), func(t *testing.T) { quotaMonth(t, begin) })
	}
}

func quotaMonth(t *testing.T, begin time.Time) {
	rnd := rand.New(rand.NewPCG(uint64(begin.Unix()), 1)) // the same each time: another month finds other faults
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w := &quotaWorld{
		f: &fixture{t: t, clock: testkit.NewClock()}, rnd: rnd, fate: &fate{rnd: rnd}, zone: zone, url: testkit.NewDatabases(t).URL("month"),
		done: map[string]time.Time{"daily": begin}, people: map[string]*reckoned{},
		rules: []quota.Rule{
			{Name: "daily", Schedule: when(t, "30 2 * * *"), CatchUp: quota.CatchAll, Refresh: quota.Refresh{Action: quota.Add, Amount: 15, Most: whole(90), Targets: quota.Targets{Users: []string{"ann", "bob"}}}},
			{Name: "monthly", Schedule: when(t, "0 0 1 * *"), CatchUp: quota.CatchAll, Refresh: quota.Refresh{Action: quota.Set, Amount: 70, Targets: quota.Targets{Users: []string{"cy"}}}},
		},
	}
	w.f.clock.Add(begin.Sub(w.f.clock.Now()))
	w.born()
	for _, name := range []string{"ann", "bob", "cy"} {
		w.f.create(name)
		w.people[name] = &reckoned{balance: 100 * hub.CreditParts, running: map[string]*reckonedRun{}}
	}
	w.fate.often = 60
	for end := begin.AddDate(0, 0, monthDays); w.f.clock.Now().Before(end); {
		for range 10 {
			w.step()
		}
		w.pass(time.Duration(w.rnd.Int64N(int64(8 * time.Hour))))
		w.refresh()
		w.check()
	}
	t.Logf("killed %d times", w.fate.died)
}
