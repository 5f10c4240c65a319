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
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
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
		for old := most.Load(); n > old; old = most.Load() {
			most.CompareAndSwap(old, n)
		}
		fmt.Fprint(w, `{}`)
	})
	var dialled atomic.Int32
	dialer := &net.Dialer{}
	transport := &http.Transport{MaxIdleConnsPerHost: 2, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled.Add(1)
		return dialer.DialContext(ctx, network, addr)
	}}
	hub, _ := f.client(t, func(o *Options) { o.Concurrency, o.HTTPClient = 2, &http.Client{Transport: transport} })
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
	if n := dialled.Load(); n > 10 {
		t.Errorf("%d connections for 40 requests, two at a time", n)
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
