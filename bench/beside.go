package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// -beside measures each request path of this build beside an earlier commit's: whether
// any has become dearer; with -only rest, what both take while nobody does anything. This build runs twice, so that it shows how far two runs of the
// same differ anyway.

// leastRounds is how often the three take turns.
const leastRounds = 7

// dearer is from what part on a path counts as dearer, where two runs of the same build
// do not differ by more.
const dearer = 0.03

// pathCost is the processor time of one operation, in seconds.
type pathCost struct {
	Path               string
	Before, Now, Again float64   // medians: the commit's, this build's, this build's other run
	Ratios, SameRatios []float64 // by round: of this build (both runs' mean) and the commit, and of its two runs
	Operations         float64   // a second, of this build
}

// ratio is how many times as dear the path is, the median over the rounds.
func (c pathCost) ratio() float64 { return median(c.Ratios) }

// spread is how far the two runs of this build differ: by their medians, or by the half of
// the range that the middle half of the rounds takes.
func (c pathCost) spread() float64 {
	between := max(c.Now, c.Again)/min(c.Now, c.Again) - 1
	sorted := slices.Sorted(slices.Values(c.SameRatios))
	quarter := len(sorted) / 4
	return max(between, (sorted[len(sorted)-1-quarter]-sorted[quarter])/2)
}

func (c pathCost) reached() bool { return c.ratio() <= 1+max(dearer, c.spread()) }

// measureBeside compares this build with the one of a commit.
func (b *bench) measureBeside(ctx context.Context, commit string, out io.Writer) error {
	before, err := buildCommit(ctx, b.dir, commit)
	if err != nil {
		return err
	}
	// Built alike, without the pages: what is measured is the hub.
	now, err := buildCommit(ctx, b.dir, "HEAD")
	if err != nil {
		return err
	}
	b.say("this build is of HEAD: what is not committed is not in it")
	if b.opt.wants(rowRest) && len(b.opt.only) > 0 {
		return b.besideRest(ctx, commit, before, now, out)
	}
	var hubs []*hub
	// The other build takes its turn between the two of this one, so that drift is not taken for a difference.
	for _, side := range []struct{ name, program string }{{"now", now}, {"before", before}, {"again", now}} {
		h, err := b.newAtriumOf(ctx, "beside-"+side.name, side.program)
		if err != nil {
			return err
		}
		hubs = append(hubs, h)
		if _, err := h.begin(ctx); err != nil {
			return err
		}
		if err := h.client.createUsers(ctx, b.opt.users); err != nil {
			return err
		}
		if err := h.client.startServer(ctx, userName(0)); err != nil {
			return err
		}
	}
	var costs []pathCost
	for _, p := range requestPaths() {
		if !slices.ContainsFunc(strings.Split(b.opt.path, ","), func(text string) bool { return strings.Contains(p.name, text) }) {
			continue
		}
		c, err := b.besidePath(ctx, p, hubs)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		costs = append(costs, c)
	}
	return writeBeside(out, b, commit, costs)
}

// requestPath is a kind of request, or of several that belong together.
type requestPath struct {
	name string
	load func(ctx context.Context, b *bench, h *hub) (work, error)
}

