package e2e_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// Servers of a trivial command asked for at once: all ready, in order of asking, none
// twice. Where several start at a time, neighbours may overtake each other.
func TestManyServersAtOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ servers, atOnce, overtaking int }{{50, 10, 20}, {12, 1, 0}} {
		t.Run(fmt.Sprintf("%d servers, %d at a time", test.servers, test.atOnce), func(t *testing.T) {
			manyServers(t, test.servers, test.atOnce, test.overtaking)
		})
	}
}

func manyServers(t *testing.T, servers, atOnce, overtaking int) {
	h := startHub(t, options{Config: fmt.Sprintf(
		"spawner:\n  slow_start_wait: 0s\n  concurrent_starts: %d\n  local:\n    command: [%q]\n", atOnce, programs.Notebook)})
	admin := h.Admin()
	names := make([]string, servers)
	for i := range names {
		names[i] = fmt.Sprintf("student%02d", i)
	}
	// Not in the order of their numbers: the order of asking must count.
	slices.Reverse(names)
	admin.Do(http.MethodPost, "/hub/api/users", map[string]any{"usernames": names}, http.StatusCreated)
	for _, name := range names {
		admin.Do(http.MethodPost, "/hub/api/users/"+name+"/server", nil, http.StatusAccepted, http.StatusCreated)
	}
	type user struct {
		Name    string
		Servers map[string]server
	}
	var ready []user
	eventually(t, "all are ready", 2*startPatience, func() bool {
		var page []user
		admin.Get("/hub/api/users?state=ready&limit=200", &page)
		ready = page
		return len(page) >= servers
	})
	started := map[string]time.Time{}
	for _, u := range ready {
		if s := u.Servers[""].Started; s != nil {
			started[u.Name] = *s
		}
	}
	order := slices.Clone(names)
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(started[a].UnixMicro(), started[b].UnixMicro()) })
	for i, name := range order {
		if started[name].IsZero() {
			t.Errorf("%s has no time of start", name)
		}
		if asked := slices.Index(names, name); max(i-asked, asked-i) > overtaking {
			t.Errorf("%s asked as number %d and was started as number %d", name, asked+1, i+1)
		}
	}
	for _, name := range names {
		if pids := h.Notebooks(name); len(pids) != 1 {
			t.Errorf("%s has %d servers: %v", name, len(pids), pids)
		}
	}
}
