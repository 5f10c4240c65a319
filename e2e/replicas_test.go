package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
	"github.com/atriumhub/atrium/internal/testkit/tcptest"
)

// twoHubs are two hubs on one PostgreSQL, which the second reaches over the proxy; neither
// runs yet. Each has homes of its own.
func twoHubs(t *testing.T, config string) (first, second *hub, way *tcptest.Proxy) {
	t.Helper()
	database := newDatabase(t)
	way, through := tcptest.ForURL(t, database)
	first = newHub(t, options{Config: config + "database: " + database + "\n"})
	second = newHub(t, options{
		Config: config + "database: " + through + "\n", Env: []string{"ATRIUM_SPAWNER_LOCAL_UID_REGISTRY=" + first.registry()},
	})
	return first, second, way
}

// notebooks counts the notebook servers that run at the hubs, by person.
func notebooks(hubs ...*hub) map[string]int {
	n := map[string]int{}
	for _, h := range hubs {
		for _, p := range h.Processes() {
			if strings.HasPrefix(p.program, programs.Notebook) {
				n[p.user]++
			}
		}
	}
	return n
}

// clients ask hubs for things until each was acknowledged by one of them.
type clients struct {
	t    *testing.T
	hubs []*api
	wg   sync.WaitGroup
}

// post sends until a hub says that it is done, beginning with the one that is named.
func (c *clients) post(at int, path string) {
	deadline := time.Now().Add(4 * startPatience)
	for ; time.Now().Before(deadline); at++ {
		got, err := c.hubs[at%len(c.hubs)].Try(http.MethodPost, path, nil)
		switch {
		case err != nil: // killed, or not back yet: whether it was done, nobody knows
		case got.Status < 300:
			return
		case got.Status == http.StatusConflict, got.Status == http.StatusBadRequest: // it was
			return
		case got.Status < 500:
			c.t.Errorf("%s: %d: %s", path, got.Status, shorten(got.Body))
			return
		}
		time.Sleep(poll)
	}
	c.t.Errorf("%s: nobody does it", path)
}

// each calls fn for the numbers up to n, eight at a time.
func (c *clients) each(n int, fn func(i int)) {
	next := make(chan int)
	for range 8 {
		c.wg.Go(func() {
			for i := range next {
				fn(i)
			}
		})
	}
	c.wg.Go(func() {
		defer close(next)
		for i := range n {
			next <- i
		}
	})
}

// One of two hubs is killed in the middle of 200 starts and started again: each server runs
// once, and whatever a hub had said was done is there.
func TestAHubOfTwoIsKilledAmongStarts(t *testing.T) {
	t.Parallel()
	const servers, people = 200, 60
	first, second, _ := twoHubs(t, fmt.Sprintf("spawner:\n  slow_start_wait: 0s\n  local:\n    command: [%q]\n", programs.Notebook))
	first.Start()
	second.Start()
	names := make([]string, servers)
	for i := range names {
		names[i] = fmt.Sprintf("student%03d", i)
	}
	admin := second.Admin()
	admin.Do(http.MethodPost, "/hub/api/users", map[string]any{"usernames": names}, http.StatusCreated)
	c := &clients{t: t, hubs: []*api{first.Admin(), admin}}
	c.each(servers, func(i int) { c.post(i, "/hub/api/users/"+names[i]+"/server") })
	c.each(people, func(i int) { c.post(i, fmt.Sprintf("/hub/api/users/teacher%02d", i)) })

	ready := func() int {
		var page []struct{}
		admin.Get("/hub/api/users?state=ready&limit=500", &page)
		return len(page)
	}
	eventually(t, "some are ready", 2*startPatience, func() bool { return ready() >= servers/4 })
	first.Kill()
	if n := ready(); n >= servers {
		t.Fatalf("%d were ready before the hub was killed", n)
	}
	first.Start()
	c.wg.Wait()
	eventually(t, "all are ready", 4*startPatience, func() bool { return ready() >= servers })

	want := map[string]int{}
	for _, name := range names {
		want[name] = 1
	}
	got := notebooks(first, second)
	if !maps.Equal(got, want) {
		for _, name := range names {
			if got[name] != 1 {
				t.Errorf("%s has %d servers", name, got[name])
			}
		}
	}
	if a, b := len(notebooks(first)), len(notebooks(second)); a == 0 || b == 0 {
		t.Errorf("%d servers run at the first hub and %d at the second: one of them did nothing", a, b)
	}
	for _, h := range []*hub{first, second} {
		for i := range people {
			h.Admin().Do(http.MethodGet, fmt.Sprintf("/hub/api/users/teacher%02d", i), nil, http.StatusOK)
		}
	}
}

