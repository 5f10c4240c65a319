package roster

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/atriumhub/atrium/client"
)

// stockHub is as much of a JupyterHub as making people takes.
type stockHub struct {
	mu     sync.Mutex
	people map[string][]string // groups by name
	lab    bool                // there is the group lab
	fixed  bool                // nobody may make groups
}

func (f *stockHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var body struct{ Users, Usernames []string }
	_ = json.NewDecoder(r.Body).Decode(&body)
	type user struct {
		Name   string   `json:"name"`
		Groups []string `json:"groups"`
	}
	path := strings.TrimPrefix(r.URL.Path, "/hub/api/")
	switch {
	case path == "":
		fmt.Fprint(w, `{"version":"5.2.1"}`)
	case path == "users" && r.Method == http.MethodGet:
		list := []user{}
		for name, groups := range f.people {
			list = append(list, user{name, groups})
		}
		_ = json.NewEncoder(w).Encode(list)
	case path == "users":
		made := []user{}
		for _, name := range body.Usernames {
			if _, exists := f.people[name]; !exists {
				f.people[name] = nil
				made = append(made, user{Name: name})
			}
		}
		if len(made) == 0 {
			w.WriteHeader(http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(made)
	case strings.HasPrefix(path, "users/"):
		w.WriteHeader(http.StatusConflict)
	case strings.HasSuffix(path, "/users"):
		group := strings.Split(path, "/")[1]
		if !f.lab {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		for _, name := range body.Users {
			f.people[name] = append(f.people[name], group)
		}
		fmt.Fprint(w, `{"name":"lab","users":[]}`)
	case f.fixed:
		w.WriteHeader(http.StatusForbidden)
	case f.lab:
		w.WriteHeader(http.StatusConflict)
	default:
		f.lab = true
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"name":"lab","users":[]}`)
	}
}

func (f *stockHub) start(t *testing.T) Hub {
	t.Helper()
	return Hub{Client: clientOf(t, f)}
}

// Who may put people into a group, and may make none, can do so.
func TestGroupsOfStockHubThatExist(t *testing.T) {
	f := &stockHub{people: map[string][]string{}, lab: true, fixed: true}
	rows := rowsNamed("new")
	rows[0].Groups = []string{"lab"}
	got := create(t, f.start(t), writeResults(t, resultsHeader), rows, CreateOptions{})
	if expect(t, "results", got, []string{"new,,false,created,"}); len(f.people["new"]) != 1 {
		t.Errorf("new is in %v", f.people["new"])
	}
}

// On a JupyterHub, people and their groups are calls of their own: what a run was cut
// off between is brought to its end by the next one.
func TestHalfMadeOnStockHub(t *testing.T) {
	f := &stockHub{people: map[string][]string{"half": nil, "whole": {"lab"}, "stranger": nil}}
	path := writeResults(t, resultsHeader+"half,,false,pending K,\nwhole,,false,pending K,\nnew,,false,pending K,\n")
	rows := rowsNamed("half", "whole", "new", "stranger")
	for i := range rows {
		rows[i].Groups = []string{"lab"}
	}
	got := create(t, f.start(t), path, rows, CreateOptions{})
	expect(t, "results", got, []string{"half,,false,changed,", "whole,,false,unchanged,", "new,,false,created,", "stranger,,false,exists,"})
	for name, groups := range map[string]int{"half": 1, "whole": 1, "new": 1, "stranger": 0} {
		if len(f.people[name]) != groups {
			t.Errorf("%s is in %v", name, f.people[name])
		}
	}
}

// A group whose properties are refused is told as one that was made without them: a
// further run would leave it as it is.
func TestGroupWithoutItsProperties(t *testing.T) {
	c := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPost:
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"name":"lab","users":[]}`)
		case http.MethodPut:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"status":403,"message":"no properties"}`)
		default:
			fmt.Fprint(w, `{"version":"5.4.0"}`)
		}
	}))
	j := PlanGroups(Hub{Client: c}, []GroupRow{{Name: "lab", Properties: map[string]any{"room": "1"}}}, false, Pace{})
	var told seen
	if err := j.Run(t.Context(), &told); err != nil {
		t.Fatal(err)
	}
	if x := j.Items[0]; x.Status != client.StatusFailed || !strings.Contains(x.Message, "the group was made") || !strings.Contains(x.Message, "no properties") {
		t.Errorf("it is %s: %s", x.Status, x.Message)
	}
}

// Of somebody who is not known to have a password it is warned once.
func TestAdminIsWarnedOfOnce(t *testing.T) {
	c := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPost:
			fmt.Fprint(w, `{"results":[{"username":"a","status":"changed","warnings":["a has not set a password yet"]}]}`)
		case http.MethodPatch:
			fmt.Fprint(w, `{"name":"a","admin":true,"password":"unset"}`)
		default:
			fmt.Fprint(w, `{"version":"6.1.1","atrium":"test"}`)
		}
	}))
	j, err := PlanAdmin(t.Context(), Hub{Client: c, Atrium: true}, rowsNamed("a"), true, Pace{})
	if err != nil {
		t.Fatal(err)
	}
	var told seen
	if err := j.Run(t.Context(), &told); err != nil {
		t.Fatal(err)
	}
	if x := j.Items[0]; len(x.Warnings) != 1 || x.Status != client.StatusChanged {
		t.Errorf("%s, warned of %q", x.Status, x.Warnings)
	}
}
