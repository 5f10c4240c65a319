package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

const pageSize = 50

// pageKind is a way to ask for a page of users.
type pageKind struct {
	name  string
	paths func(users int, random *rand.Rand) (path, want string)
	total func(users int) int // that the page says; -1: not looked at
}

// pageKinds are the three. People are sorted by when they were made, the administrator
// first, so the page from an offset on has the person of that number.
func pageKinds() []pageKind {
	everybody := func(users int) int { return users + 1 }
	return []pageKind{
		{name: "first", total: everybody, paths: func(int, *rand.Rand) (string, string) {
			return pagePath("offset=0"), userName(1)
		}},
		{name: "at a random offset", total: everybody, paths: func(users int, random *rand.Rand) (string, string) {
			offset := random.IntN(users - pageSize)
			return pagePath(fmt.Sprintf("offset=%d", offset)), userName(offset + 1)
		}},
		{name: "with name_filter", total: func(int) int { return 100 }, paths: func(users int, random *rand.Rand) (string, string) {
			hundred := strings.TrimSuffix(userName(random.IntN(users/100)*100), "00")
			return pagePath("name_filter=" + hundred), hundred + "01"
		}},
	}
}

func pagePath(query string) string { return fmt.Sprintf("/hub/api/users?limit=%d&%s", pageSize, query) }

// load asks a hub with so many users for pages of this kind.
func (k pageKind) load(h *hub, users, conns int) load {
	random := rand.New(rand.NewPCG(2, 2))
	var list []exchange
	for range 1024 {
		path, want := k.paths(users, random)
		list = append(list, exchange{send: get(h.api, path, asAdmin, "Accept: "+paginated), want: []byte(`"` + want + `"`)})
	}
	return load{addr: h.api, conns: conns, exchanges: list}
}

// verify looks at one page as a whole.
func (k pageKind) verify(ctx context.Context, h *hub, users int) error {
	path, _ := k.paths(users, rand.New(rand.NewPCG(3, 3)))
	got, err := h.client.page(ctx, path)
	if err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	if want := k.total(users); len(got.Items) != pageSize || got.Pagination.Total != want {
		return fmt.Errorf("%s: %s: %d users of %d, not %d of %d", h.name, path, len(got.Items), got.Pagination.Total, pageSize, want)
	}
	return nil
}

// measurePages compares the two hubs.
func (b *bench) measurePages(ctx context.Context) error {
	for _, kind := range pageKinds() {
		for _, h := range []*hub{b.ours, b.theirs} {
			if err := kind.verify(ctx, h, b.opt.users); err != nil {
				return err
			}
		}
		found, err := b.alternate(ctx, "page "+kind.name, b.both(func(h *hub) load {
			return kind.load(h, b.opt.users, connections)
		})...)
		if err != nil {
			return err
		}
		b.report.compare(comparison{
			Row: rowPage, Work: fmt.Sprintf("a page of %d of %s users, %s, %d at once", pageSize, thousands(b.opt.users), kind.name, connections),
			Unit: perSecond, Ours: found[0], Theirs: found[1], Bar: 20, CPUBar: 20,
		})
	}
	return nil
}

// measureMore compares Atrium with itself when it has ten times as many users, one
// request after the other.
func (b *bench) measureMore(ctx context.Context) error {
	large, err := b.newAtrium(ctx, "atrium-large")
	if err != nil {
		return err
	}
	defer large.kill()
	b.say("making %d users in another Atrium", b.opt.more)
	if _, err := large.begin(ctx); err != nil {
		return err
	}
	begun := time.Now()
	if err := large.client.createUsers(ctx, b.opt.more); err != nil {
		return err
	}
	b.report.fact(fact{
		Row: rowMore, Work: fmt.Sprintf("%s users made, %d names a request", thousands(b.opt.more), namesAtOnce),
		Value: time.Since(begun).Seconds(), Unit: seconds,
	})
	for _, kind := range pageKinds() {
		if err := b.compareSizes(ctx, kind, large); err != nil {
			return err
		}
	}
	return large.stop()
}

func (b *bench) compareSizes(ctx context.Context, kind pageKind, large *hub) error {
	if err := kind.verify(ctx, large, b.opt.more); err != nil {
		return err
	}
	found, err := b.alternate(ctx, "page "+kind.name+", one at a time",
		side{name: thousands(b.opt.users) + " users", load: kind.load(b.ours, b.opt.users, 1), pids: b.ours.all},
		side{name: thousands(b.opt.more) + " users", load: kind.load(large, b.opt.more, 1), pids: large.all})
	if err != nil {
		return err
	}
	less, more := 1/median(values(found[0])), 1/median(values(found[1]))
	work := fmt.Sprintf("a page of %d of %s users, %s, one at a time", pageSize, thousands(b.opt.more), kind.name)
	if kind.name == "with name_filter" {
		b.report.fact(fact{Row: rowMore, Work: work, Value: more, Unit: milliseconds, AtMost: 0.010})
		return nil
	}
	b.report.fact(fact{Row: rowMore, Work: work, Value: more, Unit: milliseconds})
	b.report.fact(fact{
		Row: rowMore, Work: fmt.Sprintf("the same, of the time with %s users", thousands(b.opt.users)), Value: more / less, Unit: times, AtMost: 1.5,
	})
	return nil
}