// requestPaths are all that are compared.
func requestPaths() []requestPath {
	byToken := func(name string, ask func(b *bench, h *hub, random *rand.Rand) exchange) requestPath {
		return requestPath{name, func(_ context.Context, b *bench, h *hub) (work, error) {
			random := rand.New(rand.NewPCG(1, 1)) // the same for all
			list := make([]exchange, 512)
			for i := range list {
				list[i] = ask(b, h, random)
			}
			return load{addr: h.api, conns: connections, exchanges: list}, nil
		}}
	}
	page := func(kind pageKind) requestPath {
		return requestPath{"a page of 50 people, " + kind.name, func(_ context.Context, b *bench, h *hub) (work, error) {
			return kind.load(h, b.opt.users, connections), nil
		}}
	}
	byCookie := func(name, path, want string, size int) requestPath {
		return requestPath{name, func(ctx context.Context, _ *bench, h *hub) (work, error) {
			cookie, err := login(ctx, h.public, userName(0), path)
			return load{addr: h.public, conns: connections, exchanges: []exchange{{send: get(h.public, path, cookie), want: []byte(want), size: size}}}, err
		}}
	}
	paths := []requestPath{
		byToken("GET /hub/health", func(_ *bench, h *hub, _ *rand.Rand) exchange {
			return exchange{send: get(h.api, "/hub/health")}
		}),
		byToken("GET /hub/api/user, an administrator's token", func(_ *bench, h *hub, _ *rand.Rand) exchange {
			return exchange{send: get(h.api, "/hub/api/user", asAdmin), want: []byte(adminName)}
		}),
		{"GET /hub/api/user, 200 people's tokens", func(ctx context.Context, _ *bench, h *hub) (work, error) {
			l := load{addr: h.api, conns: connections}
			for i := range tokens {
				token, err := h.client.createToken(ctx, userName(i))
				if err != nil {
					return l, err
				}
				l.exchanges = append(l.exchanges, exchange{send: get(h.api, "/hub/api/user", "Authorization: token "+token), want: []byte(`"` + userName(i) + `"`)})
			}
			return l, nil
		}},
		byToken("GET /hub/api/users/{name}", func(b *bench, h *hub, random *rand.Rand) exchange {
			name := userName(random.IntN(b.opt.users))
			return exchange{send: get(h.api, "/hub/api/users/"+name, asAdmin), want: []byte(`"` + name + `"`)}
		}),
		byToken("POST /hub/api/users/{name}/activity", func(b *bench, h *hub, random *rand.Rand) exchange {
			return exchange{send: post(h.api, "/hub/api/users/"+userName(random.IntN(b.opt.users))+"/activity",
				`{"last_activity": "2026-11-30T08:00:00Z"}`, asAdmin)}
		}),
		byToken("GET /hub/api/users/{name}/tokens", func(_ *bench, h *hub, random *rand.Rand) exchange {
			return exchange{send: get(h.api, "/hub/api/users/"+userName(random.IntN(tokens))+"/tokens", asAdmin)}
		}),
		byToken("GET /hub/api/groups", func(_ *bench, h *hub, _ *rand.Rand) exchange {
			return exchange{send: get(h.api, "/hub/api/groups", asAdmin)}
		}),
	}
	for _, kind := range pageKinds() {
		paths = append(paths, page(kind))
	}
	return append(paths,
		byCookie("GET /hub/home, logged in", "/hub/home", userName(0), 0),
		byCookie("GET /hub/token, logged in", "/hub/token", "oken", 0),
		byToken("GET /hub/login", func(_ *bench, h *hub, _ *rand.Rand) exchange {
			return exchange{send: get(h.public, "/hub/login"), want: []byte("password")}
		}),
		byCookie("a small answer through the proxy, a browser's", userPath(0)+"small", "s", 100),
		byCookie("an answer of 1 MiB through the proxy, a browser's", userPath(0)+"big", "b", 1<<20),
		byToken("a small answer through the proxy, a token's", func(_ *bench, h *hub, _ *rand.Rand) exchange {
			return exchange{send: get(h.public, userPath(0)+"small", asAdmin), want: []byte("s"), size: 100}
		}),
		requestPath{"POST /hub/login, with the right password", loginLoad},
		requestPath{fmt.Sprintf("a server started, until it is ready, and stopped, %d at once", turnsAtOnce), func(_ context.Context, _ *bench, h *hub) (work, error) {
			return serverTurns{h}, nil
		}},
	)
}

// loginLoad has everybody log in by the form, with the password that all have: hashing, which
// that one needs none of, would hide the rest. Nobody comes again before all others were there:
// somebody's hundredth session would cost more than their first.
func loginLoad(ctx context.Context, b *bench, h *hub) (work, error) {
	open, err := openForm(ctx, h.public)
	if err != nil {
		return nil, err
	}
	l := load{addr: h.public, conns: connections}
	for i := range b.opt.users {
		l.exchanges = append(l.exchanges, open.filled(h.public, userName(i), password))
	}
	return l, nil
}

