package proxy

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/atriumhub/atrium/internal/data"
)

const (
	navigating = "Sec-Fetch-Mode: navigate"
	ownCookie  = "jupyterhub-user-alice=own"
)

// follow opens a link with a token as a browser does, and gives the handle that it gets.
func (w *world) follow(path string, headers ...string) *http.Cookie {
	w.t.Helper()
	res, _ := w.get(path, append(headers, navigating)...)
	set := (&http.Response{Header: res.Header}).Cookies()
	if at := slices.IndexFunc(set, func(c *http.Cookie) bool { return c.Name == linkCookie }); at >= 0 {
		return set[at]
	}
	return nil
}

func with(handle *http.Cookie, cookies ...string) string {
	return "Cookie: " + strings.Join(append([]string{handle.Name + "=" + handle.Value}, cookies...), "; ")
}

// Somebody without a session opens a link with a token: what leads on from the page works
// too, until the token ends.
func TestTokenLinkWorksPastTheFirstPage(t *testing.T) {
	w := newWorld(t, mirror)
	if got := w.mirrored("/user/alice/lab", "Cookie: "+ownCookie).Header.Get("Cookie"); got != "" {
		t.Fatalf("without a link: the server sees the cookies %q", got)
	}
	handle := w.follow("/user/alice/lab?token=" + aliceToken)
	if handle == nil {
		t.Fatal("no handle")
	}
	if !handle.HttpOnly || handle.Path != "/user/alice/" || handle.Secure || handle.Domain != "" || handle.SameSite != http.SameSiteLaxMode {
		t.Errorf("its attributes: %+v", handle)
	}
	for _, secret := range []string{aliceToken, "hash-of-token"} {
		if strings.Contains(handle.Value, secret) {
			t.Errorf("the handle is %s", handle.Value)
		}
	}
	// The server sees what it has set itself, and nothing of the handle.
	if got := w.mirrored("/user/alice/api/contents", with(handle, ownCookie)).Header.Get("Cookie"); got != ownCookie {
		t.Errorf("the server sees the cookies %q", got)
	}
	if got := w.mirrored("/user/alice/lab", with(handle)).Header; got.Get("Authorization") != "" || got.Get("Cookie") != "" {
		t.Errorf("by the handle alone the server sees %v", got)
	}
	if again := w.follow("/user/alice/lab?token="+aliceToken, with(handle)); again == nil {
		t.Error("the same link again gives no handle")
	}
	w.people.forget(aliceToken)
	if got := w.mirrored("/user/alice/api/contents", with(handle, ownCookie)).Header.Get("Cookie"); got != "" {
		t.Errorf("after the token's end the server sees the cookies %q", got)
	}
}

// What a link has opened ends with its token, or with the access that it gave.
func TestTokenLinksWebsocketsEndWithTheToken(t *testing.T) {
	for name, end := range map[string]func(*world){
		"revoked": func(w *world) {
			w.people.forget(aliceToken)
			w.proxy.Apply(data.Change{Kind: data.TokenRevoked, UserID: 1, Key: "hash-of-token"})
		},
		"run out": func(w *world) {
			w.people.forget(aliceToken)
			w.proxy.recheck(t.Context(), 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Upgrade") == "" {
					mirror(rw, r)
					return
				}
				newEcho().ServeHTTP(rw, r)
			})
			handle := w.follow("/user/alice/lab?token=" + aliceToken)
			c := w.dial(context.Background(), with(handle, ownCookie))
			says(t, c, "hello")
			end(w)
			closedWith(t, c, websocket.StatusCode(policyViolation))
		})
	}
}