// What is taken away at one hub is gone at the other: a token, and the rights of a group.
func TestTwoHubsAgreeOnRights(t *testing.T) {
	t.Parallel()
	first, second, _ := twoHubs(t, trivialConfig())
	first.Start()
	second.Start()
	here := first.Admin()
	ann := here.NewUser("ann")
	here.Do(http.MethodPost, "/hub/api/groups/graders", nil, http.StatusCreated)
	here.Do(http.MethodPost, "/hub/api/roles/teacher/users", map[string]any{"user": "ann", "group": "graders"}, http.StatusNoContent)
	there := second.As(ann.token)
	eventually(t, "ann may list people at the other hub", startPatience, func() bool {
		got, err := there.Try(http.MethodGet, "/hub/api/users", nil)
		return err == nil && got.Status == http.StatusOK
	})
	here.Do(http.MethodDelete, "/hub/api/groups/graders", nil, http.StatusNoContent)
	eventually(t, "she may no more", startPatience, func() bool {
		got, err := there.Try(http.MethodGet, "/hub/api/users", nil)
		return err == nil && got.Status == http.StatusForbidden
	})
	there.Do(http.MethodGet, "/hub/api/user", nil, http.StatusOK)

	var list struct {
		Tokens []struct{ ID string } `json:"api_tokens"`
	}
	here.Get("/hub/api/users/ann/tokens", &list)
	if len(list.Tokens) != 1 {
		t.Fatalf("ann has %d tokens", len(list.Tokens))
	}
	here.Do(http.MethodDelete, "/hub/api/users/ann/tokens/"+list.Tokens[0].ID, nil, http.StatusNoContent)
	eventually(t, "her token is no good at the other hub", startPatience, func() bool {
		got, err := there.Try(http.MethodGet, "/hub/api/user", nil)
		return err == nil && got.Status == http.StatusForbidden
	})
}

// The connections of one of two hubs to the database fall silent for a minute, twice as long as
// any answer is waited for. It leaves its servers alone, says so, and goes on afterwards; the other
// notices nothing. Nobody loses a server.
func TestOneOfTwoHubsLosesSightOfTheDatabase(t *testing.T) {
	t.Parallel()
	first, second, way := twoHubs(t, trivialConfig())
	first.Start()
	second.Start()
	for i, h := range []*hub{first, second} {
		name := fmt.Sprintf("before%d", i)
		h.Admin().NewUser(name)
		h.Admin().StartServer(name)
	}
	pids := func() (list []int) {
		for _, h := range []*hub{first, second} {
			for _, p := range h.Processes() {
				list = append(list, p.pid)
			}
		}
		slices.Sort(list)
		return list
	}
	before := pids()

	speak := way.Silence()
	eventually(t, "it says that it does nothing for its servers", startPatience, func() bool {
		return strings.Contains(second.Output.String(), "lease on its servers has run out")
	})
	first.Admin().NewUser("meanwhile")
	first.Admin().StartServer("meanwhile")
	if got, err := second.As("").Try(http.MethodGet, "/hub/health", nil); err != nil || got.Status != http.StatusOK {
		t.Errorf("it does not live any more: %d, %v", got.Status, err)
	}
	time.Sleep(time.Minute)
	speak()
	eventually(t, "it has its lease again", startPatience, func() bool {
		return strings.Contains(second.Output.String(), "has its lease on servers again")
	})
	for i, h := range []*hub{first, second} {
		name := fmt.Sprintf("after%d", i)
		eventually(t, "the hub works", 2*startPatience, func() bool {
			got, err := h.Admin().Try(http.MethodPost, "/hub/api/users/"+name, nil)
			return err == nil && (got.Status == http.StatusCreated || got.Status == http.StatusConflict)
		})
		h.Admin().StartServer(name)
		for k := range 2 {
			if s := h.Admin().Server(fmt.Sprintf("before%d", k)); !s.Ready {
				t.Errorf("at hub %d the server of before%d is %s", i, k, s.Phase)
			}
		}
	}
	after := pids()
	for _, pid := range before {
		if !slices.Contains(after, pid) {
			t.Errorf("the server with the process %d was lost", pid)
		}
	}
	if len(after) != len(before)+3 {
		t.Errorf("processes before %v, after %v, with three servers more", before, after)
	}
}

