package scopes

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLength is the longest scope that Parse takes, in bytes: the longest name that
// a filter can hold, twice, with room for the rest.
const MaxLength = 1024

// The metascopes, which stand for other scopes.
const (
	Self    = "self"    // everything that is the owner's own
	Inherit = "inherit" // on a token: whatever its owner holds at the time of use
)

// The kinds of filters.
const (
	KindUser    = "user"
	KindGroup   = "group"
	KindServer  = "server"
	KindService = "service"
)

// Why a scope was not taken; Parse's errors wrap one of them.
var (
	ErrUnknown = errors.New("no such scope")
	ErrFilter  = errors.New("bad filter")
)

// Scope is one scope as it is written: "read:users!user=alice".
type Scope string

// Of writes a base scope with its filter.
func Of(base string, f Filter) Scope { return Scope(base + f.String()) }

// Filter narrows a scope to one resource. The zero Filter does not narrow.
type Filter struct {
	Kind  string // "", KindUser, KindGroup, KindServer or KindService
	Value string // a name; "user/server" for KindServer; empty for the short form
}

// User is the filter for one person.
func User(name string) Filter { return Filter{KindUser, name} }

// Group is the filter for the members of a group, or for the group itself.
func Group(name string) Filter { return Filter{KindGroup, name} }

// Service is the filter for one service.
func Service(name string) Filter { return Filter{KindService, name} }

// Server is the filter for one server; the default server's name is empty.
func Server(user, server string) Filter { return Filter{KindServer, user + "/" + server} }

// String writes the filter as it follows the base scope, "!" included.
func (f Filter) String() string {
	switch {
	case f.Kind == "":
		return ""
	case f.Value == "":
		return "!" + f.Kind
	default:
		return "!" + f.Kind + "=" + f.Value
	}
}

// OnServerOf tells whether the filter is for one of the person's servers.
func (f Filter) OnServerOf(user string) bool {
	return f.Kind == KindServer && strings.HasPrefix(f.Value, user+"/")
}

// OnGroups tells whether a base scope is about groups themselves: a filter by group
// then means the group, not its members.
func OnGroups(base string) bool {
	switch base {
	case "admin:groups", "groups", "list:groups", "read:groups", "read:groups:name", "delete:groups",
		"read:roles:groups", "groups:shares", "read:groups:shares", "announcements":
		return true
	}
	return false
}

// compare orders filters by kind, then by value.
func (f Filter) compare(g Filter) int {
	if c := strings.Compare(f.Kind, g.Kind); c != 0 {
		return c
	}
	return strings.Compare(f.Value, g.Value)
}

// Parse takes a scope apart and checks it: the grammar, and that the base is Known. The
// short filters "!user", "!server" and "!service" come back with an empty Value. Errors
// wrap ErrUnknown or ErrFilter and may be shown to a person.
func (c *Catalog) Parse(s string) (base string, f Filter, err error) {
	if len(s) > MaxLength {
		return "", Filter{}, fmt.Errorf("%w: %.40q… is too long", ErrUnknown, s)
	}
	base, text, filtered := strings.Cut(s, "!")
	if base == "all" {
		return "", Filter{}, fmt.Errorf("%w: 'all' is called 'inherit'", ErrUnknown)
	}
	if !c.Known(base) {
		return "", Filter{}, fmt.Errorf("%w: %.80q", ErrUnknown, s)
	}
	if !filtered {
		return base, Filter{}, nil
	}
	f, msg := parseFilter(text)
	if msg != "" {
		return "", Filter{}, fmt.Errorf("%w in %.80q: %s", ErrFilter, s, msg)
	}
	return base, f, nil
}

// parseFilter reads what follows the "!"; msg says what is wrong with it.
func parseFilter(text string) (f Filter, msg string) {
	kind, value, valued := strings.Cut(text, "=")
	f = Filter{kind, value}
	switch kind {
	case KindUser, KindService, KindServer:
	case KindGroup:
		if !valued {
			return f, "a group needs a name"
		}
	default:
		return f, "it must be user, group, server or service"
	}
	switch {
	case !valued:
		return f, ""
	case value == "":
		return f, "there is no name after the '='"
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return f, "the name is not printable text"
	case kind == KindServer && (strings.Count(value, "/") != 1 || value[0] == '/'):
		return f, "a server is written user/server"
	}
	return f, ""
}
