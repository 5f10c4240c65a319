package scopes

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// anyList draws raw lists over few names, so that they meet often.
func anyList() *rapid.Generator[[]string] {
	bases := slices.Sorted(maps.Keys(expansions()))
	bases = append(bases, Self, "custom:lab:read")
	filters := []string{"", "", "!user", "!server", "!service", "!user=alice", "!user=bob", "!user=carol", "!group=math", "!group=art",
		"!server=alice/lab", "!server=alice/", "!server=bob/", "!server=carol/x", "!service=cull", "!service=grader", "!", "!user=", "!x=y"}
	one := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom(bases).Draw(t, "base") + rapid.SampledFrom(filters).Draw(t, "filter")
	})
	return rapid.SliceOfN(one, 0, 12)
}

func anyOwner() *rapid.Generator[Owner] {
	return rapid.SampledFrom([]Owner{{KindUser, "alice"}, {KindUser, "bob"}, {KindService, "cull"}, {}})
}

func anyClient() *rapid.Generator[Client] {
	return rapid.SampledFrom([]Client{{}, {Server: "alice/lab"}, {Server: "bob/"}, {Service: "grader"}})
}

func anySet() *rapid.Generator[Set] {
	return rapid.Custom(func(t *rapid.T) Set {
		set, _ := anyCustom.Expand(anyList().Draw(t, "list"), anyOwner().Draw(t, "owner"), anyClient().Draw(t, "client"))
		return set
	})
}

// same tells whether the sets allow the same, however they write it.
func same(a, b Set) bool { return a.Contains(b, classes) && b.Contains(a, classes) }

func TestExpandProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list, more := anyList().Draw(t, "list"), anyList().Draw(t, "more")
		o, c := anyOwner().Draw(t, "owner"), anyClient().Draw(t, "client")
		set, _ := anyCustom.Expand(list, o, c)
		if again, lost := anyCustom.Expand(set.Strings(), Owner{}, Client{}); !again.Equal(set) || lost != nil {
			t.Fatalf("not idempotent: %v becomes %v (%v)", set.Strings(), again.Strings(), lost)
		}
		wider, _ := anyCustom.Expand(slices.Concat(more, list), o, c)
		if !wider.Contains(set, nil) {
			t.Fatalf("not monotone: lost %v", wider.Missing(set, nil))
		}
		rest, _ := anyCustom.Expand(more, o, c)
		if !wider.Equal(Union(set, rest)) {
			t.Fatalf("%v is not the union of %v and %v", wider.Strings(), set.Strings(), rest.Strings())
		}
	})
}

func TestIntersectProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anySet().Draw(t, "a"), anySet().Draw(t, "b")
		both := Intersect(a, b, classes)
		if !a.Contains(both, classes) || !b.Contains(both, classes) {
			t.Fatalf("gained something: %v", both.Strings())
		}
		if !both.Equal(Intersect(b, a, classes)) {
			t.Fatal("not commutative")
		}
		if !Intersect(a, a, classes).Equal(a) {
			t.Fatal("a set is not its own intersection")
		}
		if a.Contains(b, classes) != same(both, b) || a.Contains(b, classes) != (len(a.Missing(b, classes)) == 0) {
			t.Fatal("Contains, Missing and Intersect do not agree")
		}
		if again, lost := anyCustom.Expand(both.Strings(), Owner{}, Client{}); !same(again, both) || lost != nil {
			t.Fatalf("not complete: %v becomes %v", both.Strings(), again.Strings())
		}
		if less := Intersect(a, b, nil); !both.Contains(less, nil) {
			t.Fatal("knowing the groups takes something away")
		}
		if !Intersect(a, Union(a, b), classes).Contains(a, classes) {
			t.Fatal("a union lost something")
		}
	})
}

// What an intersection allows, both sides allow: the property that tokens rest on.
func TestDecisionsProperties(t *testing.T) {
	bases := slices.Sorted(maps.Keys(expansions()))
	rapid.Check(t, func(t *rapid.T) {
		a, b := anySet().Draw(t, "a"), anySet().Draw(t, "b")
		both := Intersect(a, b, classes)
		base := rapid.SampledFrom(bases).Draw(t, "base")
		f := rapid.SampledFrom([]Filter{
			{}, User("alice"), User("bob"), Server("alice", "lab"), Server("bob", ""), Group("math"), Service("cull"),
		}).Draw(t, "resource")
		if both.Allows(base, f, classes) && !(a.Allows(base, f, classes) && b.Allows(base, f, classes)) {
			t.Fatalf("%v allows more than the sides", both.Strings())
		}
		if Union(a, b).Allows(base, f, classes) != (a.Allows(base, f, classes) || b.Allows(base, f, classes)) {
			t.Fatal("a union is not what either allows")
		}
	})
}

func TestEffectiveProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		owned := anySet().Draw(t, "held")
		o, c := anyOwner().Draw(t, "owner"), anyClient().Draw(t, "client")
		token := anyList().Draw(t, "token")
		set, _ := anyCustom.Effective(token, o, c, owned, classes)
		if !owned.Contains(set, classes) {
			t.Fatalf("a token does more than its owner: %v", owned.Missing(set, classes))
		}
		if slices.Contains(token, Inherit) && !set.Equal(owned) {
			t.Fatal("inherit is not all of the owner's")
		}
	})
}

func TestResolveProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requested, have := anyList().Draw(t, "requested"), anyList().Draw(t, "have")
		o, c := anyOwner().Draw(t, "owner"), anyClient().Draw(t, "client")
		allowed, _ := anyCustom.Resolve(requested, have, o, c, classes)
		got, _ := anyCustom.Expand(allowed, o, c)
		limit, _ := anyCustom.Expand(have, o, c)
		if !limit.Contains(got, classes) {
			t.Fatalf("allowed more than there is: %v", limit.Missing(got, classes))
		}
	})
}
