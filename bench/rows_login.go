package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// loginsOfEach is how many logins there are with known names, and with unknown ones.
const loginsOfEach = 200

// measureLogins asks whether the time that a failed login takes tells if there is
// somebody of the name: in random order, each by an address and a name of its own, so
// that none is slowed down. The difference of the medians is compared with what chance
// alone makes of the same times (a permutation test, 1 %).
func (b *bench) measureLogins(ctx context.Context) error {
	h, err := b.newAtrium(ctx, "atrium-logins", "ATRIUM_AUTH_NATIVE_ENABLED=true", "ATRIUM_AUTH_DUMMY_PASSWORD=")
	if err != nil {
		return err
	}
	defer h.kill()
	if _, err := h.begin(ctx); err != nil {
		return err
	}
	if err := givePasswords(ctx, h, loginsOfEach); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(5, 5))
	names := make([]string, 0, 2*loginsOfEach)
	for i := range loginsOfEach {
		names = append(names, userName(i), userName(50_000+i))
	}
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var known, unknown []float64
	for i, name := range names {
		took, err := failedLogin(ctx, h, name, fmt.Sprintf("10.1.%d.%d", i/250, 1+i%250))
		if err != nil {
			return err
		}
		if name < userName(50_000) {
			known = append(known, took.Seconds())
		} else {
			unknown = append(unknown, took.Seconds())
		}
	}
	difference, chance, p := permutationTest(known, unknown, random)
	b.say("a failed login: known names %.2f ms, unknown ones %.2f ms, p = %.2f", median(known)*1e3, median(unknown)*1e3, p)
	b.report.fact(fact{
		Row: rowLogins, Work: fmt.Sprintf("failed logins with known and with unknown names, %d each: the medians differ by", loginsOfEach),
		Value: difference, Unit: milliseconds, AtMost: chance, Note: fmt.Sprintf("of %.1f ms; at most is what chance makes in 99 of 100; p = %.2f", median(known)*1e3, p),
	})
	return h.stop()
}

// givePasswords makes people with a password.
func givePasswords(ctx context.Context, h *hub, n int) error {
	var rows []map[string]any
	for i := range n {
		rows = append(rows, map[string]any{"username": userName(i), "password": passwordOf(i)})
	}
	_, err := h.client.call(ctx, http.MethodPost, "/hub/api/bulk/users", map[string]any{"users": rows}, http.StatusOK)
	return err
}

// passwordOf is what givePasswords gives the i-th person.
func passwordOf(i int) string { return "a-password-of-" + userName(i)[3:] }

// failedLogin asks for a token with a wrong password, as from an address.
func failedLogin(ctx context.Context, h *hub, name, address string) (time.Duration, error) {
	c := newClient(h.public, "")
	c.http.Transport = forwarded{c.http.Transport, address}
	defer c.close()
	begun := time.Now()
	_, err := c.call(ctx, http.MethodPost, "/hub/api/authorizations/token", map[string]string{"username": name, "password": "wrong"}, http.StatusForbidden)
	return time.Since(begun), err
}

// forwarded sends requests as a proxy on this machine would for an address.
type forwarded struct {
	http.RoundTripper
	address string
}

func (f forwarded) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("X-Forwarded-For", f.address)
	return f.RoundTripper.RoundTrip(r)
}

// permutationTest gives the difference of two samples' medians, the difference that 99
// of 100 random divisions of the same values stay below, and the part of those that are
// as far apart as the samples are.
func permutationTest(a, b []float64, random *rand.Rand) (difference, chance, p float64) {
	const shuffles = 2000
	apart := func(values []float64) float64 {
		return math.Abs(median(values[:len(a)]) - median(values[len(a):]))
	}
	all := slices.Concat(a, b)
	difference = apart(all)
	found := make([]float64, shuffles)
	for i := range found {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if found[i] = apart(all); found[i] >= difference {
			p++
		}
	}
	slices.Sort(found)
	return difference, found[shuffles*99/100], p / shuffles
}
