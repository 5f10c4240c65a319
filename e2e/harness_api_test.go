package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// api is somebody who speaks to the hub with a token.
type api struct {
	t     *testing.T
	base  string // of the hub, without a slash at the end
	token string
	http  *http.Client
}

// Admin speaks with the administrator's token.
func (h *hub) Admin() *api { return h.As(adminToken) }

// As speaks with the token; an empty one is nobody's.
func (h *hub) As(token string) *api {
	return &api{t: h.t, base: h.URL, token: token, http: h.client()}
}

// plainClient follows no redirects.
func plainClient() *http.Client {
	return &http.Client{
		Timeout:       2 * time.Minute,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// client is plainClient for this hub, by whatever name it is called.
func (h *hub) client() *http.Client {
	c := plainClient()
	c.Transport = h.transport()
	return c
}

// transport finds the hub behind all of its names, which no DNS knows.
func (h *hub) transport() *http.Transport {
	var d net.Dialer
	return &http.Transport{
		DisableKeepAlives:     true,
		ExpectContinueTimeout: startPatience, // for those who ask before they send
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, h.Addr)
		},
	}
}

// answer is what came back.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Try asks, with body as JSON if there is any. The error is the connection's.
func (a *api) Try(method, path string, body any) (answer, error) {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = bytes.NewBufferString(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return answer{}, err
		}
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, a.base+path, reader)
	if err != nil {
		return answer{}, err
	}
	if a.token != "" {
		req.Header.Set("Authorization", "token "+a.token)
	}
	return send(a.http, req)
}

func send(client *http.Client, req *http.Request) (answer, error) {
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{Status: res.StatusCode, Header: res.Header, Body: text}, err
}

// Do asks and fails the test unless the status is one of those wanted.
func (a *api) Do(method, path string, body any, want ...int) answer {
	a.t.Helper()
	got, err := a.Try(method, path, body)
	if err != nil {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	for _, status := range want {
		if got.Status == status {
			return got
		}
	}
	a.t.Fatalf("%s %s: status %d, want %v: %s", method, path, got.Status, want, shorten(got.Body))
	return got
}

// Get reads JSON into v.
func (a *api) Get(path string, v any) {
	a.t.Helper()
	decode(a.t, a.Do(http.MethodGet, path, nil, http.StatusOK).Body, v)
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%v in %s", err, shorten(text))
	}
}

func shorten(text []byte) []byte { return text[:min(len(text), 800)] }

// NewUser makes somebody, and gives them a token of their own.
func (a *api) NewUser(name string) *api {
	a.t.Helper()
	a.Do(http.MethodPost, "/hub/api/users/"+name, nil, http.StatusCreated)
	return a.TokenOf(name)
}

// TokenOf is somebody who is there already, with a token of their own.
func (a *api) TokenOf(name string) *api {
	a.t.Helper()
	var made struct{ Token string }
	res := a.Do(http.MethodPost, "/hub/api/users/"+name+"/tokens", map[string]any{"note": "test"}, http.StatusCreated)
	decode(a.t, res.Body, &made)
	if made.Token == "" {
		a.t.Fatalf("no token in %s", res.Body)
	}
	them := *a
	them.token = made.Token
	return &them
}

// server is what the tests read of JupyterHub's model.
type server struct {
	Ready   bool
	Pending *string
	Started *time.Time
	Phase   string
	Failure *string
}

// Server is somebody's default server.
func (a *api) Server(name string) server {
	a.t.Helper()
	var user struct{ Servers map[string]server }
	a.Get("/hub/api/users/"+name, &user)
	return user.Servers[""]
}

// StartServer starts somebody's default server and waits until it is ready.
func (a *api) StartServer(name string) {
	a.t.Helper()
	a.Do(http.MethodPost, "/hub/api/users/"+name+"/server", nil, http.StatusCreated, http.StatusAccepted)
	a.WaitReady(name)
}

// WaitReady waits until somebody's default server is ready.
func (a *api) WaitReady(name string) {
	a.t.Helper()
	eventually(a.t, name+"'s server is ready", startPatience, func() bool { return a.Server(name).Ready })
}

// StopServer stops somebody's default server and waits until it is gone.
func (a *api) StopServer(name string) {
	a.t.Helper()
	a.Do(http.MethodDelete, "/hub/api/users/"+name+"/server", nil, http.StatusNoContent, http.StatusAccepted)
	eventually(a.t, name+"'s server is gone", startPatience, func() bool {
		s := a.Server(name)
		return !s.Ready && s.Pending == nil
	})
}