// besidePath takes turns over one path.
func (b *bench) besidePath(ctx context.Context, p requestPath, hubs []*hub) (pathCost, error) {
	sides := make([]side, len(hubs))
	for i, h := range hubs {
		l, err := p.load(ctx, b, h)
		if err != nil {
			return pathCost{}, fmt.Errorf("%s: %w", h.name, err)
		}
		sides[i] = side{name: h.name, load: l, pids: h.all}
	}
	found, err := b.alternate(ctx, p.name, sides...)
	if err != nil {
		return pathCost{}, err
	}
	c := pathCost{
		Path: p.name, Before: median(cpus(found[1])), Now: median(cpus(found[0])), Again: median(cpus(found[2])), Operations: median(values(found[0])),
	}
	for round := range found[0] {
		now, before, again := found[0][round].CPU, found[1][round].CPU, found[2][round].CPU
		c.Ratios = append(c.Ratios, (now+again)/2/before)
		c.SameRatios = append(c.SameRatios, now/again)
	}
	return c, nil
}

func writeBeside(out io.Writer, b *bench, commit string, costs []pathCost) error {
	var text strings.Builder
	fmt.Fprintf(&text, "Processor time of the hub for one request, or for what a row says, beside commit %s: medians of %d rounds of %s by turns, %s users.\n"+
		"*Same* is how far two runs of this build differ. Dearer by more than %.0f %%, or than that, falls short.\n\n",
		commit, b.opt.rounds, b.opt.length, thousands(b.opt.users), dearer*100)
	text.WriteString("| Request | Before | Now | Ratio | Same | Reached |\n| :--- | ---: | ---: | ---: | ---: | ---: |\n")
	short := 0
	for _, c := range costs {
		reached := "yes"
		if !c.reached() {
			reached = "**no**"
			short++
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %.3f× | ±%.1f %% | %s |\n", c.Path, microseconds(c.Before), microseconds((c.Now+c.Again)/2), c.ratio(), c.spread()*100, reached)
	}
	fmt.Fprintf(&text, "\n%d of %d are no dearer.\n", len(costs)-short, len(costs))
	if _, err := io.WriteString(out, text.String()); err != nil || b.opt.output == "" {
		return err
	}
	figures, err := json.MarshalIndent(costs, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(b.opt.output, append(figures, '\n'), 0o644)
}

func microseconds(s float64) string { return digits(s*1e6) + " µs" }

// buildCommit builds a commit of this repository, in a work tree of its own.
func buildCommit(ctx context.Context, dir, commit string) (string, error) {
	name, err := exec.CommandContext(ctx, "git", "rev-parse", "--verify", "--short", commit+"^{commit}").Output()
	if err != nil {
		return "", fmt.Errorf("-beside: there is no commit %s: %w", commit, err)
	}
	short := strings.TrimSpace(string(name))
	tree, program := filepath.Join(dir, "tree-"+short), filepath.Join(dir, "atrium-"+short)
	if out, err := exec.CommandContext(ctx, "git", "worktree", "add", "--detach", "--force", tree, short).CombinedOutput(); err != nil {
		return "", fmt.Errorf("check out %s: %w: %s", short, err, out)
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", program, ".")
	cmd.Dir, cmd.Env = tree, append(os.Environ(), "CGO_ENABLED=0")
	out, failed := cmd.CombinedOutput()
	gone, err := exec.CommandContext(ctx, "git", "worktree", "remove", "--force", tree).CombinedOutput()
	if failed != nil {
		return "", fmt.Errorf("build %s: %w: %s", short, failed, out)
	}
	if err != nil {
		return "", fmt.Errorf("remove the work tree of %s: %w: %s", short, errors.Join(err), gone)
	}
	return program, nil
}
