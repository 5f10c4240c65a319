package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
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

	IdempotencyKey string    `json:"-"` // made up if empty; see NewIdempotencyKey
	Told           func(Job) `json:"-"` // see Told of BulkDeleteRequest
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

	// Told, if it is not nil, hears how far the work is, from the call's own goroutine: first when the hub has taken it on
	// as a job, which goes on whoever goes away. The call waits for the job, also while the hub is away for a while; where
	// it ends before, its error is a *JobError. It is not for dry runs, and a hub that knows no jobs does without.
	Told func(Job) `json:"-"`
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

	IdempotencyKey string    `json:"-"` // made up if empty
	Told           func(Job) `json:"-"` // see Told of BulkDeleteRequest; hashing comes before, and nothing tells of that
}

// BulkServer is a row of BulkServersStart and BulkServersStop.
type BulkServer struct {
	Username   string         `json:"username"`
	ServerName string         `json:"server_name,omitempty"` // the default server if empty
	Options    map[string]any `json:"options,omitempty"`     // of the start; nil is those of the last one
}

// BulkServersRequest is what BulkServersStart and BulkServersStop send. Stopping takes no options. A filter in the place
// of servers, with the number that was confirmed (see BulkDeleteRequest), is the default servers of the people whom it
// finds; to stop, all of theirs that run.
type BulkServersRequest struct {
	Servers   []BulkServer  `json:"servers,omitempty"`
	Filter    *PeopleFilter `json:"filter,omitempty"`
	Confirmed *int          `json:"confirmed,omitempty"`
	DryRun    bool          `json:"dry_run,omitempty"` // say what would become of the rows, and do nothing

	IdempotencyKey string    `json:"-"` // made up if empty
	Told           func(Job) `json:"-"` // see Told of BulkDeleteRequest
}

func (r BulkServersRequest) work(path string) bulkWork {
	return bulkWork{path, r, rowsOf(len(r.Servers), r.Filter), r.IdempotencyKey, r.Told, r.DryRun}
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
	return c.bulkCall(ctx, bulkWork{"/bulk/users", req, len(req.Users), req.IdempotencyKey, req.Told, req.DryRun})
}

// BulkDelete deletes people with their servers. Who does not exist is StatusNotFound. It is Atrium's.
func (c *Client) BulkDelete(ctx context.Context, req BulkDeleteRequest) (BulkAnswer, error) {
	rows := rowsOf(len(req.Usernames), req.Filter)
	return c.bulkCall(ctx, bulkWork{"/bulk/users/delete", req, rows, req.IdempotencyKey, req.Told, req.DryRun})
}

// BulkPasswords sets passwords, and ends the sessions of those people. It is Atrium's.
func (c *Client) BulkPasswords(ctx context.Context, req BulkPasswordsRequest) (BulkAnswer, error) {
	return c.bulkCall(ctx, bulkWork{"/bulk/users/passwords", req, len(req.Users), req.IdempotencyKey, req.Told, req.DryRun})
}

// BulkServersStart asks for servers to start, and does not wait for them. It is Atrium's.
func (c *Client) BulkServersStart(ctx context.Context, req BulkServersRequest) (BulkAnswer, error) {
	return c.bulkCall(ctx, req.work("/bulk/servers/start"))
}

// BulkServersStop asks for servers to stop, and does not wait for them. It is Atrium's.
func (c *Client) BulkServersStop(ctx context.Context, req BulkServersRequest) (BulkAnswer, error) {
	for _, s := range req.Servers {
		if s.Options != nil {
			return BulkAnswer{}, fmt.Errorf("stop the server of %q: only a start takes options", s.Username)
		}
	}
	return c.bulkCall(ctx, req.work("/bulk/servers/stop"))
}

// unknownRows is how many rows a filter stands for.
const unknownRows = -1

func rowsOf(n int, f *PeopleFilter) int {
	if f != nil {
		return unknownRows
	}
	return n
}

// bulkWork is a bulk call.
type bulkWork struct {
	path   string
	body   any
	rows   int
	key    string
	told   func(Job) // nil for work whose answer is waited for
	dryRun bool
}

func (w bulkWork) call(read func(io.Reader) error) call {
	return call{method: http.MethodPost, route: at(w.path), body: w.body, key: w.key, safe: true, bulk: true, read: read}
}

func (c *Client) bulkCall(ctx context.Context, w bulkWork) (answer BulkAnswer, err error) {
	if w.key == "" {
		w.key = NewIdempotencyKey()
	}
	switch {
	case w.rows > MaxRows:
		return answer, fmt.Errorf("%w, not %d", ErrTooManyRows, w.rows)
	case !printable(w.key):
		return answer, errors.New("an idempotency key is 1 to 128 printable characters of ASCII")
	case w.rows == 0:
		return answer, nil
	}
	if err := c.needAtrium(ctx, strings.TrimPrefix(w.path, "/")); err != nil {
		return answer, err
	}
	if w.told != nil && !w.dryRun {
		answer, err = c.asJob(ctx, w)
	} else {
		_, err = c.do(ctx, w.call(into(&answer)))
	}
	if err == nil && w.rows != unknownRows && len(answer.Results) != w.rows {
		err = fmt.Errorf("%s: the hub answers with %d results for %d rows", w.path, len(answer.Results), w.rows)
	}
	for i := range answer.Results {
		c.tidyResult(&answer.Results[i])
	}
	return answer, err
}

// tidyResult makes what a hub says of a row safe to print.
func (c *Client) tidyResult(r *BulkResult) {
	r.Message = c.tidy(r.Message)
	for i, w := range r.Warnings {
		r.Warnings[i] = c.tidy(w)
	}
}

func printable(key string) bool {
	return len(key) <= maxKey && !strings.ContainsFunc(key, func(r rune) bool { return r < '!' || r > '~' })
}
