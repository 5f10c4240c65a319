package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// User is a person as the hub knows them. What the token may not see, or the hub does not know of, has its zero value.
type User struct {
	Name         string            `json:"name"`
	Admin        bool              `json:"admin"`
	Groups       []string          `json:"groups"`
	Roles        []string          `json:"roles"`
	Server       string            `json:"server"`        // the default server's path while that is ready
	Pending      string            `json:"pending"`       // what the default server is about to do: "spawn", "stop" …
	Created      time.Time         `json:"created"`       // UTC
	LastActivity time.Time         `json:"last_activity"` // UTC; zero for none
	Servers      map[string]Server `json:"servers"`       // by name; "" is the default server. Those that run, unless stopped ones are asked for
	AuthState    json.RawMessage   `json:"auth_state"`    // only of one person, for those who may see it

	// Atrium's own; no other hub tells them.
	Suspended          bool   `json:"suspended"`
	MustChangePassword bool   `json:"must_change_password"`
	Password           string `json:"password"` // "set", "unset" or "unclaimed"; never the password
}

// UserQuery says which people Users yields. The zero value is all of them.
type UserQuery struct {
	State          string // "active" (has a server that runs or is pending), "ready" or "inactive"; all if empty
	Filter         string // a part of the name, of any case; JupyterHub takes % and _ for wildcards. From JupyterHub 3 on
	Sort           string // "id" (the default), "name" or "last_activity"; with "-" before it the other way round
	IncludeStopped bool   // stopped servers are told, too
	PageSize       int    // how many to ask for at once; 0 is as many as the hub gives
}

func (q UserQuery) values() url.Values {
	v := url.Values{}
	for key, value := range map[string]string{"state": q.State, "name_filter": q.Filter, "sort": q.Sort} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if q.IncludeStopped {
		v.Set("include_stopped_servers", "true")
	}
	return v
}

// Users yields the people of the hub, each once, page by page, in the hub's order. Who is added while it runs may be
// missed; who is there all the time is not, even if others are deleted meanwhile. (That does not hold where the order or
// the choice itself changes: sorted by activity, or of the state "ready".) It ends with the first error, which comes
// with no user.
func (c *Client) Users(ctx context.Context, q UserQuery) iter.Seq2[User, error] {
	return pages(ctx, c, listing[User]{
		route: at("/users"), query: q.values(), size: q.PageSize, unsteady: q.State == "ready",
		name: func(u User) string { return u.Name },
	})
}

// User is one person, with stopped servers too. An error that is ErrNotFound says that there is none.
func (c *Client) User(ctx context.Context, name string) (User, error) {
	var u User
	query := url.Values{"include_stopped_servers": {"true"}}
	_, err := c.do(ctx, call{method: http.MethodGet, route: userRoute(name), query: query, safe: true, read: into(&u)})
	return u, err
}

// CreateUser makes a person. An error that is ErrConflict says that they exist. It is not sent twice: after a
// *ConnectionError the person may exist.
func (c *Client) CreateUser(ctx context.Context, name string, admin bool) (User, error) {
	var u User
	_, err := c.do(ctx, call{method: http.MethodPost, route: userRoute(name), body: adminBody{admin}, read: into(&u)})
	return u, err
}

type adminBody struct {
	Admin bool `json:"admin"`
}

// CreateUsers makes several people in one request, as every hub can, and gives those that were made: who exists is left
// alone. The hub refuses all of them for one bad name (ErrInvalid), and with ErrConflict if all exist. It is not
// sent twice. Atrium's BulkUsers is the better call.
func (c *Client) CreateUsers(ctx context.Context, names []string, admin bool) ([]User, error) {
	body := struct {
		Usernames []string `json:"usernames"`
		Admin     bool     `json:"admin"`
	}{names, admin}
	var made []User
	_, err := c.do(ctx, call{method: http.MethodPost, route: at("/users"), body: body, read: into(&made)})
	return made, err
}

// UserPatch is what shall change; nil leaves a thing as it is. The last three only Atrium can change.
type UserPatch struct {
	Name  *string `json:"name,omitempty"` // a new one
	Admin *bool   `json:"admin,omitempty"`

	Groups             *[]string `json:"groups,omitempty"` // exactly these
	Suspended          *bool     `json:"suspended,omitempty"`
	MustChangePassword *bool     `json:"must_change_password,omitempty"`
}

func (p UserPatch) needsAtrium() bool {
	return p.Groups != nil || p.Suspended != nil || p.MustChangePassword != nil
}

// UpdateUser changes a person, and gives them as they are then. On JupyterHub it is ErrNotAtrium to change what only
// Atrium knows, and nothing is changed. A new name that is taken is ErrInvalid or ErrConflict.
func (c *Client) UpdateUser(ctx context.Context, name string, p UserPatch) (User, error) {
	var u User
	if p.needsAtrium() {
		if err := c.needAtrium(ctx, "change groups, suspension or passwords of a user"); err != nil {
			return u, err
		}
	}
	if p.Groups != nil && *p.Groups == nil {
		p.Groups = &[]string{} // null would be no list
	}
	_, err := c.do(ctx, call{method: http.MethodPatch, route: userRoute(name), body: p, safe: p.Name == nil, read: into(&u)})
	return u, err
}

// DeleteUser deletes a person and their servers. An error that is ErrNotFound says that there is none.
func (c *Client) DeleteUser(ctx context.Context, name string) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, route: userRoute(name), safe: true, goneIsDone: true})
	return err
}

func count(n int) string { return strconv.Itoa(n) }
