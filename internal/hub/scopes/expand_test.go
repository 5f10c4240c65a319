package scopes

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const selfOfAlice = "access:servers!user=alice delete:servers!user=alice read:servers!user=alice read:shares!user=alice" +
	" read:tokens!user=alice read:users!user=alice read:users:activity!user=alice read:users:groups!user=alice" +
	" read:users:name!user=alice read:users:shares!user=alice servers!user=alice start:servers!user=alice" +
	" tokens!user=alice users:activity!user=alice users:shares!user=alice"

// The expected sets are what JupyterHub 6.1.1 computes from the same arguments,
// except where a comment says otherwise.
func TestExpand(t *testing.T) {
	alice, cull := Owner{KindUser, "alice"}, Owner{KindService, "cull"}
	lab := Client{Server: "alice/lab"}
	for name, c := range map[string]struct {
		list    []string
		owner   Owner
		client  Client
		want    string
		dropped int
	}{
		"nothing":                    {nil, alice, lab, "", 0},
		"self":                       {[]string{"self"}, alice, lab, selfOfAlice, 0},
		"self of a service":          {[]string{"self"}, cull, lab, "", 1},
		"self of a group":            {[]string{"self"}, Owner{KindGroup, "math"}, lab, "", 1},
		"server":                     {DefaultRoles()[RoleServer].Scopes, alice, lab, "access:servers!server=alice/lab read:users:activity!user=alice users:activity!user=alice", 0},
		"default server":             {DefaultRoles()[RoleServer].Scopes, alice, Client{Server: "alice/"}, "access:servers!server=alice/ read:users:activity!user=alice users:activity!user=alice", 0},
		"server without a client":    {DefaultRoles()[RoleServer].Scopes, alice, Client{}, "read:users:activity!user=alice users:activity!user=alice", 1},
		"token":                      {DefaultRoles()[RoleToken].Scopes, alice, lab, "inherit", 0},
		"no scope":                   {[]string{"(no_scope)"}, alice, lab, "(no_scope)", 0},
		"service's own":              {[]string{"access:services!service", "read:users!user"}, cull, Client{}, "access:services!service=cull", 1},
		"client's service goes over": {[]string{"access:services!service"}, cull, Client{Service: "grader"}, "access:services!service=grader", 0},
		"user with a service's client": {[]string{"access:services!service", "list:users!user"}, alice, Client{Service: "grader"},
			"access:services!service=grader list:users!user=alice read:users:name!user=alice", 0},
		"servers tell nothing of users": {[]string{"servers!server=alice/lab", "read:users!server=alice/lab", "admin:servers!server", "read:users:shares!server"}, alice, lab,
			"admin:server_state!server=alice/lab admin:servers!server=alice/lab delete:servers!server=alice/lab read:servers!server=alice/lab servers!server=alice/lab start:servers!server=alice/lab", 0},
		"group": {[]string{"servers!group=math"}, alice, lab,
			"delete:servers!group=math read:servers!group=math read:users:name!group=math servers!group=math start:servers!group=math", 0},
		"the unfiltered absorbs": {[]string{"read:users!user=bob", "users", "delete:servers!user=alice", "delete:servers!server=alice/lab"}, alice, lab,
			"delete:servers!server=alice/lab delete:servers!user=alice list:users read:users read:users:activity read:users:groups read:users:name users users:activity", 0},
		// JupyterHub keeps these, and they match nothing.
		"filtered metascopes": {[]string{"self!user", "self!user=bob", "inherit!user"}, alice, lab, "", 3},
		// JupyterHub fails on these as a whole.
		"what is not a scope": {[]string{"nope", "users!", "read:users!user=", "proxy"}, alice, lab, "proxy", 3},
	} {
		set, dropped := anyCustom.Expand(c.list, c.owner, c.client)
		if diff := cmp.Diff(strings.Fields(c.want), set.Strings()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(dropped) != c.dropped {
			t.Errorf("%s: dropped %q", name, dropped)
		}
	}
}

func TestAdminHoldsEverything(t *testing.T) {
	admin, dropped := anyCustom.Expand(DefaultRoles()[RoleAdmin].Scopes, Owner{KindUser, "root"}, Client{})
	if dropped != nil {
		t.Error(dropped)
	}
	for scope := range expansions() {
		if want := scope != "(no_scope)" && scope != Inherit; admin.Has(scope) != want {
			t.Errorf("%s: %v", scope, !want)
		}
	}
}

func TestDefaultRoles(t *testing.T) {
	want := map[string]string{
		"user":   "self",
		"admin":  "admin-ui admin:users admin:servers admin:services tokens admin:groups list:services read:services read:hub proxy shutdown access:services access:servers read:roles read:metrics shares read:audit announcements create:users admin:passwords admin:roles admin:quota",
		"server": "users:activity!user access:servers!server",
		"token":  "inherit",
	}
	roles := DefaultRoles()
	if len(roles) != len(want) {
		t.Errorf("%d roles", len(roles))
	}
	for name, scopes := range want {
		role := roles[name]
		if role.Name != name || role.Description == "" || strings.Join(role.Scopes, " ") != scopes {
			t.Errorf("%s: %+v", name, role)
		}
	}
}

func TestCheckRoleName(t *testing.T) {
	for name, ok := range map[string]bool{
		"abc": true, "a.b~c_d-1": true, "a" + strings.Repeat("b", 254): true,
		"": false, "ab": false, "1ab": false, "abc-": false, "Abc": false, "a b": false, "abc\n": false,
		"a" + strings.Repeat("b", 255): false,
	} {
		if err := CheckRoleName(name); (err == nil) != ok {
			t.Errorf("%.20q: %v", name, err)
		}
	}
}
