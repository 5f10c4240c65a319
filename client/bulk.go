package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// MaxRows is how many rows a bulk request may have.
const MaxRows = 10_000

// maxKey is how long an idempotency key may be, in bytes.
const maxKey = 128

// What became of a row of a bulk request.
const (
	StatusCreated    = "created"
	StatusChanged    = "changed"
	StatusUnchanged  = "unchanged"
	StatusExists     = "exists" // and was left alone
	StatusDeleted    = "deleted"
	StatusNotFound   = "not_found"
	StatusStarted    = "started" // asked for: it may take a while
	StatusRunning    = "running" // already, or on its way
	StatusStopped    = "stopped" // asked for
	StatusNotRunning = "not_running"
	StatusForgotten  = "forgotten" // given up, since its machine is gone
	StatusFailed     = "failed"    // the message says why; other rows do not suffer
)

// What BulkUsers does with a person who exists.
const (
	ExistingKeep   = "keep"   // leave them alone: StatusExists
	ExistingChange = "change" // change what the row says
)

// BulkUser is a row of BulkUsers. What is nil or empty is not said: for somebody new it has the hub's default, and for
// somebody who exists it stays as it is.
type BulkUser struct {
	Username           string   `json:"username"`
	Admin              *bool    `json:"admin,omitempty"`
	Password           string   `json:"password,omitempty"`
	PasswordHash       string   `json:"password_hash,omitempty"` // instead of Password: bcrypt ($2a, $2b, $2y) or argon2id
	Groups             []string `json:"groups,omitzero"`         // exactly these; empty, but not nil, is none
	MustChangePassword *bool    `json:"must_change_password,omitempty"`
	Quota              *int     `json:"quota,omitempty"`
}

// BulkUsersRequest is what BulkUsers sends.
type BulkUsersRequest struct {
	Users      []BulkUser `json:"users"`
	Existing   string     `json:"existing,omitempty"`    // ExistingKeep if empty
	MakeGroups *bool      `json:"make_groups,omitempty"` // groups that do not exist are made; the hub's default is yes
	DryRun     bool       `json:"dry_run,omitempty"`     // say what would become of the rows, and do nothing

	IdempotencyKey string `json:"-"` // made up if empty; see NewIdempotencyKey
}

// PeopleFilter stands for the rows of a bulk request: the people to whom all of it applies.
type PeopleFilter struct {
	Group string `json:"group,omitempty"` // they are members of it
	Name  string `json:"name,omitempty"`  // it is part of their names
	State string `json:"state,omitempty"` // active, ready or inactive
}

// BulkDeleteRequest is what BulkDelete sends: names, or a filter with the number of people that was confirmed. Where
// there are more by now, it is ErrConflict, and nothing is done; a dry run tells how many there are.
type BulkDeleteRequest struct {
	Usernames []string      `json:"usernames,omitempty"`
	Filter    *PeopleFilter `json:"filter,omitempty"`
	Confirmed *int          `json:"confirmed,omitempty"`
	DryRun    bool          `json:"dry_run,omitempty"` // say what would become of the rows, and do nothing

	IdempotencyKey string `json:"-"` // made up if empty
}

// BulkPassword is a row of BulkPasswords: a password, or the hash of one (see BulkUser).
type BulkPassword struct {
	Username           string `json:"username"`
	Password           string `json:"password,omitempty"`
	PasswordHash       string `json:"password_hash,omitempty"`
	MustChangePassword *bool  `json:"must_change_password,omitempty"`
}

// BulkPasswordsRequest is what BulkPasswords sends.
type BulkPasswordsRequest struct {
	Users              []BulkPassword `json:"users"`
	MustChangePassword *bool          `json:"must_change_password,omitempty"` // for rows that do not say; the hub's default is yes
	DryRun             bool           `json:"dry_run,omitempty"`              // say what would become of the rows, and do nothing

	IdempotencyKey string `json:"-"` // made up if empty
}

// BulkServer is a row of BulkServersStart and BulkServersStop.
type BulkServer struct {
	Username   string         `json:"username"`
	ServerName string         `json:"server_name,omitempty"` // the default server if empty
	Options    map[string]any `json:"options,omitempty"`     // of the start; nil is those of the last one
}

// BulkServersRequest is what BulkServersStart and BulkServersStop send. Stopping takes no options.
type BulkServersRequest struct {
	Servers []BulkServer `json:"servers"`
	DryRun  bool         `json:"dry_run,omitempty"` // say what would become of the rows, and do nothing

	IdempotencyKey string `json:"-"` // made up if empty
}

