package scopes

import "slices"

// Identity is what every token may do: tell who its owner is.
func Identity(o Owner) Set {
	b := builder{}
	switch f := o.filter(); f.Kind {
	case KindUser:
		b.add("read:users:name", f)
		b.add("read:users:groups", f)
	case KindService:
		b.add("read:services:name", f)
	}
	return b.set()
}

// Access is what it takes to use what an OAuth client stands for.
func Access(c Client) Set {
	b := builder{}
	if c.Server != "" {
		b.add("access:servers", Filter{KindServer, c.Server})
	}
	if c.Service != "" {
		b.add("access:services", Service(c.Service))
	}
	return b.set()
}

// Effective is what a token may do now: what it was granted, with the identity of
// its owner and, if an OAuth client issued it, access to what the client stands for,
// all of it only as far as held, the owner's own scopes at this moment, goes. A token
// with inherit may do exactly what its owner may.
//
// dropped is what Expand dropped, and what the owner does not hold; for the log.
func (c *Catalog) Effective(token []string, o Owner, cl Client, held Set, g Groups) (set Set, dropped []string) {
	if slices.Contains(token, Inherit) {
		return held, nil
	}
	granted, dropped := c.Expand(token, o, cl)
	granted = Union(granted, Identity(o), Access(cl))
	set = Intersect(granted, held, g)
	for _, s := range set.Missing(granted, g) {
		dropped = append(dropped, s+": the owner does not hold it")
	}
	return set, dropped
}

// Resolve sorts requested raw scopes into those that have, a raw list too, allows
// and those that it does not. What have names word for word is allowed as it is
// written, and so is what it covers once both are expanded. Of what it covers in
// part that part is allowed, in expanded form, and the request is refused all the
// same, so that the caller may tell. Both lists are sorted.
func (c *Catalog) Resolve(requested, have []string, o Owner, cl Client, g Groups) (allowed, refused []string) {
	held, _ := c.Expand(have, o, cl)
	for _, raw := range requested {
		if _, _, err := c.Parse(raw); err != nil {
			refused = append(refused, raw)
			continue
		}
		want, _ := c.Expand([]string{raw}, o, cl)
		if slices.Contains(have, raw) || held.Contains(want, g) {
			allowed = append(allowed, raw)
			continue
		}
		allowed = append(allowed, Intersect(want, held, g).Strings()...)
		refused = append(refused, raw)
	}
	return sorted(allowed), sorted(refused)
}

// sorted sorts the list in place and drops what is there twice.
func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
