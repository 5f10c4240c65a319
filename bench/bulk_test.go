package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Work of which a part failed is no figure.
func TestBulkCountsItsRows(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"results": [], "counts": {"created": 3, "exists": 1}}`)
	}))
	defer server.Close()
	c := newClient(strings.TrimPrefix(server.URL, "http://"), "")
	defer c.close()
	body := bulkPeople(userNames(0, 4), "class")
	if counts, err := c.bulk(t.Context(), "users", body, 4, "created", "exists"); err != nil || counts["exists"] != 1 {
		t.Errorf("%v, %v", counts, err)
	}
	if _, err := c.bulk(t.Context(), "users", body, 4, "created"); err == nil || !strings.Contains(err.Error(), "exists:1") {
		t.Errorf("one was there: %v", err)
	}
}
