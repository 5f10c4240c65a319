package scopes

import "slices"

// Intersect gives what both sets allow. Where the filters of a scope differ in
// kind, the narrower one stays if the other covers it: a server of a person, a
// person of a group. It never allows what one of the two does not.
func Intersect(a, b Set, g Groups) Set {
	out := builder{}
	for base, x := range a.grants {
		y, ok := b.grants[base]
		if !ok {
			continue
		}
		if x.all && y.all {
			out.add(base, Filter{})
		}
		covered(out, base, x, y, g)
		covered(out, base, y, x, g)
	}
	return out.set()
}

// covered adds the filters of narrow that wide covers.
func covered(out builder, base string, narrow, wide grant, g Groups) {
	for _, f := range narrow.filters {
		if wide.allows(f, g) {
			out.add(base, f)
		}
	}
}

// Union gives what any of the sets allows.
func Union(sets ...Set) Set {
	out := builder{}
	for _, s := range sets {
		for base, held := range s.grants {
			if held.all {
				out.add(base, Filter{})
			}
			for _, f := range held.filters {
				out.add(base, f)
			}
		}
	}
	return out.set()
}

// Contains tells whether a allows everything that b allows.
func (a Set) Contains(b Set, g Groups) bool {
	for base, held := range b.grants {
		if held.all && !a.Has(base) {
			return false
		}
		for _, f := range held.filters {
			if !a.Allows(base, f, g) {
				return false
			}
		}
	}
	return true
}

// Missing lists the scopes of b that a does not cover, sorted.
func (a Set) Missing(b Set, g Groups) []string {
	var list []string
	for base, held := range b.grants {
		if held.all && !a.Has(base) {
			list = append(list, base)
		}
		for _, f := range held.filters {
			if !a.Allows(base, f, g) {
				list = append(list, string(Of(base, f)))
			}
		}
	}
	slices.Sort(list)
	return list
}
