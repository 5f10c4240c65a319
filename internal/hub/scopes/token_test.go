package scopes

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIdentityAndAccess(t *testing.T) {
	for name, c := range map[string]struct {
		got  Set
		want string
	}{
		"user":       {Identity(Owner{KindUser, "alice"}), "read:users:groups!user=alice read:users:name!user=alice"},
		"service":    {Identity(Owner{KindService, "cull"}), "read:services:name!service=cull"},
		"group":      {Identity(Owner{KindGroup, "math"}), ""},
		"nobody":     {Identity(Owner{}), ""},
		"no name":    {Identity(Owner{Kind: KindUser}), ""},
		"server":     {Access(Client{Server: "alice/"}), "access:servers!server=alice/"},
		"grader":     {Access(Client{Service: "grader"}), "access:services!service=grader"},
		"no clients": {Access(Client{}), ""},
	} {
		if diff := cmp.Diff(strings.Fields(c.want), c.got.Strings()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestEffective(t *testing.T) {
	alice := Owner{KindUser, "alice"}
	me := "read:users:groups!user=alice read:users:name!user=alice"
	for name, c := range map[string]struct {
		token   string
		client  Client
		held    Set
		want    string
		dropped int
	}{
		"inherit":                {"inherit", Client{}, held("self"), selfOfAlice, 0},
		"inherit and more":       {"inherit users", Client{}, held("list:users"), "list:users read:users:name", 0},
		"nothing":                {"", Client{}, held("self"), me, 0},
		"nothing, owner lost it": {"", Client{}, Set{}, "", 2},
		"less than the owner":    {"read:tokens!user", Client{}, held("self"), me + " read:tokens!user=alice", 0},
		"more than the owner":    {"read:hub proxy", Client{}, held("self"), me, 2},
		"unfiltered is cut":      {"read:tokens", Client{}, held("self"), me + " read:tokens!user=alice", 1},
		"by group":               {"delete:servers!user=bob", Client{}, held("self", "servers!group=math"), me + " delete:servers!user=bob", 0},
		"from a server":          {"", Client{Server: "alice/lab"}, held("self"), me + " access:servers!server=alice/lab", 0},
		"from another's server":  {"", Client{Server: "bob/"}, held("self"), me, 1},
		"from a service":         {"", Client{Service: "grader"}, held("self", "access:services"), me + " access:services!service=grader", 0},
		"unresolved":             {"access:servers!server", Client{}, held("self"), me, 1},
		"filtered inherit":       {"inherit!user=alice", Client{}, held("self"), me, 1},
	} {
		set, dropped := anyCustom.Effective(strings.Fields(c.token), alice, c.client, c.held, classes)
		want := leaves(c.want).Strings()
		if diff := cmp.Diff(want, set.Strings()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(dropped) != c.dropped {
			t.Errorf("%s: dropped %q", name, dropped)
		}
	}
}

func TestResolve(t *testing.T) {
	alice, lab := Owner{KindUser, "alice"}, Client{Server: "alice/lab"}
	for name, c := range map[string]struct{ requested, have, allowed, refused string }{
		"word for word":      {"users!user self", "self users!user proxy", "self users!user", ""},
		"covered":            {"read:tokens!user=alice", "tokens!user", "read:tokens!user=alice", ""},
		"server of the user": {"access:servers!server", "access:servers!user", "access:servers!server", ""},
		"user of the group":  {"access:servers!user", "access:servers!group=math", "access:servers!user", ""},
		"not held":           {"proxy tokens!user", "tokens!user", "tokens!user", "proxy"},
		"in part":            {"read:tokens", "self", "read:tokens!user=alice", "read:tokens"},
		"inherit":            {"inherit", "inherit self", "inherit", ""},
		"inherit not held":   {"inherit", "self", "", "inherit"},
		"unknown":            {"nope proxy!x", "proxy nope", "", "nope proxy!x"},
		"twice":              {"proxy proxy", "proxy", "proxy", ""},
	} {
		allowed, refused := anyCustom.Resolve(strings.Fields(c.requested), strings.Fields(c.have), alice, lab, classes)
		if strings.Join(allowed, " ") != c.allowed || strings.Join(refused, " ") != c.refused {
			t.Errorf("%s: allowed %q, refused %q", name, allowed, refused)
		}
	}
}
