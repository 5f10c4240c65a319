package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

const selfPath = "/user"

// HubInfo is what a hub tells anybody.
type HubInfo struct {
	URL     string // of its API
	Version string // of JupyterHub, or the one that Atrium answers like: "6.1.1"
	Atrium  string // Atrium's own version; empty for JupyterHub
}

// IsAtrium tells whether the hub is Atrium, and so has the bulk calls and the audit log.
func (h HubInfo) IsAtrium() bool { return h.Atrium != "" }

// Major is the version's first number; 0 if there is none.
func (h HubInfo) Major() int {
	first, _, _ := strings.Cut(h.Version, ".")
	n, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	return n
}

// Hub asks the hub for its version. No token is needed: that this works says nothing about the token; see Me. Errors
// are a *ConnectionError, an *APIError, or ErrNotHub where something else answers.
func (c *Client) Hub(ctx context.Context) (HubInfo, error) {
	var said struct {
		Version string          `json:"version"`
		Atrium  json.RawMessage `json:"atrium"`
	}
	_, err := c.do(ctx, call{method: http.MethodGet, route: at("/"), safe: true, read: into(&said)})
	if _, ok := errors.AsType[*answerError](err); ok || err == nil && said.Version == "" || IsNotFound(err) {
		return HubInfo{}, fmt.Errorf("%s: %w", c.URL(), ErrNotHub)
	}
	if err != nil {
		return HubInfo{}, err
	}
	info := HubInfo{URL: c.URL(), Version: c.tidy(said.Version), Atrium: c.tidy(ownVersion(said.Atrium))}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = &info
	return info, nil
}

// ownVersion is Atrium's version: a text, or an object that has it.
func ownVersion(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object struct {
		Version string `json:"version"`
	}
	if json.Unmarshal(raw, &object) == nil {
		return object.Version
	}
	return ""
}

// hub is what is known of the hub, which is asked once.
func (c *Client) hub(ctx context.Context) (HubInfo, error) {
	c.mu.Lock()
	known := c.known
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	return c.Hub(ctx)
}

// needAtrium keeps what only Atrium understands, passwords among it, from any other hub.
func (c *Client) needAtrium(ctx context.Context, what string) error {
	info, err := c.hub(ctx)
	if err != nil {
		return err
	}
	if !info.IsAtrium() {
		return fmt.Errorf("%s: %w (it is JupyterHub %s)", what, ErrNotAtrium, info.Version)
	}
	return nil
}

// Identity is whose a token is, and what it may do.
type Identity struct {
	Kind   string   `json:"kind"` // "user" or "service"
	Name   string   `json:"name"`
	Admin  bool     `json:"admin"`
	Groups []string `json:"groups"`
	Roles  []string `json:"roles"`
	Scopes []string `json:"scopes"` // expanded and sorted; none before JupyterHub 2
}

// Me asks the hub whose the token is. An error that is ErrUnauthorized says that the hub does not know the token.
func (c *Client) Me(ctx context.Context) (Identity, error) {
	var me Identity
	_, err := c.do(ctx, call{method: http.MethodGet, route: at(selfPath), safe: true, read: into(&me)})
	return me, err
}
