package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	studentConnections = 10
	studentTokens      = 20_000
	unreadConnections  = 100
	mostStudentMemory  = 200e6 // bytes of the hub
	mostOthersWait     = 0.3   // seconds
)

// student is somebody without any right, who tries what the hub stands.
type student struct {
	b    *bench
	h    *hub
	name string
	http *http.Client
}

// measureStudent is what the hub holds at most while one student tries it all, and how long
// somebody else waits meanwhile, who logs in and looks at what is theirs.
func (b *bench) measureStudent(ctx context.Context) error {
	h, err := b.newAtrium(ctx, "atrium-student", "ATRIUM_AUTH_NATIVE_ENABLED=true", "ATRIUM_AUTH_DUMMY_PASSWORD=")
	if err != nil {
		return err
	}
	defer h.kill()
	if _, err := h.begin(ctx); err != nil {
		return err
	}
	if err := givePasswords(ctx, h, 2); err != nil {
		return err
	}
	token, err := h.client.createToken(ctx, userName(0))
	if err != nil {
		return err
	}
	mean := &student{b: b, h: h, name: userName(0), http: newClient(h.public, token).http}
	mean.http.Transport = bearer{mean.http.Transport, token}
	calm, err := b.whileOthersWork(ctx, h, func(ctx context.Context) error { return pause(ctx, b.opt.length) })
	if err != nil {
		return err
	}
	slices.Sort(calm)
	var waits []float64
	for _, what := range []struct {
		name string
		try  func(context.Context) error
	}{
		{"tokens", mean.tokens},
		{"bodies that they may not send", mean.bodies("/hub/api/users", blanks(100<<20), 100<<20)},
		{"bodies that are too large", mean.bodies(mean.ownTokens(), blanks(100<<20), 100<<20)},
		{"bodies of very many values", mean.bodies(mean.ownTokens(), smallValues(1<<20), 1<<20)},
		{"lists that nobody reads", mean.unread},
	} {
		found, err := b.whileOthersWork(ctx, h, what.try)
		if err != nil {
			return fmt.Errorf("%s: %w", what.name, err)
		}
		peak, err := peakMemory(h.process.pid())
		if err != nil {
			return err
		}
		b.say("a student, %s: at most %d MB until then; others waited %.1f ms in the middle, %.1f at most, %d requests",
			what.name, peak/1e6, median(found)*1e3, largest(found)*1e3, len(found))
		waits = append(waits, found...)
	}
	peak, err := peakMemory(h.process.pid())
	if err != nil {
		return err
	}
	slices.Sort(waits)
	what := fmt.Sprintf("one student tries what the hub stands (%s tokens, %d large bodies at a time, %d lists that are not read)",
		thousands(studentTokens), studentConnections, unreadConnections)
	b.report.fact(fact{Row: rowStudent, Work: what + ": the hub's memory at most", Value: float64(peak), Unit: megabytes, AtMost: mostStudentMemory})
	b.report.fact(fact{Row: rowStudent, Work: "the same: somebody else's logins and lists meanwhile, median", Value: median(waits), Unit: milliseconds, AtMost: mostOthersWait})
	b.report.fact(fact{Row: rowStudent, Work: "the same, 99 of 100", Value: waits[len(waits)*99/100], Unit: milliseconds, AtMost: mostOthersWait})
	b.report.fact(fact{
		Row: rowStudent, Work: "the same, the slowest", Value: largest(waits), Unit: milliseconds, AtMost: mostOthersWait,
		Note: fmt.Sprintf("of %s", thousands(len(waits))),
	})
	b.report.fact(fact{
		Row: rowStudent, Work: "somebody's logins and lists while nobody tries anything, the slowest", Value: largest(calm), Unit: milliseconds,
		Note: fmt.Sprintf("of %s; 99 of 100: %.0f ms", thousands(len(calm)), calm[len(calm)*99/100]*1e3),
	})
	return h.stop()
}

// bearer adds a token to each request, and asks before it sends a body.
type bearer struct {
	http.RoundTripper
	token string
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "token "+b.token)
	return b.RoundTripper.RoundTrip(r)
}

func (s *student) ownTokens() string { return "/hub/api/users/" + s.name + "/tokens" }

