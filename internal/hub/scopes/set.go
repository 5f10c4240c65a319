package scopes

import (
	"maps"
	"slices"
	"strings"
)

// Groups gives the groups that a person is in at this moment. It is called only
// when a group filter has to be decided. nil means that nobody is in any group.
type Groups func(user string) []string

func (g Groups) of(user string) []string {
	if g == nil {
		return nil
	}
	return g(user)
}

// Set is an expanded set of scopes. It does not change and may be shared; the zero
// value is empty.
type Set struct{ grants map[string]grant }

// grant is how a base scope is held: for everything, or for the resources that its
// filters name, which are sorted and at least one.
type grant struct {
	all     bool
	filters []Filter
}

func (a grant) has(f Filter) bool {
	_, ok := slices.BinarySearchFunc(a.filters, f, Filter.compare)
	return ok
}

// inGroup tells whether one of the grant's group filters takes the person in.
func (a grant) inGroup(user string, g Groups) bool {
	grouped := func(f Filter) bool { return f.Kind == KindGroup }
	return slices.ContainsFunc(a.filters, grouped) &&
		slices.ContainsFunc(g.of(user), func(name string) bool { return a.has(Group(name)) })
}

// allows tells whether the grant covers the resource f; the zero Filter is
// everything. Servers are within their person, persons within their groups.
func (a grant) allows(f Filter, g Groups) bool {
	if a.all {
		return true
	}
	if f.Kind == "" {
		return false
	}
	if a.has(f) {
		return true
	}
	switch f.Kind {
	case KindServer:
		user, _, _ := strings.Cut(f.Value, "/")
		return a.has(User(user)) || a.inGroup(user, g)
	case KindUser:
		return a.inGroup(f.Value, g)
	}
	return false
}

// Has tells whether base is held for everything, without a filter.
func (a Set) Has(base string) bool { return a.grants[base].all }

// HasAny tells whether base is held in any form.
func (a Set) HasAny(base string) bool {
	_, ok := a.grants[base]
	return ok
}

// Empty tells whether there is nothing in the set.
func (a Set) Empty() bool { return len(a.grants) == 0 }

// Bases lists the base scopes that are held in any form, in no order.
func (a Set) Bases() []string { return slices.Collect(maps.Keys(a.grants)) }

// Filters lists for which resources base is held, sorted. It is empty if base is not
// held, and if it is held for everything.
func (a Set) Filters(base string) []Filter { return slices.Clone(a.grants[base].filters) }

// Allows tells whether base is held for the resource f. The zero Filter asks for
// everything.
func (a Set) Allows(base string, f Filter, g Groups) bool {
	held, ok := a.grants[base]
	return ok && held.allows(f, g)
}

// AllowsUser tells whether base is held for a person: for all, for this one, or for
// one of the person's groups. A filter for a server never is enough.
func (a Set) AllowsUser(base, user string, g Groups) bool { return a.Allows(base, User(user), g) }

// AllowsServer tells whether base is held for a server: for all, for this one, for
// its owner, or for one of the owner's groups.
func (a Set) AllowsServer(base, user, server string, g Groups) bool {
	return a.Allows(base, Server(user, server), g)
}

// AllowsGroup tells whether base is held for a group.
func (a Set) AllowsGroup(base, group string) bool { return a.Allows(base, Group(group), nil) }

// AllowsService tells whether base is held for a service.
func (a Set) AllowsService(base, service string) bool {
	return a.Allows(base, Service(service), nil)
}

// Strings writes the set: sorted, each scope once, no filtered form beside the
// unfiltered one. Expand makes a set of it that allows the same.
func (a Set) Strings() []string {
	list := make([]string, 0, len(a.grants))
	for s := range a.each {
		list = append(list, string(s))
	}
	slices.Sort(list)
	return list
}

// each yields every scope of the set, in no order.
func (a Set) each(yield func(Scope) bool) {
	for base, held := range a.grants {
		if held.all && !yield(Scope(base)) {
			return
		}
		for _, f := range held.filters {
			if !yield(Of(base, f)) {
				return
			}
		}
	}
}

// Equal tells whether both sets hold the same scopes.
func (a Set) Equal(b Set) bool { return slices.Equal(a.Strings(), b.Strings()) }

// builder collects the scopes of a Set.
type builder map[string]grant

func (b builder) add(base string, f Filter) {
	held := b[base]
	switch {
	case held.all:
		return
	case f.Kind == "":
		held = grant{all: true}
	default:
		held.filters = append(held.filters, f)
	}
	b[base] = held
}

// set ends the collecting; the builder must not be used after it.
func (b builder) set() Set {
	if len(b) == 0 {
		return Set{}
	}
	for base, held := range b {
		if len(held.filters) > 1 {
			slices.SortFunc(held.filters, Filter.compare)
			held.filters = slices.Compact(held.filters)
			b[base] = held
		}
	}
	return Set{b}
}
