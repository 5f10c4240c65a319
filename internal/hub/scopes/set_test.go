package scopes

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// classes: alice is in math and art, bob in math.
func classes(user string) []string {
	return map[string][]string{"alice": {"art", "math"}, "bob": {"math"}}[user]
}

func held(list ...string) Set {
	set, dropped := anyCustom.Expand(list, Owner{KindUser, "alice"}, Client{Server: "alice/lab"})
	if dropped != nil {
		panic(strings.Join(dropped, "; "))
	}
	return set
}

func TestAllows(t *testing.T) {
	everyone := held("servers", "read:groups", "access:services")
	narrow := held("servers!server=alice/lab", "servers!user=carol", "servers!group=math",
		"read:groups!group=art", "access:services!service=cull")
	servers := held("servers!server=alice/lab", "users:activity!server=alice/lab")
	for name, c := range map[string]struct{ got, want bool }{
		"unfiltered, user":               {everyone.AllowsUser("servers", "zoe", nil), true},
		"unfiltered, server":             {everyone.AllowsServer("servers", "zoe", "", nil), true},
		"unfiltered, group":              {everyone.AllowsGroup("read:groups", "x"), true},
		"unfiltered, service":            {everyone.AllowsService("access:services", "x"), true},
		"not held":                       {everyone.AllowsUser("tokens", "alice", classes), false},
		"zero set":                       {Set{}.AllowsUser("tokens", "alice", classes), false},
		"user by name":                   {narrow.AllowsUser("servers", "carol", nil), true},
		"user by group":                  {narrow.AllowsUser("servers", "bob", classes), true},
		"user by group, nobody knows":    {narrow.AllowsUser("servers", "bob", nil), false},
		"user outside":                   {narrow.AllowsUser("servers", "zoe", classes), false},
		"server by name":                 {narrow.AllowsServer("servers", "alice", "lab", nil), true},
		"other server":                   {narrow.AllowsServer("servers", "alice", "", nil), false},
		"other server, by group":         {narrow.AllowsServer("servers", "alice", "", classes), true},
		"server by user":                 {narrow.AllowsServer("servers", "carol", "x", nil), true},
		"group by name":                  {narrow.AllowsGroup("read:groups", "art"), true},
		"other group":                    {narrow.AllowsGroup("read:groups", "math"), false},
		"service by name":                {narrow.AllowsService("access:services", "cull"), true},
		"other service":                  {narrow.AllowsService("access:services", "x"), false},
		"a server is not its user":       {servers.AllowsUser("servers", "alice", classes), false},
		"a server is not its user, name": {servers.HasAny("read:users:name"), false},
		"nor its user's activity":        {servers.HasAny("read:users:activity"), false},
		"a filter is not everything":     {narrow.Has("servers"), false},
		"a filter is something":          {narrow.HasAny("servers"), true},
		"everything is asked for":        {narrow.Allows("servers", Filter{}, classes), false},
		"a user called like a group":     {held("servers!group=zoe").AllowsUser("servers", "zoe", classes), false},
		"a slash in a user's name":       {held("servers!user=a").AllowsUser("servers", "a/b", nil), false},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v", name, c.got)
		}
	}
}

func TestGroupsAreLookedUpOnlyWhenNeeded(t *testing.T) {
	never := Groups(func(user string) []string { t.Errorf("looked up %s", user); return nil })
	held("servers!user=bob").AllowsUser("servers", "alice", never)
	held("servers!user=bob", "servers!group=math").AllowsServer("servers", "bob", "lab", never)
	Intersect(held("servers!user=bob"), held("servers!user=alice"), never)
	Intersect(held("servers!group=math"), held("servers"), never)
}

func TestFilters(t *testing.T) {
	set := held("servers!user=bob", "servers!server=a/b", "servers!user=alice", "servers!group=g", "servers!user=bob", "list:users")
	want := []Filter{Group("g"), Server("a", "b"), User("alice"), User("bob")}
	got := set.Filters("servers")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got[0] = User("mallory")
	if set.AllowsUser("servers", "mallory", nil) || set.Filters("servers")[0] != want[0] {
		t.Error("the set can be changed from outside")
	}
	if f := set.Filters("list:users"); len(f) != 0 {
		t.Error(f)
	}
}

// The expected sets are what JupyterHub 6.1.1 computes from the same arguments.
func TestIntersect(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"servers!user=alice servers!server=alice/lab", "servers!user=alice", "servers!server=alice/lab servers!user=alice"},
		{"servers!user=alice", "servers!server=alice/lab servers!server=bob/", "servers!server=alice/lab"},
		{"servers", "servers!server=alice/lab users", "servers!server=alice/lab"},
		{"servers!user=alice", "servers!user=bob", ""},
		{"servers", "servers", "servers"},
		{"servers!group=math", "servers!user=alice servers!user=carol", "servers!user=alice"},
		{"servers!group=art", "servers!server=alice/lab servers!server=bob/", "servers!server=alice/lab"},
		{"servers!group=art", "servers!group=math", ""},
		{"servers!group=art servers!group=math", "servers!group=math", "servers!group=math"},
		{"access:services!service=a access:services!service=b", "access:services!service=b", "access:services!service=b"},
		{"read:users", "tokens", ""},
	} {
		a, b := leaves(c.a), leaves(c.b)
		if diff := cmp.Diff(strings.Fields(c.want), Intersect(a, b, classes).Strings()); diff != "" {
			t.Errorf("%s and %s: %s", c.a, c.b, diff)
		}
	}
}

// leaves is a set of exactly these scopes, without what they include.
func leaves(list string) Set {
	b := builder{}
	for s := range strings.FieldsSeq(list) {
		base, f, err := anyCustom.Parse(s)
		if err != nil {
			panic(err)
		}
		b.add(base, f)
	}
	return b.set()
}

func TestUnionAbsorbs(t *testing.T) {
	got := Union(leaves("servers!user=a tokens!user=b"), Set{}, leaves("servers"), leaves("servers!user=c tokens!user=a")).Strings()
	if diff := cmp.Diff([]string{"servers", "tokens!user=a", "tokens!user=b"}, got); diff != "" {
		t.Error(diff)
	}
	if !Union().Empty() {
		t.Error("the union of nothing is something")
	}
}

func TestContains(t *testing.T) {
	owner := held("self", "servers!group=math")
	for _, c := range []struct{ want, missing string }{
		{"servers!server=alice/lab", ""},
		{"servers!server=bob/", ""},
		{"read:users!user tokens", "read:tokens tokens"},
		{"servers!user=carol", "delete:servers!user=carol read:servers!user=carol read:users:name!user=carol servers!user=carol start:servers!user=carol"},
		{"read:users:name", "read:users:name"},
		{"inherit", "inherit"},
		{"", ""},
	} {
		want := held(strings.Fields(c.want)...)
		missing := owner.Missing(want, classes)
		if !slices.Equal(missing, strings.Fields(c.missing)) || owner.Contains(want, classes) != (c.missing == "") {
			t.Errorf("%s: missing %q", c.want, missing)
		}
	}
}
