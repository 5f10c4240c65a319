package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAddressesOfHubs(t *testing.T) {
	for given, want := range map[string]string{
		"http://host:8000":                 "http://host:8000/hub/api",
		" https://host/// ":                "https://host/hub/api",
		"http://host/jupyter":              "http://host/jupyter/hub/api",
		"http://host/jupyter/hub":          "http://host/jupyter/hub/api",
		"http://host/jupyter/hub/":         "http://host/jupyter/hub/api",
		"http://host/hub/api":              "http://host/hub/api",
		"http://host/a/hub/api//":          "http://host/a/hub/api",
		"http://host/a%2Fb/c%20d/hub":      "http://host/a%2Fb/c%20d/hub/api",
		"http://host/github":               "http://host/github/hub/api",
		"HTTP://[::1]:8000/hub/api/":       "http://[::1]:8000/hub/api",
		"http://127.0.0.1:8081/hub/api":    "http://127.0.0.1:8081/hub/api",
		"http://ann:secret@host":           "",
		"http://ann@host":                  "",
		"host:8000":                        "",
		"host":                             "",
		"":                                 "",
		"ftp://host":                       "",
		"http+unix://%2Frun%2Fhub":         "",
		"http://":                          "",
		"http://:8000":                     "",
		"http://host?token=secret":         "",
		"http://host/hub/token#secret":     "",
		"http://ann:secret@ho st":          "",
		"http://host\n/secret":             "",
		"http://ann:secret@host/%zz":       "",
		"javascript:alert('secret')":       "",
		"//ann:secret@host":                "",
		"http://host:port-secret":          "",
		"http://ann:secret%40host@host:80": "",
	} {
		c, err := New(Options{URL: given, Token: testToken})
		switch {
		case want == "" && err == nil:
			t.Errorf("%q is taken as %s", given, c.URL())
		case want == "" && strings.Contains(err.Error(), "secret"):
			t.Errorf("%q: the error tells the password: %v", given, err)
		case want != "" && err != nil:
			t.Errorf("%q: %v", given, err)
		case want != "" && c.URL() != want:
			t.Errorf("%q is taken as %s, not %s", given, c.URL(), want)
		}
	}
}

func TestTokensThatAreNone(t *testing.T) {
	for _, token := range []string{"sec\nret", "sec ret", "sécret", "sec\x00ret"} {
		if _, err := New(Options{URL: "http://host", Token: token}); err == nil || strings.Contains(err.Error(), "ret\"") || strings.Contains(err.Error(), "sec") {
			t.Errorf("%q: %v", token, err)
		}
	}
	if _, err := New(Options{URL: "http://host", Token: " " + testToken + "\n"}); err != nil {
		t.Error(err)
	}
}