// whileOthersWork does something, and gives how long each request of somebody else took
// meanwhile, in seconds.
func (b *bench) whileOthersWork(ctx context.Context, h *hub, do func(context.Context) error) ([]float64, error) {
	ended := make(chan error, 1)
	go func() { ended <- do(ctx) }()
	var waits []float64
	for {
		took, err := othersRound(ctx, h)
		if err != nil {
			return nil, errors.Join(err, <-ended)
		}
		waits = append(waits, took...)
		select {
		case err := <-ended:
			return waits, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// othersRound is somebody else's login, and their looks at what is theirs.
func othersRound(ctx context.Context, h *hub) ([]float64, error) {
	const somebody = 1
	name := userName(somebody)
	c := newClient(h.public, "")
	defer c.close()
	var waits []float64
	ask := func(method, path string, body any) (answer, error) {
		begun := time.Now()
		got, err := c.call(ctx, method, path, body, http.StatusOK)
		waits = append(waits, time.Since(begun).Seconds())
		return got, err
	}
	got, err := ask(http.MethodPost, "/hub/api/authorizations/token", map[string]string{"username": name, "password": passwordOf(somebody)})
	if err != nil {
		return nil, err
	}
	if c.token, err = tokenIn(got); err != nil {
		return nil, err
	}
	for _, path := range []string{"/hub/api/user", "/hub/api/users/" + name, "/hub/api/users/" + name + "/tokens?limit=50"} {
		if _, err := ask(http.MethodGet, path, nil); err != nil {
			return nil, err
		}
	}
	return waits, nil
}

// onAll does something on so many connections at once, again and again while it is said to.
func onAll(n int, more func(i int) bool, do func() error) error {
	var all sync.WaitGroup
	failed := make([]error, n)
	for worker := range n {
		all.Go(func() {
			for i := 0; more(i) && failed[worker] == nil; i++ {
				failed[worker] = do()
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

// ask sends a request, of which every answer but a failure of the hub's is one.
func (s *student) ask(ctx context.Context, path string, body io.Reader, size int64) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.h.public+path, body)
	if err != nil {
		return err
	}
	req.ContentLength = size
	res, err := s.http.Do(req)
	if err != nil {
		return nil // the hub ends what it has refused while it is being sent
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	if res.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("POST %s: %s", path, res.Status)
	}
	return nil
}

func (s *student) tokens(ctx context.Context) error {
	const body = `{"note": "one of many"}`
	return onAll(studentConnections, func(i int) bool { return i < studentTokens/studentConnections }, func() error {
		return s.ask(ctx, s.ownTokens(), strings.NewReader(body), int64(len(body)))
	})
}

// bodies sends the same for the length of a round.
func (s *student) bodies(path string, body func() io.Reader, size int64) func(context.Context) error {
	return func(ctx context.Context) error {
		end := time.Now().Add(s.b.opt.length)
		return onAll(studentConnections, func(int) bool { return time.Now().Before(end) }, func() error {
			return s.ask(ctx, path, body(), size)
		})
	}
}

// blanks is so many spaces.
func blanks(n int64) func() io.Reader {
	return func() io.Reader { return io.LimitReader(spaces{}, n) }
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// smallValues is so many bytes of values that are as small as they can be.
func smallValues(n int) func() io.Reader {
	const begin, value, end = `{"scopes": [""`, `,""`, `]}`
	n -= len(begin) + len(end)
	text := begin + strings.Repeat(value, n/len(value)) + strings.Repeat(" ", n%len(value)) + end
	return func() io.Reader { return strings.NewReader(text) }
}

// unread asks for lists and reads nothing, for the length of a round.
func (s *student) unread(ctx context.Context) error {
	token := s.http.Transport.(bearer).token //nolint:forcetypeassert // set where it is made
	var d net.Dialer
	for range unreadConnections {
		conn, err := d.DialContext(ctx, "tcp", s.h.public)
		if err != nil {
			return err
		}
		defer conn.Close()
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4 << 10)
		}
		if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: hub\r\nAuthorization: token %s\r\n\r\n", s.ownTokens(), token); err != nil {
			return err
		}
	}
	return pause(ctx, s.b.opt.length)
}

// peakMemory is the most that a process has had resident, in bytes.
func peakMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	kib, err := kibibytes(string(text), "VmHWM:")
	return kib << 10, err
}
