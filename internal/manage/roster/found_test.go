package roster

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/client"
)

func TestFilters(t *testing.T) {
	by := client.PeopleFilter{Group: "lab", Name: "u", State: "inactive"}
	for name, plan := range map[string]func(Hub) (*Job, error){
		client.StatusDeleted: func(h Hub) (*Job, error) { return PlanDeleteFound(t.Context(), h, by, Pace{}) },
		client.StatusStarted: func(h Hub) (*Job, error) { return PlanStartFound(t.Context(), h, by, ServersOptions{}) },
		client.StatusStopped: func(h Hub) (*Job, error) { return PlanStopFound(t.Context(), h, by, ServersOptions{}) },
	} {
		for _, n := range []int{0, 3, 250} {
			t.Run(fmt.Sprint(name, n), func(t *testing.T) {
				f, h := newLongHub(t, numbered(n)...)
				j, err := plan(h)
				if err != nil || len(j.Items) != n || j.Planned() != n || j.Confirmed != n || f.requests != 0 {
					t.Fatalf("%+v, %v", j, err)
				}
				others := 1
				switch { // somebody goes, and another one comes
				case n > 0 && name == client.StatusDeleted:
					f.people, others = f.people[1:], 0
				case n > 0:
					f.people = append(f.people[1:], "newcomer")
				}
				var w watch
				if err := j.Run(t.Context(), &w); err != nil {
					t.Fatal(err)
				}
				if counts := j.Counts(); counts[name] != max(n-1+others, 0) || n > 0 && len(counts) != 2 || len(w.seen) != len(j.Items) || len(f.jobs) != n/250 {
					t.Errorf("%v, told of %d, %d jobs", counts, len(w.seen), len(f.jobs))
				}
				for _, got := range f.filters {
					if got != by {
						t.Errorf("the filter is %+v", got)
					}
				}
			})
		}
	}
}

// More than were confirmed are refused, and nothing is done.
func TestMoreThanWereConfirmed(t *testing.T) {
	f, h := newLongHub(t, "a", "b")
	j, err := PlanStopFound(t.Context(), h, client.PeopleFilter{Name: "x"}, ServersOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f.people = append(f.people, "c")
	err = j.Run(t.Context(), new(seen))
	stopped, is := errors.AsType[*StoppedError](err)
	if !is || stopped.Left != 2 || !client.IsConflict(err) {
		t.Errorf("%v", err)
	}
}

// As many as were confirmed may be others: then nobody is deleted.
func TestOthersThanWereConfirmed(t *testing.T) {
	f, h := newLongHub(t, "a", "b")
	j, err := PlanDeleteFound(t.Context(), h, client.PeopleFilter{Name: "x"}, Pace{})
	if err != nil {
		t.Fatal(err)
	}
	f.people = []string{"b", "c"}
	err = j.Run(t.Context(), new(seen))
	stopped, is := errors.AsType[*StoppedError](err)
	if !is || stopped.Left != 2 || !strings.Contains(err.Error(), "c was found now") {
		t.Errorf("%v", err)
	}
	if n := j.Counts()[client.StatusDeleted]; n != 0 {
		t.Errorf("%d were deleted", n)
	}
}

// A JupyterHub takes no filter: the people are looked up, and named.
func TestFiltersOnAJupyterHub(t *testing.T) {
	h := Hub{Client: clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hub/api/":
			fmt.Fprint(w, `{"version":"5.4.0"}`)
		case "/hub/api/users":
			fmt.Fprint(w, `[{"name":"ann_1","groups":["lab"],"servers":{"":{"ready":true},"gpu":{"pending":"spawn"}}},
				{"name":"annx1","groups":["lab"],"servers":{"":{"ready":true}}},{"name":"ann_2","groups":[],"servers":{"":{"ready":true}}}]`)
		default:
			t.Errorf("%s %s", r.Method, r.URL)
		}
	}))}
	by := client.PeopleFilter{Group: "lab", Name: "N_"}
	deleted, err := PlanDeleteFound(t.Context(), h, by, Pace{})
	if err != nil {
		t.Fatal(err)
	}
	stopped, err := PlanStopFound(t.Context(), h, by, ServersOptions{})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "deleted", namesOf(deleted.Items), []string{"ann_1"})
	var servers []string
	for _, x := range stopped.Items {
		servers = append(servers, x.FullName())
	}
	expect(t, "stopped", servers, []string{"ann_1", "ann_1/gpu"})
}