// Each hub runs a process of a service, with the same token: the one that starts last leaves
// the other's alone, and so does a restart.
func TestTwoHubsShareTheTokensOfServices(t *testing.T) {
	t.Parallel()
	needRoot(t)
	dir := hubtest.Folder(t)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	first, second, _ := twoHubs(t, trivialConfig()+fmt.Sprintf(`
services:
  - name: looker
    user: nobody
    command: ["/bin/sh", "-c", "umask 0; echo $JUPYTERHUB_API_TOKEN > $(mktemp %s/XXXXXX); exec sleep 1000"]
roles:
  - name: looking
    scopes: ["list:users"]
    services: [looker]
`, dir))
	tokens := func(n int) (list []string) {
		eventually(t, fmt.Sprintf("%d processes of the service have run", n), startPatience, func() bool {
			list = nil
			files, err := filepath.Glob(filepath.Join(dir, "*"))
			for _, file := range files {
				text, _ := os.ReadFile(file)
				if token := strings.TrimSpace(string(text)); token != "" {
					list = append(list, token)
				}
			}
			return err == nil && len(list) >= n
		})
		return list
	}
	works := func(list []string) {
		t.Helper()
		for _, token := range list {
			for _, h := range []*hub{first, second} {
				if got, err := h.As(token).Try(http.MethodGet, "/hub/api/users", nil); err != nil || got.Status != http.StatusOK {
					t.Errorf("%s: the token of the service, %s, is good for: %d, %s, %v", h.URL, token, got.Status, shorten(got.Body), err)
				}
			}
		}
	}
	first.Start()
	tokens(1)
	second.Start()
	works(tokens(2))
	first.Stop()
	first.Start()
	list := tokens(3)
	works(list)
	if slices.Sort(list); len(slices.Compact(list)) != 1 {
		t.Error("the service has several tokens")
	}
}

// A hub that is refused, since it works on a copy of a living one's data directory, has changed
// nothing for that one: neither what the configuration declares, nor where the homes are.
func TestAHubOnACopiedDataDirectoryChangesNothing(t *testing.T) {
	t.Parallel()
	database := "database: " + newDatabase(t) + "\n"
	living := newHub(t, options{Config: trivialConfig() + database +
		"roles:\n  - name: listing\n    scopes: [\"list:users\"]\n    users: [ann]\nservices:\n  - name: looker\n    url: http://127.0.0.1:1\n"})
	copied := newHub(t, options{Config: trivialConfig() + database, Env: []string{"ATRIUM_SPAWNER_LOCAL_UID_REGISTRY=" + living.registry()}})
	living.Start()
	admin := living.Admin()
	ann := admin.TokenOf("ann")
	state := func() (text string) {
		for _, path := range []string{"audit", "nodes", "services"} {
			text += string(admin.Do(http.MethodGet, "/hub/api/"+path, nil, http.StatusOK).Body) + "\n"
		}
		return text
	}
	before := state()

	id, err := os.ReadFile(filepath.Join(living.DataDir, "node-id"))
	if err == nil {
		err = os.Mkdir(copied.DataDir, 0o711)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(copied.DataDir, "node-id"), id, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	copied.Launch()
	select {
	case <-copied.exited:
	case <-time.After(startPatience):
		t.Fatalf("it runs beside the other one:\n%s", copied.Output)
	}
	if copied.err == nil || !strings.Contains(copied.Output.String(), "Another hub with the same node-id") {
		t.Errorf("it ended with %v:\n%s", copied.err, copied.Output)
	}
	ann.Do(http.MethodGet, "/hub/api/users", nil, http.StatusOK) // by the role
	if after := state(); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}
