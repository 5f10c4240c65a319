package client

import (
	"errors"
	"strings"
	"unicode/utf8"
)

const upperHex = "0123456789ABCDEF"

// escapeName writes a name as one segment of a path. All but letters, digits and "-_.~" is escaped.
func escapeName(name string) string {
	var out strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '~', c == '.':
			out.WriteByte(c)
		default:
			out.WriteByte('%')
			out.WriteByte(upperHex[c>>4])
			out.WriteByte(upperHex[c&15])
		}
	}
	return out.String()
}

// A route is a path below the API's address, made of fixed parts and names.
type route struct {
	escaped string
	beside  bool  // it is not below the API's address, but below the hub's
	err     error // a name that no path can hold
}

// at is the route of fixed, own text.
func at(path string) route { return route{escaped: path} }

// beside is the route of fixed, own text that is below the hub's address.
func beside(path string) route { return route{escaped: path, beside: true} }

// below is the whole path of a route, where the API is at base.
func (r route) below(base string) string {
	if r.beside {
		base = strings.TrimSuffix(base, "/api")
	}
	return base + r.escaped
}

// name adds a name as a segment.
func (r route) name(kind, name string) route {
	switch {
	case r.err != nil:
	case name == "":
		r.err = errors.New("the name of the " + kind + " is empty")
	case !utf8.ValidString(name):
		r.err = errors.New("the name of the " + kind + " is not valid UTF-8")
	case name == "." || name == "..":
		// However they are escaped: proxies, JupyterHub's own among them, take them for steps, and so the request for
		// another one, of something else.
		r.err = errors.New("no address can hold " + kind + " \"" + name + "\"")
	}
	r.escaped += "/" + escapeName(name)
	return r
}

// then adds fixed, own text.
func (r route) then(path string) route {
	r.escaped += path
	return r
}

func userRoute(name string) route  { return at("/users").name("user", name) }
func groupRoute(name string) route { return at("/groups").name("group", name) }

// serverRoute is that of a person's server; the empty name is the default server's.
func serverRoute(user, server string) route {
	if server == "" {
		return userRoute(user).then("/server")
	}
	return userRoute(user).then("/servers").name("server", server)
}
