package endpoint_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// Somebody who reads nothing is sent no more, until they have read.
func TestLargeAnswersThatAreNotReadAreBounded(t *testing.T) {
	s := httpapitest.New(t).Server
	ann := &access.Requester{User: hub.User{ID: 1, Name: "ann"}}
	large := map[string]any{"text": strings.Repeat("x", 1<<20)}
	get := func(method string, v any) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
		rw := endpoint.NewResponseWriter(rec, r)
		s.Env().SetRequester(rw, r, ann)
		endpoint.WriteJSON(rw, http.StatusOK, v)
		return rec
	}
	if w := get("GET", large); w.Code != http.StatusOK || w.Header().Get("Etag") == "" {
		t.Errorf("the first: %d", w.Code)
	}
	release, ok := s.Env().AcquireUnread(ann, endpoint.MaxOwnUnread)
	if !ok {
		t.Fatal("the first was not counted out")
	}
	w := get("GET", large)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "5" || w.Header().Get("Etag") != "" || !strings.Contains(w.Body.String(), `"status":429`) {
		t.Errorf("beyond what is unread: %d %.200s", w.Code, w.Body)
	}
	if w := get("GET", map[string]any{"a": 1}); w.Code != http.StatusOK {
		t.Errorf("a small one: %d", w.Code)
	}
	if w := get("POST", large); w.Code != http.StatusOK {
		t.Errorf("what was done: %d", w.Code)
	}
	release()
	if w := get("GET", map[string]any{"text": strings.Repeat("x", endpoint.MaxOwnUnread+1)}); w.Code != http.StatusOK {
		t.Errorf("one larger than the room: %d", w.Code)
	}
}
