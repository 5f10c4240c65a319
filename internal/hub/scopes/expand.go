package scopes

import "strings"

// Owner is whose scopes they are: what self and the short filters stand for.
type Owner struct {
	Kind string // KindUser or KindService
	Name string
}

// filter is the filter for the owner itself, zero for an owner of another kind.
func (o Owner) filter() Filter {
	if o.Name == "" || (o.Kind != KindUser && o.Kind != KindService) {
		return Filter{}
	}
	return Filter{o.Kind, o.Name}
}

// Client is what the OAuth client of a token stands for: a server, a service, or
// neither.
type Client struct {
	Server  string // "user/server"
	Service string
}

// Expand resolves a raw list for its owner: self and the short filters are put in
// full, and what a scope includes is added with the scope's filter. Of the scopes
// with a filter for a server, those about the person ("read:users…") are left out,
// as a server is less than a person. Inherit stays as it is.
//
// dropped names each scope that is not in the set, with the reason: those that Parse
// refuses, short filters with nothing to stand for, and metascopes with a filter.
func (c *Catalog) Expand(list []string, o Owner, cl Client) (set Set, dropped []string) {
	b := builder{}
	for _, raw := range list {
		base, f, err := c.Parse(raw)
		if err != nil {
			dropped = append(dropped, err.Error())
			continue
		}
		f, msg := resolve(base, f, o, cl)
		if msg != "" {
			dropped = append(dropped, raw+": "+msg)
			continue
		}
		c.include(b, base, f)
	}
	return b.set(), dropped
}

// include adds base and what it includes, all with the filter f.
func (c *Catalog) include(b builder, base string, f Filter) {
	for _, name := range c.closure(base) {
		aboutUser := f.Kind == KindServer && strings.HasPrefix(name, "read:user")
		if name != Self && !aboutUser {
			b.add(name, f)
		}
	}
}

// resolve gives the filter in full; msg says why there is none.
func resolve(base string, f Filter, o Owner, c Client) (full Filter, msg string) {
	if base == Self || base == Inherit {
		switch {
		case f.Kind != "":
			return f, "it takes no filter"
		case base == Self && o.filter().Kind != KindUser:
			return f, "the owner is not a user"
		case base == Self:
			return o.filter(), ""
		}
		return f, ""
	}
	if f.Kind == "" || f.Value != "" {
		return f, ""
	}
	if o.filter().Kind == f.Kind {
		f.Value = o.Name
	}
	switch {
	case f.Kind == KindServer:
		f.Value = c.Server
	case f.Kind == KindService && c.Service != "":
		f.Value = c.Service
	}
	if f.Value == "" {
		return f, "there is no " + f.Kind + " that it could stand for"
	}
	return f, ""
}
