package client

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

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
		if api.Status != c.code || api.Message != c.message || api.Method != http.MethodGet || api.Path != "/hub/api/users/a%20b" {
			t.Errorf("%d %s: %+v", c.code, c.body, api)
		}
		for _, kind := range []error{ErrInvalid, ErrUnauthorized, ErrForbidden, ErrNotFound, ErrConflict} {
			want := false
			for _, is := range c.is {
				want = want || errors.Is(is, kind)
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
