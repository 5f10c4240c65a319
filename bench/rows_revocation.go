package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"
)

const (
	mostRevocation = 2.0                   // seconds
	tokenPause     = 10 * time.Millisecond // between two uses of a token
)

// twoHubs are two hubs on one database.
type twoHubs struct{ here, there *hub }

// measureRevocation is how long a hub still takes a token that was revoked at another one,
// where all that bulk work changed there just before has to come to it too.
func (b *bench) measureRevocation(ctx context.Context) error {
	return b.onPostgreSQL(ctx, rowRevocation, func(database string) error {
		two, err := b.startTwoHubs(ctx, database)
		if err != nil {
			return err
		}
		defer two.there.kill()
		defer two.here.kill()
		n := b.opt.bulkRows()
		names := userNames(1, n) // the owner of the token is none of them
		found := map[string][]float64{}
		for range b.opt.rounds {
			for _, kind := range revocationKinds() {
				took, err := two.revokeAfter(ctx, kind, names)
				if err != nil {
					return err
				}
				b.say("%d %s at one hub, then a token is revoked there: refused at the other after %.0f ms", n, kind.name, took.Seconds()*1e3)
				found[kind.name] = append(found[kind.name], took.Seconds())
			}
		}
		for _, kind := range revocationKinds() {
			b.report.fact(fact{
				Row: rowRevocation, Work: fmt.Sprintf("a token is revoked at one hub after %s %s there, until another hub on the same PostgreSQL refuses it", thousands(n), kind.name),
				Value: median(found[kind.name]), Unit: milliseconds, AtMost: mostRevocation,
				Note: fmt.Sprintf("in all rounds at most %.0f ms", largest(found[kind.name])*1e3),
			})
		}
		return errors.Join(two.here.stop(), two.there.stop())
	})
}

// revocationKinds are what the other hub has to hear of before: people with all that is
// shown of them, and that they are gone.
func revocationKinds() []bulkKind {
	return []bulkKind{
		{"people are made in a group", "users", func(names []string) map[string]any { return bulkPeople(names, "class") }, []string{"created"}},
		bulkDeleted("people"),
	}
}

// startTwoHubs starts them with somebody who may have tokens. On one machine hubs share the
// register of user ids.
func (b *bench) startTwoHubs(ctx context.Context, database string) (two twoHubs, err error) {
	const first, second = "atrium-here", "atrium-there"
	if two.here, err = b.newAtrium(ctx, first, "ATRIUM_DATABASE="+database); err != nil {
		return two, err
	}
	two.there, err = b.newAtrium(ctx, second, "ATRIUM_DATABASE="+database, "ATRIUM_SPAWNER_LOCAL_UID_REGISTRY="+filepath.Join(b.dir, first, "uids"))
	if err != nil {
		return two, err
	}
	for _, h := range []*hub{two.here, two.there} {
		if _, err := h.begin(ctx); err != nil {
			return two, err
		}
	}
	return two, two.here.client.createUsers(ctx, 1)
}

// revokeAfter does bulk work at the one hub while a token is used at the other, which so has it
// in memory; and gives how long after that work, from the request that revokes the token on,
// the other hub has refused it.
func (two twoHubs) revokeAfter(ctx context.Context, kind bulkKind, names []string) (time.Duration, error) {
	token, path, err := two.newToken(ctx)
	if err != nil {
		return 0, err
	}
	owner := newClient(two.there.public, token)
	defer owner.close()
	body := kind.body(names)
	_, _, err = meanwhile(ctx, func(ctx context.Context) error {
		_, err := two.here.client.bulk(ctx, kind.path, body, len(names), kind.want...)
		return err
	}, owner.uses(ctx))
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if _, err := two.here.client.call(ctx, http.MethodDelete, path, nil, http.StatusNoContent); err != nil {
		return 0, err
	}
	for time.Since(begun) < patience {
		got, err := owner.call(ctx, http.MethodGet, "/hub/api/user", nil, http.StatusOK, http.StatusForbidden)
		if err != nil || got.status == http.StatusForbidden {
			return time.Since(begun), err
		}
		if err := pause(ctx, poll); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("the other hub takes a token %s after it was revoked", patience)
}

// uses asks for what is the token's again and again, and gives how long each time took.
func (c *client) uses(whole context.Context) func(context.Context) ([]float64, error) {
	return func(until context.Context) ([]float64, error) {
		var found waits
		for {
			begun := time.Now()
			_, err := c.call(whole, http.MethodGet, "/hub/api/user", nil, http.StatusOK)
			found.add(time.Since(begun), err)
			if err != nil || pause(until, tokenPause) != nil {
				return found.result()
			}
		}
	}
}

// newToken makes a token at the one hub, and gives it with the path of what deletes it.
func (two twoHubs) newToken(ctx context.Context) (token, path string, err error) {
	all := "/hub/api/users/" + userName(0) + "/tokens"
	made, err := two.here.client.call(ctx, http.MethodPost, all, map[string]any{"note": "bench"}, http.StatusCreated)
	if err != nil {
		return "", "", err
	}
	var known struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(made.body, &known); err != nil || known.ID == "" {
		return "", "", fmt.Errorf("no id of a token in %.300q: %w", made.body, err)
	}
	token, err = tokenIn(made)
	return token, all + "/" + known.ID, err
}
