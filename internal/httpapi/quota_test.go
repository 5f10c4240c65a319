package httpapi

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// crowd asks at once, and tells how many of a handler's calls ran at a time.
type crowd struct {
	t         *testing.T
	h         *testHub
	mu        sync.Mutex
	now, most int
	inside    chan struct{} // each that came in
	end       chan struct{} // lets them go
}

func newCrowd(t *testing.T, wait time.Duration) *crowd {
	t.Helper()
	c := &crowd{t: t, h: newTestHub(t), inside: make(chan struct{}, 1000), end: make(chan struct{})}
	c.h.server.wait = wait
	return c
}

func (c *crowd) handle(w http.ResponseWriter, r *http.Request, _ *access.Requester) error {
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	c.inside <- struct{}{}
	<-c.end
	c.mu.Lock()
	c.now--
	c.mu.Unlock()
	w.WriteHeader(http.StatusOK)
	return nil
}

func student(id int64) *access.Requester {
	return &access.Requester{User: hub.User{ID: id, Name: "ann"}}
}

// Many lists of one person are made a few at a time: they wait for each other, and for nobody else's.
func TestListsOfOnePersonTakeTurns(t *testing.T) {
	c := newCrowd(t, time.Hour)
	s := c.h.server
	ask := s.limitLists(c.handle)
	var all sync.WaitGroup
	send := func(who *access.Requester) {
		all.Go(func() {
			if err := ask(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), who); err != nil {
				t.Error(err)
			}
		})
	}
	for range 20 {
		send(student(1))
	}
	for range maxOwnLists {
		<-c.inside
	}
	send(student(2))
	<-c.inside // though hers are stuck
	close(c.end)
	all.Wait() // those that waited came in
	if c.most != maxOwnLists+1 {
		t.Errorf("%d at a time", c.most)
	}
	if len(s.listQuotas.inUse) != 0 {
		t.Errorf("%d people are remembered", len(s.listQuotas.inUse))
	}
}

func TestListsThatNobodyReadsAreRefused(t *testing.T) {
	c := newCrowd(t, 10*time.Millisecond)
	defer close(c.end)
	ask := c.h.server.limitLists(c.handle)
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	for range maxOwnLists {
		go func() { _ = ask(httptest.NewRecorder(), r, student(1)) }()
		<-c.inside
	}
	if err := ask(httptest.NewRecorder(), r, student(1)); !errors.Is(err, errOwnLists) {
		t.Errorf("%v", err)
	}
}

// Hundreds of requests of one person do not come before those of others.
func TestOnePersonsRequestsTakeTurnsWhereMuchIsUnderWay(t *testing.T) {
	c := newCrowd(t, time.Hour)
	s := c.h.server
	var all sync.WaitGroup
	send := func(who *access.Requester, rt route) {
		rt.Handle = c.handle
		all.Go(func() {
			if err := s.handle(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), who, rt); err != nil {
				t.Error(err)
			}
		})
	}
	const most = busyThreshold + maxOwnRequests
	for range 300 {
		send(student(1), route{})
	}
	for range most {
		<-c.inside
	}
	send(student(2), route{})
	<-c.inside
	send(student(1), route{longRunning: true}) // a start is only waited for
	<-c.inside
	close(c.end)
	all.Wait()
	if c.most > most+2 {
		t.Errorf("%d at a time", c.most)
	}
	if n := s.inFlight.Load(); n != 0 || len(s.requestQuotas.inUse) != 0 {
		t.Errorf("%d are said to be under way, of %d people", n, len(s.requestQuotas.inUse))
	}
}

// Somebody who reads nothing is sent no more, until they have read.
func TestLargeAnswersThatAreNotReadAreBounded(t *testing.T) {
	s := newTestHub(t).server
	large := model{"text": strings.Repeat("x", 1<<20)}
	get := func(method string, v any) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
		rw := newResponseWriter(rec, r)
		s.env.setRequester(rw, r, student(1))
		writeJSON(rw, http.StatusOK, v)
		return rec
	}
	if w := get("GET", large); w.Code != http.StatusOK || w.Header().Get("Etag") == "" {
		t.Errorf("the first: %d", w.Code)
	}
	release, ok := s.env.unreadQuotas.tryAcquire(student(1), maxOwnUnread)
	if !ok {
		t.Fatal("the first was not counted out")
	}
	w := get("GET", large)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "5" || w.Header().Get("Etag") != "" || !strings.Contains(w.Body.String(), `"status":429`) {
		t.Errorf("beyond what is unread: %d %.200s", w.Code, w.Body)
	}
	if w := get("GET", model{"a": 1}); w.Code != http.StatusOK {
		t.Errorf("a small one: %d", w.Code)
	}
	if w := get("POST", large); w.Code != http.StatusOK {
		t.Errorf("what was done: %d", w.Code)
	}
	release()
	if w := get("GET", model{"text": strings.Repeat("x", maxOwnUnread+1)}); w.Code != http.StatusOK {
		t.Errorf("one larger than the room: %d", w.Code)
	}
}
