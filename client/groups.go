package client

import (
	"context"
	"iter"
	"net/http"
)

// Group is a group of people as the hub knows it. What the token may not see has its zero value.
type Group struct {
	Name       string         `json:"name"`
	Users      []string       `json:"users"`
	Roles      []string       `json:"roles"`
	Properties map[string]any `json:"properties"` // whatever was set
}

// members is the body of requests about a group's people.
type members struct {
	Users []string `json:"users"`
}

// Groups yields the hub's groups, as Users does people.
func (c *Client) Groups(ctx context.Context) iter.Seq2[Group, error] {
	return pages(ctx, c, listing[Group]{route: at("/groups"), name: func(g Group) string { return g.Name }})
}

// Group is one group. An error that is ErrNotFound says that there is none.
func (c *Client) Group(ctx context.Context, name string) (Group, error) {
	return c.groupCall(ctx, call{method: http.MethodGet, route: groupRoute(name), safe: true})
}

// CreateGroup makes a group of people who exist already, or of none. An error that is ErrConflict says that the group
// exists, ErrInvalid that one of the people does not. It is not sent twice.
func (c *Client) CreateGroup(ctx context.Context, name string, users ...string) (Group, error) {
	return c.groupCall(ctx, call{method: http.MethodPost, route: groupRoute(name), body: members{orNone(users)}})
}

// RenameGroup gives a group another name, and gives it as it is then. It is Atrium's. An error that is ErrConflict says
// what forbids it: another group has the name, or something names the group that would not follow. It is not sent twice.
func (c *Client) RenameGroup(ctx context.Context, group, name string) (Group, error) {
	if err := c.needAtrium(ctx, "rename groups"); err != nil {
		return Group{}, err
	}
	body := struct {
		Name string `json:"name"`
	}{name}
	return c.groupCall(ctx, call{method: http.MethodPatch, route: groupRoute(group), body: body})
}

// DeleteGroup deletes a group; its people stay. An error that is ErrNotFound says that there is none.
func (c *Client) DeleteGroup(ctx context.Context, name string) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, route: groupRoute(name), safe: true, goneIsDone: true})
	return err
}

// AddGroupUsers adds people to a group, and gives it as it is then. Who is in it already stays. An error that is
// ErrInvalid says that one of the people does not exist: then nobody was added.
func (c *Client) AddGroupUsers(ctx context.Context, group string, users ...string) (Group, error) {
	return c.groupCall(ctx, call{method: http.MethodPost, route: groupRoute(group).then("/users"), body: members{orNone(users)}, safe: true})
}

// RemoveGroupUsers takes people out of a group, and gives it as it is then. Who is not in it does no harm.
func (c *Client) RemoveGroupUsers(ctx context.Context, group string, users ...string) (Group, error) {
	return c.groupCall(ctx, call{method: http.MethodDelete, route: groupRoute(group).then("/users"), body: members{orNone(users)}, safe: true})
}

// SetGroupProperties replaces all properties of a group, and gives it as it is then. They may be any JSON.
func (c *Client) SetGroupProperties(ctx context.Context, group string, properties map[string]any) (Group, error) {
	if properties == nil {
		properties = map[string]any{} // null would be none
	}
	return c.groupCall(ctx, call{method: http.MethodPut, route: groupRoute(group).then("/properties"), body: properties, safe: true})
}

func (c *Client) groupCall(ctx context.Context, k call) (Group, error) {
	var g Group
	k.read = into(&g)
	_, err := c.do(ctx, k)
	return g, err
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