// Who is let in otherwise, or not at all, gets none; nor does a script, which says what
// it comes with each time.
func TestWhoGetsNoHandle(t *testing.T) {
	w := newWorld(t, mirror, func(o *Options) { guests(o.Identities.(*people), "hash-of-bob")(o) })
	for name, c := range map[string]struct {
		path string
		head []string
	}{
		"no token":                     {"/user/alice/lab", nil},
		"a dead token":                 {"/user/alice/lab?token=" + deadToken, nil},
		"of somebody without access":   {"/user/alice/lab?token=" + bobsToken, nil},
		"of an app behind the server":  {"/user/alice/lab?token=of-an-app", nil},
		"with a session":               {"/user/alice/lab?token=" + aliceToken, []string{withSession}},
		"with another's, who may":      {"/user/alice/lab?token=" + aliceToken, []string{bobsSession}},
		"a token in the header":        {"/user/alice/lab", []string{"Authorization: token " + aliceToken}},
		"the same in header and query": {"/user/alice/lab?token=" + aliceToken, []string{"Authorization: token " + aliceToken}},
	} {
		if handle := w.follow(c.path, c.head...); handle != nil {
			t.Errorf("%s: %v", name, handle)
		}
	}
	for name, head := range map[string][]string{
		"fetch": {"Sec-Fetch-Mode: cors"}, "an image": {"Sec-Fetch-Mode: no-cors"}, "a websocket": {"Connection: upgrade", "Upgrade: websocket"},
	} {
		if res, _ := w.get("/user/alice/x?token="+aliceToken, head...); res.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %s", name, res.Header.Get("Set-Cookie"))
		}
	}
	if res, _ := w.do(http.MethodPost, "/user/alice/x?token="+aliceToken, nil); res.Header.Get("Set-Cookie") != "" {
		t.Errorf("a POST: %s", res.Header.Get("Set-Cookie"))
	}
}

// A handle is for the server that it was made for.
func TestHandlesAreForOneServer(t *testing.T) {
	w := newWorld(t, mirror)
	gpu, service := alice(w.upstream.URL), wiki(w.upstream.URL)
	gpu.Prefix, gpu.ServerID, gpu.ClientID = "/user/alice/gpu/", 8, "jupyterhub-user-alice-gpu"
	w.proxy.SetRoutes([]Route{alice(w.upstream.URL), gpu, service})
	handle := w.follow("/user/alice/lab?token=" + aliceToken)
	if got := w.mirrored("/user/alice/gpu/lab", with(handle, "jupyterhub-user-alice-gpu=own")).Header.Get("Cookie"); got != "" {
		t.Errorf("at another server: %q", got)
	}
	// Nor for one who is at the same path some day.
	next := alice(w.upstream.URL)
	next.ServerID, next.UserID = 17, 11
	w.proxy.SetRoutes([]Route{next, service})
	if got := w.mirrored("/user/alice/lab", with(handle, ownCookie)).Header.Get("Cookie"); got != "" {
		t.Errorf("at another's: %q", got)
	}
	if theirs := w.follow("/services/wiki/?token=" + aliceToken); theirs == nil || theirs.Path != "/services/wiki/" {
		t.Errorf("at a service: %v", theirs)
	} else if got := w.mirrored("/services/wiki/x", with(theirs, "service-wiki=own")).Header.Get("Cookie"); got != "service-wiki=own" {
		t.Errorf("past a service's first page: %q", got)
	}
	for _, forged := range []string{"", "x", "AAAA", strings.Repeat("A", 2*maxHandleLen), handle.Value[1:], handle.Value + "A"} {
		if _, ok := w.proxy.links.open(forged, &entry{Route: alice(w.upstream.URL)}); ok {
			t.Errorf("%q is taken for a handle", forged)
		}
	}
	other := newSealer(nil)
	if _, ok := other.open(handle.Value, &entry{Route: alice(w.upstream.URL)}); ok {
		t.Error("another hub's handle is taken")
	}
}

// Over HTTPS the handle goes over nothing else, and a server can set none.
func TestHandleIsTheProxysAlone(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", linkCookie+"=evil; Path=/user/alice/")
	}, func(o *Options) { o.TrustedProxies = loopback() })
	res, _ := w.get("/user/alice/lab?token="+aliceToken, navigating, "X-Forwarded-Proto: https")
	set := res.Header.Values("Set-Cookie")
	if len(set) != 1 || strings.Contains(set[0], "evil") || !strings.Contains(set[0], "; Secure") {
		t.Errorf("the browser gets %q", set)
	}
}
