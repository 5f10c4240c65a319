package proxy

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

func BenchmarkMatch(b *testing.B) {
	var entries []*entry
	for i := range 10_000 {
		entries = append(entries, &entry{Route: Route{Prefix: "/user/student" + strconv.Itoa(i) + "/"}})
	}
	t := newTable(entries)
	b.ReportAllocs()
	for b.Loop() {
		if e, _ := t.match("/user/student4711/api/contents/a.ipynb"); e == nil {
			b.Fatal("no route")
		}
	}
}

func BenchmarkIdentify(b *testing.B) {
	p := New(Options{Identities: somePeople()})
	r := httptest.NewRequest(http.MethodGet, "/user/alice/api/contents?type=file", nil)
	r.Header.Set("Cookie", "_xsrf=abc; jupyterhub-session-id="+aliceSession+"; jupyterhub-user-alice=\"2|1:0|10:1|21:jupyterhub-user-alice|4:eA==|f\"")
	e := &entry{Route: alice("http://127.0.0.1:1")}
	b.ReportAllocs()
	var id identity
	for b.Loop() {
		p.identify(r, e, &id)
	}
}
