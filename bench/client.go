package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// client speaks to a hub's API where nothing is measured, or where a request takes
// so long that the client's own work counts for nothing.
type client struct {
	base, token string
	http        *http.Client
}

func newClient(addr, token string) *client {
	transport := &http.Transport{MaxIdleConnsPerHost: 100, MaxConnsPerHost: 100}
	return &client{base: "http://" + addr, token: token, http: &http.Client{
		Timeout: patience, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// close leaves no connection open.
func (c *client) close() { c.http.CloseIdleConnections() }

// answer is what came back.
type answer struct {
	status int
	body   []byte
}

// call asks, with body as JSON if there is any; a status that is not wanted is an error.
func (c *client) call(ctx context.Context, method, path string, body any, want ...int) (answer, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return answer{}, err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "token "+c.token)
	}
	if strings.Contains(path, "limit=") {
		req.Header.Set("Accept", paginated)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if !slices.Contains(want, res.StatusCode) {
		return answer{}, fmt.Errorf("%s %s: %s: %.300q", method, path, res.Status, text)
	}
	return answer{status: res.StatusCode, body: text}, nil
}

// createUsers makes so many people, namesAtOnce by each request.
func (c *client) createUsers(ctx context.Context, n int) error {
	for from := 0; from < n; from += namesAtOnce {
		var names []string
		for i := from; i < min(from+namesAtOnce, n); i++ {
			names = append(names, userName(i))
		}
		if _, err := c.call(ctx, http.MethodPost, "/hub/api/users", map[string]any{"usernames": names}, http.StatusCreated); err != nil {
			return fmt.Errorf("make users: %w", err)
		}
	}
	return nil
}

// createToken makes a token for somebody.
func (c *client) createToken(ctx context.Context, name string) (string, error) {
	made, err := c.call(ctx, http.MethodPost, "/hub/api/users/"+name+"/tokens", map[string]any{"note": "bench"}, http.StatusCreated)
	if err != nil {
		return "", err
	}
	return tokenIn(made)
}

// tokenIn is the token that an answer gives.
func tokenIn(made answer) (string, error) {
	var token struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(made.body, &token); err != nil || token.Token == "" {
		return "", fmt.Errorf("no token in %.300q: %w", made.body, err)
	}
	return token.Token, nil
}

// user is what the benchmark looks at in a hub's model of a user.
type user struct {
	Name    string `json:"name"`
	Pending string `json:"pending"`
	Servers map[string]struct {
		Ready bool `json:"ready"`
	} `json:"servers"`
}

func (u user) ready() bool { return u.Servers[""].Ready }

// stopped says that there is no server and nothing under way to one.
func (u user) stopped() bool { return len(u.Servers) == 0 && u.Pending == "" }

// ready fails unless the person's server is ready.
func (c *client) ready(ctx context.Context, name string) error {
	u, err := c.user(ctx, name)
	if err == nil && !u.ready() {
		err = fmt.Errorf("the server of %s is not ready", name)
	}
	return err
}

func (c *client) user(ctx context.Context, name string) (user, error) {
	var u user
	res, err := c.call(ctx, http.MethodGet, "/hub/api/users/"+name, nil, http.StatusOK)
	if err == nil {
		err = json.Unmarshal(res.body, &u)
	}
	return u, err
}

// paginated is the Accept header for pages with their place among all.
const paginated = "application/jupyterhub-pagination+json"

// page is one of them.
type page struct {
	Items      []user `json:"items"`
	Pagination struct {
		Total int `json:"total"`
	} `json:"_pagination"`
}

func (c *client) page(ctx context.Context, path string) (page, error) {
	var p page
	res, err := c.call(ctx, http.MethodGet, path, nil, http.StatusOK)
	if err == nil {
		err = json.Unmarshal(res.body, &p)
	}
	return p, err
}

// pause waits, unless the benchmark is stopped meanwhile.
func pause(ctx context.Context, length time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(length):
		return nil
	}
}