// BulkResult is what became of one row.
type BulkResult struct {
	Username   string   `json:"username"`
	ServerName string   `json:"server_name"` // of the calls about servers
	Status     string   `json:"status"`
	Message    string   `json:"message"` // why, where it failed
	Warnings   []string `json:"warnings"`
}

// BulkAnswer has one result for each row, in the request's order.
type BulkAnswer struct {
	Results []BulkResult   `json:"results"`
	Counts  map[string]int `json:"counts"` // results by status
}

// NewIdempotencyKey makes up a key. Atrium answers a request whose key and body it has seen within a day with the
// results of the first time, and does nothing again; the same key with another body is ErrConflict. The bulk calls make
// one up for each request, so that their own retries are safe: give one to be safe across runs of a program, too.
func NewIdempotencyKey() string { return rand.Text() }

// BulkUsers makes or changes people: MaxRows at most, and each row by itself, so that a bad one does not hold up the
// others. It is Atrium's; on JupyterHub it is ErrNotAtrium, and nothing is sent.
func (c *Client) BulkUsers(ctx context.Context, req BulkUsersRequest) (BulkAnswer, error) {
	return c.bulkCall(ctx, "/bulk/users", req, len(req.Users), req.IdempotencyKey)
}

// BulkDelete deletes people with their servers. Who does not exist is StatusNotFound. It is Atrium's.
func (c *Client) BulkDelete(ctx context.Context, req BulkDeleteRequest) (BulkAnswer, error) {
	rows := len(req.Usernames)
	if req.Filter != nil {
		rows = unknownRows
	}
	return c.bulkCall(ctx, "/bulk/users/delete", req, rows, req.IdempotencyKey)
}

// BulkPasswords sets passwords, and ends the sessions of those people. It is Atrium's.
func (c *Client) BulkPasswords(ctx context.Context, req BulkPasswordsRequest) (BulkAnswer, error) {
	return c.bulkCall(ctx, "/bulk/users/passwords", req, len(req.Users), req.IdempotencyKey)
}

// BulkServersStart asks for servers to start, and does not wait for them. It is Atrium's.
func (c *Client) BulkServersStart(ctx context.Context, req BulkServersRequest) (BulkAnswer, error) {
	return c.bulkCall(ctx, "/bulk/servers/start", req, len(req.Servers), req.IdempotencyKey)
}

// BulkServersStop asks for servers to stop, and does not wait for them. It is Atrium's.
func (c *Client) BulkServersStop(ctx context.Context, req BulkServersRequest) (BulkAnswer, error) {
	for _, s := range req.Servers {
		if s.Options != nil {
			return BulkAnswer{}, fmt.Errorf("stop the server of %q: only a start takes options", s.Username)
		}
	}
	return c.bulkCall(ctx, "/bulk/servers/stop", req, len(req.Servers), req.IdempotencyKey)
}

// unknownRows is how many rows a filter stands for.
const unknownRows = -1

func (c *Client) bulkCall(ctx context.Context, path string, body any, rows int, key string) (BulkAnswer, error) {
	var answer BulkAnswer
	if key == "" {
		key = NewIdempotencyKey()
	}
	switch {
	case rows > MaxRows:
		return answer, fmt.Errorf("%w, not %d", ErrTooManyRows, rows)
	case !printable(key):
		return answer, errors.New("an idempotency key is 1 to 128 printable characters of ASCII")
	case rows == 0:
		return answer, nil
	}
	if err := c.needAtrium(ctx, strings.TrimPrefix(path, "/")); err != nil {
		return answer, err
	}
	_, err := c.do(ctx, call{
		method: http.MethodPost, route: at(path), body: body, key: key, safe: true, bulk: true, read: into(&answer),
	})
	if err == nil && rows != unknownRows && len(answer.Results) != rows {
		err = fmt.Errorf("%s: the hub answers with %d results for %d rows", path, len(answer.Results), rows)
	}
	for i := range answer.Results {
		r := &answer.Results[i]
		r.Message = c.tidy(r.Message)
		for k, w := range r.Warnings {
			r.Warnings[k] = c.tidy(w)
		}
	}
	return answer, err
}

func printable(key string) bool {
	return len(key) <= maxKey && !strings.ContainsFunc(key, func(r rune) bool { return r < '!' || r > '~' })
}
