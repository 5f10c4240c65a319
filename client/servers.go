package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Server is a person's server as the hub knows it.
type Server struct {
	Name         string          `json:"name"` // empty for the default server
	DisplayName  string          `json:"display_name"`
	FullName     string          `json:"full_name"` // "user/name"
	URL          string          `json:"url"`       // its path
	ProgressURL  string          `json:"progress_url"`
	Ready        bool            `json:"ready"`
	Stopped      bool            `json:"stopped"`       // neither ready nor on its way
	Pending      string          `json:"pending"`       // "spawn", "stop" …; empty for nothing
	Started      time.Time       `json:"started"`       // UTC; zero while stopped
	LastActivity time.Time       `json:"last_activity"` // UTC; zero for none
	UserOptions  json.RawMessage `json:"user_options"`  // of the last start
	State        json.RawMessage `json:"state"`         // where it lives, for those who may see it

	// Atrium's own.
	Phase      string `json:"phase"`
	Failure    string `json:"failure"`     // why the last start failed
	QueuePlace int    `json:"queue_place"` // from 1, while it waits to start; 0 otherwise

	EndsAt time.Time `json:"ends_at"` // when it is stopped since its time is over; zero for never
}

// StartOptions go with a start. The zero value starts the server as it was started the last time.
type StartOptions struct {
	DisplayName string         // of a named server; hubs before JupyterHub 6 know none, and are not told
	UserOptions map[string]any // what the start form would have; nil is the last time's
}

// structured is the body as JupyterHub 6 and Atrium take it; before, it was the options themselves.
const structured = 6

// body is what a hub of this version takes for the options; nil for nothing to say.
func (o StartOptions) body(major int) any {
	switch {
	case major >= structured && (o.DisplayName != "" || o.UserOptions != nil):
		return struct {
			DisplayName string         `json:"display_name,omitempty"`
			UserOptions map[string]any `json:"user_options"`
		}{o.DisplayName, o.UserOptions}
	case o.UserOptions != nil:
		return o.UserOptions
	}
	return nil
}

// StartServer starts a person's server: the default one if server is empty, else a named one, which is made where there
// is none. The hub waits some seconds for it; ready tells whether it was ready by then, or is still on its way: see
// WaitReady. A server that runs already is ErrInvalid. It is not sent twice.
func (c *Client) StartServer(ctx context.Context, user, server string, o StartOptions) (ready bool, err error) {
	k := call{method: http.MethodPost, route: serverRoute(user, server)}
	if o.DisplayName != "" || o.UserOptions != nil {
		info, err := c.hub(ctx)
		if err != nil {
			return false, err
		}
		k.body = o.body(info.Major())
	}
	status, err := c.do(ctx, k)
	return status == http.StatusCreated, err
}

// ExtendServer lets a running server that has a time limit end later by minutes, or by as many as there are, and gives the
// end that it has now. One without a limit is ErrInvalid, one that can have no more ErrForbidden. It is not sent twice.
// Hubs that are not Atrium's know nothing of it.
func (c *Client) ExtendServer(ctx context.Context, user, server string, minutes int) (ends time.Time, err error) {
	var answer struct {
		EndsAt time.Time `json:"ends_at"`
	}
	_, err = c.do(ctx, call{
		method: http.MethodPost, route: serverRoute(user, server).then("/extend"), body: map[string]int{"minutes": minutes}, read: into(&answer),
	})
	return answer.EndsAt, err
}

// StopServer stops a person's server. The hub waits some seconds for it; stopped tells whether it was at rest by then,
// as it may have been before. With remove, a named server is deleted, too.
func (c *Client) StopServer(ctx context.Context, user, server string, remove bool) (stopped bool, err error) {
	k := call{method: http.MethodDelete, route: serverRoute(user, server), safe: true, goneIsDone: remove}
	if remove {
		k.body = map[string]bool{"remove": true}
	}
	status, err := c.do(ctx, k)
	return status == http.StatusNoContent, err
}

// stopLook is how often a server that stops is looked at.
const stopLook = 300 * time.Millisecond

// WaitStopped waits until a server that was asked to stop is at rest, and gives it as it is then: the zero Server where
// there is none any more. One whose stop does not succeed for now is given as it is, with its Failure. It waits as long as
// the context lets it, and for a hub that is away a minute or so, as WaitJob does.
func (c *Client) WaitStopped(ctx context.Context, user, server string) (Server, error) {
	for {
		var u User
		err := c.patiently(ctx, func() (err error) { u, err = c.User(ctx, user); return err })
		s := u.Servers[server]
		switch {
		case IsNotFound(err):
			return Server{}, nil
		case err != nil:
			return Server{}, err
		case !s.Ready && s.Pending == "", s.Pending == "stop" && s.Failure != "":
			return s, nil
		}
		if err := c.pause(ctx, stopLook); err != nil {
			return s, err
		}
	}
}

// Server is a person's server, from JupyterHub 6 on; before, User tells of all.
func (c *Client) Server(ctx context.Context, user, server string) (Server, error) {
	var s Server
	_, err := c.do(ctx, call{method: http.MethodGet, route: serverRoute(user, server), safe: true, read: into(&s)})
	return s, err
}
