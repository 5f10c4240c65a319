package main

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// measureUser asks who one is, with many tokens by turns.
func (b *bench) measureUser(ctx context.Context) error {
	b.say("making %d tokens in each hub", tokens)
	loads := map[*hub][]exchange{}
	for _, h := range []*hub{b.ours, b.theirs} {
		for i := range tokens {
			name := userName(i)
			token, err := h.client.createToken(ctx, name)
			if err != nil {
				return fmt.Errorf("%s: %w", h.name, err)
			}
			loads[h] = append(loads[h], exchange{
				send: get(h.api, "/hub/api/user", "Authorization: token "+token),
				want: []byte(`"` + name + `"`),
			})
		}
	}
	found, err := b.alternate(ctx, "GET /user", b.both(func(h *hub) load {
		return load{addr: h.api, conns: connections, exchanges: loads[h]}
	})...)
	if err != nil {
		return err
	}
	b.report.compare(comparison{
		Row: rowUser, Work: fmt.Sprintf("`GET /user`, %d tokens, %d at once, straight to the hub", tokens, connections),
		Unit: perSecond, Ours: found[0], Theirs: found[1], Bar: 20, CPUBar: 40,
	})
	return nil
}

// measureName asks for people at random.
func (b *bench) measureName(ctx context.Context) error {
	found, err := b.alternate(ctx, "GET /users/{name}", b.both(func(h *hub) load {
		random := rand.New(rand.NewPCG(1, 1))
		var list []exchange
		for range 4096 {
			name := userName(random.IntN(b.opt.users))
			list = append(list, exchange{send: get(h.api, "/hub/api/users/"+name, asAdmin), want: []byte(`"` + name + `"`)})
		}
		return load{addr: h.api, conns: connections, exchanges: list}
	})...)
	if err != nil {
		return err
	}
	b.report.compare(comparison{
		Row: rowName, Work: fmt.Sprintf("`GET /users/{name}`, %d at once, %s users", connections, thousands(b.opt.users)),
		Unit: perSecond, Ours: found[0], Theirs: found[1], Bar: 40, CPUBar: 40,
	})
	return nil
}

const asAdmin = "Authorization: token " + adminToken