// The token goes to the hub's own origin, and nowhere else.
func TestRedirects(t *testing.T) {
	var leaked atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		leaked.Add(1)
		fmt.Fprint(w, `{}`)
	}))
	defer elsewhere.Close()
	for _, c := range []struct {
		to      string // from the hub's origin if it begins with a slash
		code    int
		method  string
		follows bool
	}{
		{"/there", http.StatusFound, http.MethodGet, true},
		{"/there", http.StatusTemporaryRedirect, http.MethodGet, true},
		{"/there", http.StatusTemporaryRedirect, http.MethodPost, true},
		{"/there", http.StatusPermanentRedirect, http.MethodDelete, true},
		{"/there", http.StatusFound, http.MethodPost, false},
		{"/there", http.StatusSeeOther, http.MethodDelete, false},
		{"/again", http.StatusFound, http.MethodGet, false},
		{elsewhere.URL + "/x?secret=1", http.StatusFound, http.MethodGet, false},
		{elsewhere.URL, http.StatusTemporaryRedirect, http.MethodPost, false},
		{"https://127.0.0.1:1/", http.StatusFound, http.MethodGet, false},
		{"http://ann:secret@127.0.0.1:1/", http.StatusFound, http.MethodGet, false},
		{"::not an address", http.StatusFound, http.MethodGet, false},
	} {
		t.Run(fmt.Sprint(c.method, c.code, c.to), func(t *testing.T) {
			var arrived atomic.Bool
			f := newFake(t, true, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/there" {
					arrived.Store(r.Header.Get("Authorization") == "token "+testToken && r.Method == c.method)
					fmt.Fprint(w, `{}`)
					return
				}
				w.Header()["Location"] = []string{c.to}
				w.WriteHeader(c.code)
			})
			hub, _ := f.client(t)
			_, err := hub.do(t.Context(), call{method: c.method, route: at("/x")})
			if c.follows != (err == nil) || arrived.Load() != c.follows {
				t.Errorf("%v; followed: %t", err, arrived.Load())
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
	if n := leaked.Load(); n > 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

func TestNoHttpForHttps(t *testing.T) {
	var got atomic.Int32
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got.Add(1) }))
	defer plain.Close()
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer front.Close()
	hub, err := New(Options{URL: front.URL, Token: testToken, HTTPClient: front.Client()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Me(t.Context()); err == nil || got.Load() > 0 {
		t.Errorf("%v; %d plain requests", err, got.Load())
	}
}

// Whatever is printed or logged, the token is not in it.
func TestTheTokenIsNotTold(t *testing.T) {
	var log bytes.Buffer
	o := Options{Token: testToken, URL: "http://x", Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	f := newFake(t, true, inTurn(
		says(http.StatusServiceUnavailable, `{"message":"you said `+testToken+`"}`),
		says(http.StatusBadRequest, `{"message":"Authorization: token `+testToken+`\u001b[2J\r\n"}`),
	))
	hub, _ := f.client(t, func(mine *Options) { mine.Logger = o.Logger })
	_, err := hub.Me(t.Context())
	if err == nil || !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "[token]") || strings.ContainsAny(err.Error(), "\x1b\r\n") {
		t.Errorf("%v", err)
	}
	o.Logger.Info("options", "options", o, "client", hub, "error", err)
	printed := log.String()
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		printed += fmt.Sprintf(format, o) + fmt.Sprintf(format, &o) + fmt.Sprintf(format, hub) + fmt.Sprintf(format, err)
	}
	if strings.Contains(printed, testToken) {
		t.Error(printed)
	}
	if !strings.Contains(log.String(), "asking the hub again") {
		t.Errorf("retries are not logged: %s", &log)
	}
}

func TestErrorsTellTheirKind(t *testing.T) {
	for _, c := range []struct {
		code    int
		body    string
		is      []error
		message string
	}{
		{400, `{"status":400,"message":"bad"}`, []error{ErrInvalid}, "bad"},
		{401, ``, []error{ErrUnauthorized}, "Unauthorized, and not in the words of a hub"},
		{403, `{"message":"Missing or invalid credentials."}`, []error{ErrUnauthorized, ErrForbidden}, "Missing or invalid credentials."},
		{403, `{"message":"Action is not authorized"}`, []error{ErrForbidden}, "Action is not authorized"},
		{404, `{"status":404,"message":null}`, []error{ErrNotFound}, "Not Found"},
		{404, `<html>`, []error{ErrNotFound}, "Not Found, and not in the words of a hub"},
		{409, `{"error":"twice"}`, []error{ErrConflict}, "twice"},
		{500, `{"message":"` + strings.Repeat("ü", 5000) + `"}`, nil, strings.Repeat("ü", 1000) + "…"},
	} {
		f := newFake(t, true, says(c.code, c.body))
		hub, _ := f.client(t)
		_, err := hub.User(t.Context(), "a b")
		api, ok := errors.AsType[*APIError](err)
		if !ok {
			t.Fatalf("%d: %v", c.code, err)
		}
		if api.Status != c.code || api.Message != c.message || api.Method != "GET" || api.Path != "/hub/api/users/a%20b" {
			t.Errorf("%d %s: %+v", c.code, c.body, api)
		}
		for _, kind := range []error{ErrInvalid, ErrUnauthorized, ErrForbidden, ErrNotFound, ErrConflict} {
			want := false
			for _, is := range c.is {
				want = want || is == kind
			}
			if errors.Is(err, kind) != want {
				t.Errorf("%d %s: %v: %t", c.code, c.body, kind, !want)
			}
		}
	}
	f := newFake(t, true, says(http.StatusForbidden, `{"status":403,"message":"Forbidden"}`))
	hub, _ := f.client(t)
	if _, err := hub.Me(t.Context()); !IsUnauthorized(err) || !IsForbidden(err) || IsNotFound(err) || IsConflict(err) {
		t.Error(err)
	}
}

