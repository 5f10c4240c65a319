package proxy

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

func TestCounts(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if strings.HasSuffix(r.URL.Path, "/missing") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, "12345")
	})
	w.proxy.SetRoutes([]Route{alice(w.upstream.URL), wiki(w.upstream.URL)})
	w.get("/user/alice/")
	w.get("/user/alice/missing")
	w.do(http.MethodPut, "/user/alice/file", strings.NewReader("123"))
	w.get("/services/wiki/")
	w.get("/hub/home") // the hub's own, and a redirect of the proxy's
	w.get("/user/alice")
	want := Counts{Servers: Classes{2: 2, 4: 1}, Services: Classes{2: 1}, ToClients: 15, ToServers: 3}
	eventually(t, "all requests are over", func() bool { return w.proxy.Counts().Open == 0 })
	if diff := cmp.Diff(want, w.proxy.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestCountsOfWebsockets(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	c := w.dial(context.Background(), withSession)
	says(t, c, "hello")
	// Bytes are counted once they are through: the answer may be here before its question is.
	eventually(t, "one is open, with what went through it", func() bool {
		got := w.proxy.Counts()
		return got.Websockets == 1 && got.Open == 1 && got.ToClients >= 5 && got.ToServers >= 5
	})
	if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing is open", func() bool { return w.proxy.Counts().Open == 0 })
	if got := w.proxy.Counts(); got.Websockets != 0 || got.Servers != (Classes{1: 1}) {
		t.Errorf("after it: %+v", got)
	}
}

// An answer that never came, and one with a status that nobody knows, count too.
func TestCountsWithoutAnswers(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/odd") {
			w.WriteHeader(799)
			return
		}
		panic(http.ErrAbortHandler)
	})
	w.get("/user/alice/odd")
	w.get("/user/alice/gone")
	eventually(t, "all requests are over", func() bool { return w.proxy.Counts().Open == 0 })
	if got := w.proxy.Counts(); got.Servers != (Classes{0: 1, 5: 1}) {
		t.Errorf("%+v", got)
	}
}
