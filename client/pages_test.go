package client

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// list is a hub's list of people, in the order of their making.
type list struct {
	mu    sync.Mutex
	names []string
	cap   int                  // items of a page, at most
	turn  func(n int, l *list) // before the nth page, to change it
	pages int
	over  int // that the total counts more than there are
}

func (l *list) handle(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pages++
	if l.turn != nil {
		l.turn(l.pages, l)
	}
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	limit = min(limit, l.cap)
	var items []string
	for _, name := range l.names[min(offset, len(l.names)):min(offset+limit, len(l.names))] {
		items = append(items, fmt.Sprintf(`{"name":%q}`, name))
	}
	next, total := "null", len(l.names)+l.over
	if offset+limit < total {
		next = fmt.Sprintf(`{"offset":%d,"limit":%d,"url":"http://elsewhere.invalid/"}`, offset+limit, limit)
	}
	fmt.Fprintf(w, `{"items":[%s],"_pagination":{"offset":%d,"limit":%d,"total":%d,"next":%s}}`, strings.Join(items, ","), offset, limit, total, next)
}

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("user%03d", i)
	}
	return names
}

func everybody(t interface{ Fatal(...any) }, hub *Client, ask UserQuery, test *testing.T) []string {
	var names []string
	for u, err := range hub.Users(test.Context(), ask) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, u.Name)
	}
	return names
}

func TestUsersComeInPagesOfAnySize(t *testing.T) {
	for _, c := range []struct{ people, cap, over int }{
		{0, 50, 0}, {1, 50, 0}, {49, 50, 0}, {50, 50, 0}, {51, 50, 0}, {99, 50, 0}, {100, 50, 0}, {101, 50, 0},
		{20, 1, 0}, {20, 2, 0}, {20, 3, 0}, {500, 7, 0}, {20, 5, 30}, {0, 5, 30}, {3, 5, 2},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			l := &list{names: numbered(c.people), cap: c.cap, over: c.over}
			f := newFake(t, false, l.handle)
			hub, _ := f.client(t)
			if got := everybody(t, hub, UserQuery{}, t); !slices.Equal(got, l.names) {
				t.Errorf("%d people: %v", len(got), got)
			}
			if len(f.requests()) > 0 && f.requests()[0].Accept != "application/jupyterhub-pagination+json, application/json" {
				t.Errorf("Accept: %q", f.requests()[0].Accept)
			}
		})
	}
}

// Whoever is there all the time is yielded, once, whatever happens to others.
func TestUsersWhileOthersComeAndGo(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := &list{names: numbered(rapid.IntRange(0, 60).Draw(rt, "people")), cap: rapid.IntRange(2, 9).Draw(rt, "cap")}
		stay := map[string]bool{}
		for _, name := range l.names {
			stay[name] = rapid.Bool().Draw(rt, "stays")
		}
		doomed := rapid.SliceOfN(rapid.IntRange(0, 9), 0, 60).Draw(rt, "deleted before each page")
		l.turn = func(n int, l *list) {
			if n > len(doomed) {
				return
			}
			for range doomed[n-1] {
				i := slices.IndexFunc(l.names, func(name string) bool { return !stay[name] })
				if i < 0 {
					return
				}
				l.names = slices.Delete(l.names, i, i+1)
				if n%3 == 0 {
					l.names = append(l.names, fmt.Sprintf("later%d-%d", n, i))
				}
			}
		}
		f := newFake(t, false, l.handle)
		defer f.Close()
		hub, _ := f.client(t, func(o *Options) { o.Concurrency = rapid.IntRange(1, 4).Draw(rt, "concurrency") })
		got := everybody(rt, hub, UserQuery{}, t)
		seen := map[string]bool{}
		for _, name := range got {
			if seen[name] {
				rt.Fatalf("%s comes twice", name)
			}
			seen[name] = true
		}
		for name, stays := range stay {
			if stays && !seen[name] {
				rt.Fatalf("%s is missing in %v", name, got)
			}
		}
	})
}

func TestUsersOfHubsWithoutPages(t *testing.T) {
	f := newFake(t, false, says(http.StatusOK, ` [{"name":"a","last_activity":null,"server":null},{"name":"b","created":"2026-01-02T03:04:05.678901Z"}]`))
	hub, _ := f.client(t)
	if got := everybody(t, hub, UserQuery{}, t); !slices.Equal(got, []string{"a", "b"}) {
		t.Error(got)
	}
	if n := len(f.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestUsersThatAreReadyMayComeInShortPages(t *testing.T) {
	f := newFake(t, false, inTurn(
		says(http.StatusOK, `{"items":[],"_pagination":{"offset":0,"limit":2,"total":6,"next":{"offset":2}}}`),
		says(http.StatusOK, `{"items":[{"name":"a"}],"_pagination":{"offset":2,"limit":2,"total":6,"next":{"offset":4}}}`),
		says(http.StatusOK, `{"items":[],"_pagination":{"offset":4,"limit":2,"total":6,"next":null}}`),
	))
	hub, _ := f.client(t, func(o *Options) { o.Concurrency = 1 })
	if got := everybody(t, hub, UserQuery{State: "ready", PageSize: 2, Filter: "x", Sort: "-name", IncludeStopped: true}, t); !slices.Equal(got, []string{"a"}) {
		t.Error(got)
	}
	want := "GET /hub/api/users?include_stopped_servers=true&limit=2&name_filter=x&offset=%d&sort=-name&state=ready"
	for i, r := range f.requests() {
		if r.line() != fmt.Sprintf(want, 2*i) {
			t.Error(r.line())
		}
	}
}

func TestUsersEndWithTheFirstError(t *testing.T) {
	for body, want := range map[string]error{
		`{"items":[{"name":"a"}],"_pagination":{"limit":1,"total":3,"next":{"offset":1}}}`: ErrForbidden,
		`{"version":"1"}`: nil, `"text"`: nil, ``: nil, `[{"name":"a"},`: nil, `[{"name":1}]`: nil,
	} {
		f := newFake(t, false, inTurn(says(http.StatusOK, body), says(http.StatusForbidden, `{"status":403,"message":"no"}`)))
		hub, _ := f.client(t, func(o *Options) { o.Retries = -1 })
		var last error
		for _, err := range hub.Users(t.Context(), UserQuery{}) {
			if last != nil {
				t.Fatalf("%s: more after %v", body, last)
			}
			last = err
		}
		if last == nil || want != nil && !errors.Is(last, want) {
			t.Errorf("%s: %v", body, last)
		}
	}
}

func TestUsersCanBeLeftEarly(t *testing.T) {
	l := &list{names: numbered(300), cap: 10}
	f := newFake(t, false, l.handle)
	hub, _ := f.client(t)
	n := 0
	for _, err := range hub.Users(t.Context(), UserQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 15 {
			break
		}
	}
	if got := len(f.requests()); got > 15 {
		t.Errorf("%d pages asked for 15 people", got)
	}
}