func TestConnectionErrorsTellTheirKind(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	plain := newFake(t, true, hangUp)
	quiet := newFake(t, true, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	noName := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "host.invalid", IsNotFound: true}}
	}}}
	for _, c := range []struct {
		o    Options
		want ConnectionKind
	}{
		{Options{URL: closed.URL}, Refused},
		{Options{URL: secure.URL}, TLS},
		{Options{URL: strings.Replace(plain.URL, "http:", "https:", 1)}, TLS},
		{Options{URL: plain.URL}, Broken},
		{Options{URL: quiet.URL, Timeout: 20 * time.Millisecond}, Timeout},
		{Options{URL: "http://host.invalid", HTTPClient: noName}, DNS},
	} {
		c.o.Retries = -1
		hub, err := New(c.o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = hub.Me(t.Context())
		got, ok := errors.AsType[*ConnectionError](err)
		if !ok || got.Kind != c.want || got.URL != hub.URL() || !strings.Contains(err.Error(), hub.URL()) {
			t.Errorf("%s, want %s: %v", c.o.URL, c.want, err)
		}
		hub.http.CloseIdleConnections()
	}
}

func TestWhatIsSentAgain(t *testing.T) {
	busy := says(http.StatusServiceUnavailable, `{}`)
	ok := says(http.StatusOK, `{"results":[{}]}`)
	yes, name := true, "b"
	for title, c := range map[string]struct {
		answers []http.HandlerFunc
		call    func(context.Context, *Client) error
		sent    int
		fails   bool
	}{
		"reads": {[]http.HandlerFunc{busy, hangUp, says(502, ""), says(504, ""), ok},
			func(ctx context.Context, c *Client) error { _, err := c.User(ctx, "a"); return err }, 5, false},
		"no end": {[]http.HandlerFunc{busy},
			func(ctx context.Context, c *Client) error { _, err := c.User(ctx, "a"); return err }, 5, true},
		"not a refusal": {[]http.HandlerFunc{says(500, "")},
			func(ctx context.Context, c *Client) error { _, err := c.User(ctx, "a"); return err }, 1, true},
		"deletes": {[]http.HandlerFunc{hangUp, says(404, "")},
			func(ctx context.Context, c *Client) error { return c.DeleteUser(ctx, "a") }, 2, false},
		"deletes nobody": {[]http.HandlerFunc{says(429, ""), says(404, "")},
			func(ctx context.Context, c *Client) error { return c.DeleteUser(ctx, "a") }, 2, true},
		"sets": {[]http.HandlerFunc{hangUp, ok},
			func(ctx context.Context, c *Client) error {
				_, err := c.UpdateUser(ctx, "a", UserPatch{Admin: &yes})
				return err
			}, 2, false},
		"renames": {[]http.HandlerFunc{hangUp, ok},
			func(ctx context.Context, c *Client) error {
				_, err := c.UpdateUser(ctx, "a", UserPatch{Name: &name})
				return err
			}, 1, true},
		"makes": {[]http.HandlerFunc{busy, ok},
			func(ctx context.Context, c *Client) error { _, err := c.CreateUser(ctx, "a", false); return err }, 1, true},
		"makes, and hears nothing": {[]http.HandlerFunc{hangUp, ok},
			func(ctx context.Context, c *Client) error { _, err := c.CreateUser(ctx, "a", false); return err }, 1, true},
		"starts": {[]http.HandlerFunc{says(429, ""), ok},
			func(ctx context.Context, c *Client) error {
				_, err := c.StartServer(ctx, "a", "", StartOptions{})
				return err
			}, 1, true},
		"bulk": {[]http.HandlerFunc{hangUp, busy, ok}, func(ctx context.Context, c *Client) error {
			_, err := c.BulkDelete(ctx, BulkDeleteRequest{Usernames: []string{"a"}})
			return err
		}, 3, false},
	} {
		t.Run(title, func(t *testing.T) {
			f := newFake(t, true, inTurn(c.answers...))
			hub, waits := f.client(t)
			if _, err := hub.Hub(t.Context()); err != nil { // so that there is a connection to use again
				t.Fatal(err)
			}
			err := c.call(t.Context(), hub)
			sent := f.requests()
			// The transport sends some again itself, without waiting, where a connection ends that it kept.
			if len(sent) != c.sent || c.fails != (err != nil) || len(waits.all) > c.sent-1 {
				t.Errorf("sent %d times, waited %v: %v", len(sent), waits.all, err)
			}
			for _, r := range sent {
				if r != sent[0] { // the key, too
					t.Errorf("%+v is not %+v", r, sent[0])
				}
			}
			for i, d := range waits.all {
				if full := firstWait << i; d < full/2 || d > full {
					t.Errorf("waited %s the %dth time", d, i+1)
				}
			}
		})
	}
}

