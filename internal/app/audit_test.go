package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/hub"
)

// The record of changes says who got or lost which role or group, by name.
func TestAuditSaysWhichGroupAndWhichRole(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.Rights = teachers(t) })
	admin := f.admin()
	admin.RequestID = "by hand"
	f.create("ann")
	declared := bootstrap.Declared{
		Roles:    []bootstrap.DeclaredRole{{Name: "teacher", Users: []string{"ann", "ben"}, Groups: []string{"staff"}, Services: []string{"grading"}}},
		Groups:   []bootstrap.DeclaredGroup{{Name: "staff", Users: []string{"cleo"}}},
		Services: []bootstrap.DeclaredService{{Service: hub.Service{Name: "grading"}}},
	}
	f.must(f.ApplyConfig(t.Context(), declared))
	declared.Roles[0].Users, declared.Roles[0].Groups = []string{"ben"}, nil
	f.must(f.ApplyConfig(t.Context(), declared))
	_, err := f.ChangeMembers(t.Context(), admin, "staff", []string{"ann"}, true, false)
	f.must(err)
	_, err = f.ChangeMembers(t.Context(), admin, "staff", []string{"cleo"}, false, false)
	f.must(err)
	f.must(f.DeleteUser(t.Context(), admin, "ann"))

	var got []string
	for _, e := range slices.Concat(f.audited(""), f.audited("by hand")) {
		if strings.HasPrefix(e.Action, "role.") || strings.HasSuffix(e.Action, "_member") || e.Action == "user.delete" {
			line := fmt.Sprintf("%s %s %s %s%s", e.Action, e.TargetKind, e.TargetName, e.Before, e.After)
			if !slices.Contains(got, line) {
				got = append(got, line)
			}
		}
	}
	want := []string{
		`group.add_member user cleo {"group":"staff"}`,
		`role.grant user ann {"role":"teacher"}`,
		`role.grant user ben {"role":"teacher"}`,
		`role.grant group staff {"role":"teacher"}`,
		`role.grant service grading {"role":"teacher"}`,
		`role.revoke user ann {"role":"teacher"}`,
		`role.revoke group staff {"role":"teacher"}`,
		`group.add_member user ann {"group":"staff"}`,
		`group.remove_member user cleo {"group":"staff"}`,
		`user.delete user ann {"admin":false,"groups":["staff"],"name":"ann","roles":["user"],"suspended":false}`,
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the audit log (-want +got):\n%s", diff)
	}
}
