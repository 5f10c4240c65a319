package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const testToken = "0123456789abcdef0123456789abcdef"

// A request is one that the fake hub got.
type request struct {
	Method, Path, Query, Body, Key, Auth, Accept string
}

func (r request) line() string {
	text := r.Method + " " + r.Path
	if r.Query != "" {
		text += "?" + r.Query
	}
	if r.Body != "" {
		text += " " + r.Body
	}
	return text
}

// fake is a hub that answers as a test says, and remembers what it was asked.
type fake struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []request
	answer http.HandlerFunc
}

// newFake answers everything but the version by the handler.
func newFake(t *testing.T, atrium bool, answer http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{answer: answer}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hub/api/" {
			if atrium {
				fmt.Fprint(w, `{"version":"6.1.1","atrium":"1.2.3"}`)
			} else {
				fmt.Fprint(w, `{"version":"5.4.0"}`)
			}
			return
		}
		body, _ := io.ReadAll(r.Body)
		f.mu.Lock()
		f.asked = append(f.asked, request{
			Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Body: string(body),
			Key: r.Header.Get("Idempotency-Key"), Auth: r.Header.Get("Authorization"), Accept: r.Header.Get("Accept"),
		})
		f.mu.Unlock()
		f.answer(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) requests() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]request(nil), f.asked...)
}

func (f *fake) lines() string {
	var lines []string
	for _, r := range f.requests() {
		lines = append(lines, r.line())
	}
	return strings.Join(lines, "\n")
}

// client never waits: what it would have waited goes to the list.
func (f *fake) client(t *testing.T, change ...func(*Options)) (*Client, *waits) {
	t.Helper()
	o := Options{URL: f.URL, Token: testToken}
	for _, c := range change {
		c(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w := &waits{}
	c.pause = w.pause
	t.Cleanup(c.http.CloseIdleConnections)
	return c, w
}

type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) pause(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
	return ctx.Err()
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// inTurn answers one request after the other; the last answer stays.
func inTurn(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		answer := answers[min(n, len(answers)-1)]
		n++
		mu.Unlock()
		answer(w, r)
	}
}

// hangUp ends the connection without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