// A connection that never came about is tried again for any request.
func TestWhatWasNotSentIsSentAgain(t *testing.T) {
	f := newFake(t, true, says(http.StatusCreated, `{}`))
	refuse := atomic.Int32{}
	refuse.Store(2)
	dialer := &net.Dialer{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if refuse.Add(-1) >= 0 {
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		}
		return dialer.DialContext(ctx, network, addr)
	}}
	hub, waits := f.client(t, func(o *Options) { o.HTTPClient = &http.Client{Transport: transport} })
	if _, err := hub.CreateUser(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	if len(f.requests()) != 1 || len(waits.all) != 2 {
		t.Errorf("%s after %v", f.lines(), waits.all)
	}
}

func TestRetryAfter(t *testing.T) {
	asks := func(value string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", value)
			w.Header().Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, "60": time.Minute, "Mon, 02 Jan 2006 15:04:25 GMT": 20 * time.Second,
	} {
		f := newFake(t, true, inTurn(asks(value), says(http.StatusOK, `{}`)))
		hub, waits := f.client(t)
		if _, err := hub.Me(t.Context()); err != nil || len(waits.all) != 1 || waits.all[0] != want {
			t.Errorf("%s: %v, waited %v", value, err, waits.all)
		}
	}
	f := newFake(t, true, asks("61"))
	hub, waits := f.client(t)
	_, err := hub.Me(t.Context())
	if api, ok := errors.AsType[*APIError](err); !ok || api.RetryAfter != 61*time.Second || len(waits.all) > 0 {
		t.Errorf("%v, waited %v", err, waits.all)
	}
	for value, want := range map[string]time.Duration{"-5": 0, "soon": 0, "99999999999": 0, "9999999": 24 * time.Hour} {
		if got := retryAfter(http.Header{"Retry-After": {value}}); got != want && value != "99999999999" {
			t.Errorf("%s: %s", value, got)
		}
	}
}

