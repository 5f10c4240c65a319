package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// discard is an answer that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkGet is what the handler costs without the network.
func BenchmarkGet(b *testing.B) {
	h := httpapitest.New(b)
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	for i := range 500 {
		h.User(fmt.Sprintf("student%03d", i), false)
	}
	for name, path := range map[string]string{
		"self": "/hub/api/user", "person": "/hub/api/users/student123", "page": "/hub/api/users?limit=50&offset=100",
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
			admin(r)
			b.ReportAllocs()
			for b.Loop() {
				h.Server.ServeHTTP(discard{http.Header{}}, r)
			}
		})
	}
}
