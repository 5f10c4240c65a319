// Package kernels asks a running Jupyter server what its kernels and terminals do.
package kernels

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// patience is how long a server may take to answer; maxAnswer is how long an answer may be, in bytes.
const (
	patience  = 10 * time.Second
	maxAnswer = 4 << 20
)

// Asker asks servers. Make it with New.
type Asker struct {
	base   string
	client *http.Client
}

// New makes an Asker for a hub at base. verify is asked after each connect, before anything is sent, whether it is the
// server that listens there; nil: nobody asks.
func New(base string, verify func(net.Addr) error) *Asker {
	dialer := &net.Dialer{}
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, addr)
		if err != nil || verify == nil {
			return conn, err
		}
		if err := verify(conn.RemoteAddr()); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return conn, nil
	}
	return &Asker{base: base, client: &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil, DialContext: dial},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// kernel is what jupyter_server says of one; of a terminal it says last_activity alone.
type kernel struct {
	State        string    `json:"execution_state"`
	Connections  int       `json:"connections"`
	LastActivity time.Time `json:"last_activity"`
}

// Ask gives what a server says, but for Asked.
func (a *Asker) Ask(ctx context.Context, s hub.Server, token string) (said hub.Kernels, err error) {
	var kernels, terminals []kernel
	if err := a.get(ctx, s, token, "api/kernels", &kernels); err != nil {
		return said, err
	}
	for _, k := range kernels {
		said.Total++
		said.Connections += max(k.Connections, 0)
		if k.State == "busy" {
			said.Busy++
		}
	}
	if a.get(ctx, s, token, "api/terminals", &terminals) != nil {
		terminals = nil // they may be switched off
	}
	for _, k := range append(kernels, terminals...) {
		if k.LastActivity.After(said.LastUsed) {
			said.LastUsed = k.LastActivity.UTC()
		}
	}
	return said, nil
}

func (a *Asker) get(ctx context.Context, s hub.Server, token, path string, into any) error {
	at := s.Upstream + hub.ServerPath(a.base, s.UserName, s.Name) + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", s.FullName(), err)
	}
	req.Header.Set("Authorization", "token "+token)
	res, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", s.FullName(), err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("ask %s for %s: it answers %s", s.FullName(), path, res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("ask %s for %s: %w", s.FullName(), path, err)
	}
	return nil
}