func TestContextsEndEverything(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(t, true, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	hub, waits := f.client(t)
	_, err := hub.Me(ctx)
	if !errors.Is(err, context.Canceled) || len(waits.all) > 0 {
		t.Errorf("%v, waited %v", err, waits.all)
	}
	if _, ok := errors.AsType[*ConnectionError](err); ok {
		t.Errorf("the hub is blamed: %v", err)
	}
	if err := sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAnswersHaveALimit(t *testing.T) {
	f := newFake(t, true, says(http.StatusOK, `{"name":"`+strings.Repeat("a", 1000)+`"}`))
	hub, _ := f.client(t)
	var u User
	for limit, fits := range map[int64]bool{1010: false, 1011: true} {
		_, err := hub.do(t.Context(), call{method: http.MethodGet, route: at("/x"), limit: limit, read: into(&u)})
		if fits != (err == nil) || !fits && !errors.Is(err, errTooLarge) {
			t.Errorf("%d: %v", limit, err)
		}
	}
}

func TestRequestsAtOnceAreBounded(t *testing.T) {
	var now, most atomic.Int32
	f := newFake(t, true, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		fmt.Fprint(w, `{}`)
	})
	var mu sync.Mutex
	connections := map[net.Conn]bool{}
	f.Config.ConnState = func(c net.Conn, _ http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		connections[c] = true
	}
	hub, _ := f.client(t, func(o *Options) { o.Concurrency = 2 })
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if _, err := hub.Me(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() > 2 {
		t.Errorf("%d at once", most.Load())
	}
	// The transport may dial once more than it needs, when a connection comes free meanwhile.
	mu.Lock()
	defer mu.Unlock()
	if len(connections) > 6 {
		t.Errorf("%d connections for 40 requests, two at a time", len(connections))
	}
}

func TestHubTellsWhatAnswers(t *testing.T) {
	for body, want := range map[string]HubInfo{
		`{"version":"6.1.1","atrium":"1.2"}`:             {Version: "6.1.1", Atrium: "1.2"},
		`{"version":"6.1.1","atrium":{"version":"1.2"}}`: {Version: "6.1.1", Atrium: "1.2"},
		`{"version":"4.0.0b1"}`:                          {Version: "4.0.0b1"},
		`{"version":"4.0.0","atrium":null}`:              {Version: "4.0.0"},
		`{"status":"ok"}`:                                {},
		`<html>`:                                         {},
		`[]`:                                             {},
	} {
		s := httptest.NewServer(says(http.StatusOK, body))
		hub, err := New(Options{URL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		got, err := hub.Hub(t.Context())
		if want.Version == "" {
			if !errors.Is(err, ErrNotHub) {
				t.Errorf("%s: %v", body, err)
			}
		} else if want.URL = hub.URL(); got != want || err != nil || got.IsAtrium() != (want.Atrium != "") || got.Major() < 4 {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
		hub.http.CloseIdleConnections()
		s.Close()
	}
}

// Whatever a name is, it is one segment of the path, and arrives as it was.
func TestNamesArriveAsTheyAre(t *testing.T) {
	var mu sync.Mutex
	var got string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.RequestURI, "/") // what goes over the wire, before anybody cleans it
		if len(parts) != 7 || parts[5] != "tokens" || strings.ContainsAny(r.RequestURI, "?#;+") || parts[4] == "." || parts[4] == ".." {
			http.Error(w, r.RequestURI, http.StatusTeapot)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		got, _ = url.PathUnescape(parts[4])
	}))
	defer s.Close()
	hub, err := New(Options{URL: s.URL, Token: testToken})
	if err != nil {
		t.Fatal(err)
	}
	defer hub.http.CloseIdleConnections()
	check := func(t interface{ Fatalf(string, ...any) }, name string) {
		if err := hub.RevokeToken(context.Background(), name, "a1"); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		mu.Lock()
		defer mu.Unlock()
		if got != name {
			t.Fatalf("%q arrives as %q", name, got)
		}
	}
	for _, name := range []string{
		"...", "a/b", "/", "//", "../..", "%", "%2F", "%2e%2e", "?", "#", "a b", " ", "+", ";", "&", "=", "@", "~", "'", `"`, "\\",
		"$(x)", "ü", "日本", "👩‍🚀", "\x00", "\n", "\x7f", strings.Repeat("ü", 255),
	} {
		check(t, name)
	}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringN(1, 40, -1).Filter(func(s string) bool { return s != "." && s != ".." }).Draw(rt, "name")
		check(rt, name)
	})
}
