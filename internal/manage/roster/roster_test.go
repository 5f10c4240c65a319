package roster

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/atriumhub/atrium/client"
)

// rosterHub is a JupyterHub with one group, cs101, and what bringing it to a list takes.
type rosterHub struct {
	mu      sync.Mutex
	exists  bool            // the group does
	people  map[string]bool // whether they are administrators
	members []string
	refuse  string // whose membership may not be changed
}

func (f *rosterHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var body struct{ Users, Usernames []string }
	_ = json.NewDecoder(r.Body).Decode(&body)
	answer := func(status int, v any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	group := func() any { return map[string]any{"name": "cs101", "users": f.members} }
	switch path := strings.TrimPrefix(r.URL.Path, "/hub/api/"); {
	case path == "":
		fmt.Fprint(w, `{"version":"6.1.1"}`)
	case path == "users" && r.Method == http.MethodGet:
		var list []any
		for name, admin := range f.people {
			list = append(list, map[string]any{"name": name, "admin": admin, "groups": []string{"cs101"}})
		}
		answer(http.StatusOK, list)
	case path == "users":
		var made []any
		for _, name := range body.Usernames {
			f.people[name] = false
			made = append(made, map[string]any{"name": name})
		}
		answer(http.StatusCreated, made)
	case strings.HasPrefix(path, "users/"):
		delete(f.people, strings.TrimPrefix(path, "users/"))
		f.members = slices.DeleteFunc(f.members, func(name string) bool { return name == strings.TrimPrefix(path, "users/") })
		w.WriteHeader(http.StatusNoContent)
	case path == "groups/cs101" && r.Method == http.MethodPost:
		f.exists = true
		answer(http.StatusCreated, group())
	case !f.exists:
		answer(http.StatusNotFound, map[string]any{"status": 404, "message": "no such group"})
	case path == "groups/cs101":
		answer(http.StatusOK, group())
	case slices.Contains(body.Users, f.refuse):
		answer(http.StatusBadRequest, map[string]any{"status": 400, "message": "not this one"})
	case r.Method == http.MethodPost:
		f.members = append(f.members, body.Users...)
		answer(http.StatusOK, group())
	default:
		f.members = slices.DeleteFunc(f.members, func(name string) bool { return slices.Contains(body.Users, name) })
		answer(http.StatusOK, group())
	}
}

// carryOut does all of a plan, and gives what is told.
func carryOut(t *testing.T, h Hub, rows []Row, o Options) (*Roster, []string) {
	t.Helper()
	o.Group = "cs101"
	r, err := PlanRoster(t.Context(), h, rows, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.MakeGroup(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	var told seen
	for _, j := range r.Jobs() {
		if err := j.Run(t.Context(), &told); err != nil {
			t.Fatal(err)
		}
	}
	return r, told
}

// Who is in the group and not in the list leaves it, and nobody else is touched.
func TestExactListBringsTheGroupToIt(t *testing.T) {
	f := &rosterHub{exists: true, people: map[string]bool{"ann": false, "ben": false, "zoe": false, "Old": false}, members: []string{"zoe", "ben", "Old", "gone"}}
	h := Hub{Client: clientOf(t, f)}
	rows := rowsNamed("ann", "ben", "cleo", "old")
	rows = append(rows[:3:3], Row{Line: 9, Name: "old"})
	f.people["old"] = false
	_, told := carryOut(t, h, rows, Options{Exact: true})
	expect(t, "told", told, []string{"ann exists", "ben exists", "cleo created", "old exists", "ann added", "old added", "gone removed", "zoe removed"})
	slices.Sort(f.members)
	expect(t, "members", f.members, []string{"Old", "ann", "ben", "cleo", "old"})
	if _, there := f.people["zoe"]; !there {
		t.Error("zoe lost her account")
	}
}

// A group that does not exist is made; without Exact nobody leaves one that does.
func TestListIsPutIntoAGroup(t *testing.T) {
	f := &rosterHub{people: map[string]bool{"ann": false}}
	h := Hub{Client: clientOf(t, f)}
	r, told := carryOut(t, h, rowsNamed("ann", "ben"), Options{})
	expect(t, "told", told, []string{"ann exists", "ben created", "ann added"})
	if !r.New || !f.exists || len(f.members) != 2 {
		t.Errorf("new %t, members %q", r.New, f.members)
	}
	_, told = carryOut(t, h, rowsNamed("cleo"), Options{})
	expect(t, "told", told, []string{"cleo created"})
	expect(t, "members", f.members, []string{"ben", "ann", "cleo"})
}

// With Delete, administrators and whoever runs it leave the group alone.
func TestAdministratorsAreNotDeletedByAList(t *testing.T) {
	f := &rosterHub{exists: true, people: map[string]bool{"ann": false, "boss": true, "me": false, "zoe": false}, members: []string{"ann", "boss", "me", "zoe"}}
	r, told := carryOut(t, Hub{Client: clientOf(t, f)}, rowsNamed("ann"), Options{Exact: true, Delete: true, Me: "me"})
	expect(t, "told", told, []string{"ann exists", "boss removed", "me removed", "zoe deleted"})
	expect(t, "spared", r.Spared, []string{"boss", "me"})
	expect(t, "members", f.members, []string{"ann"})
	if len(f.people) != 3 {
		t.Errorf("there are %v", f.people)
	}
}

// From a list that is not sound nobody can be told to be missing.
func TestNobodyLeavesForABadRow(t *testing.T) {
	for name, spoil := range map[string]func(*Row){
		"a bad row":   func(r *Row) { r.Bad = "cell A2 is a formula"; r.Name = "" },
		"an odd name": func(r *Row) { r.Name = "an\u200bn"; r.Odd.Name = "is odd" },
	} {
		f := &rosterHub{exists: true, people: map[string]bool{"ann": false, "zoe": false}, members: []string{"ann", "zoe"}}
		rows := rowsNamed("ann", "ben")
		spoil(&rows[0])
		r, _ := carryOut(t, Hub{Client: clientOf(t, f)}, rows, Options{Exact: true})
		if removed, deleted := r.Leaving(); r.Unsound != 1 || len(removed)+len(deleted) > 0 {
			t.Errorf("%s: %d unsound, %q leave", name, r.Unsound, removed)
		}
		expect(t, name, f.members, []string{"ann", "zoe", "ben"})
	}
	if _, err := PlanRoster(t.Context(), Hub{Client: clientOf(t, &rosterHub{})}, nil, Options{Group: "cs101", Exact: true}); !errors.Is(err, ErrNobody) {
		t.Errorf("a list of nobody: %v", err)
	}
}

// One whose membership the hub refuses does not hold up the others.
func TestRefusedMemberFailsAlone(t *testing.T) {
	f := &rosterHub{exists: true, people: map[string]bool{"ann": false, "ben": false, "cleo": false}, refuse: "ben"}
	r, told := carryOut(t, Hub{Client: clientOf(t, f)}, rowsNamed("ann", "ben", "cleo"), Options{})
	expect(t, "told", told, []string{"ann exists", "ben exists", "cleo exists", "ann added", "ben failed", "cleo added"})
	all := Together(r.Jobs()...)
	if got := all.Counts(); got[StatusAdded] != 2 || got[client.StatusFailed] != 1 || got[client.StatusExists] != 3 {
		t.Errorf("counts are %v", got)
	}
	r.Add.GiveUp() // of a job that is over, nothing is left
	if got := Together(r.Jobs()...).Counts()[StatusUnsent]; got != 0 {
		t.Errorf("%d are not done", got)
	}
}
