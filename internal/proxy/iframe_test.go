package proxy

import (
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

const (
	frameSession  = "f.session-of-alice"
	frameCookie   = "Cookie: atrium-frame-session=" + frameSession + "; " + ownCookie
	ofOthers      = "Sec-Fetch-Site: cross-site"
	ofOwn         = "Sec-Fetch-Site: same-origin"
	toFrame       = "Sec-Fetch-Dest: iframe"
	asSeenInFrame = ownCookie + "; jupyterhub-session-id=" + frameSession
)

// newFrameWorld is a proxy whose servers a learning platform may show in frames.
func newFrameWorld(t *testing.T, server http.HandlerFunc) *world {
	t.Helper()
	w := newWorld(t, server, func(o *Options) {
		o.FrameAncestors, o.FrameCookie = []string{"https://lms.example"}, "atrium-frame-session"
		o.HubCookies = []string{"jupyterhub-hub-login", "atrium-frame-session", "__Host-atrium-frame-login"}
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	w.people.sessions[frameSession] = Credential{UserID: 1, SessionID: "hash-of-frame"}
	return w
}

// A server in a frame of a learning platform knows its visitor by the login there, and
// nobody else's page can use that.
func TestServerInAFrameKnowsWhoLoggedInThere(t *testing.T) {
	w := newFrameWorld(t, mirror)
	for _, tt := range []struct {
		what    string
		headers []string
		want    string
	}{
		{"the frame", []string{ofOthers, toFrame}, asSeenInFrame},
		{"a page there that goes on", []string{ofOwn, toFrame}, asSeenInFrame},
		{"what the page asks", []string{ofOwn, "Sec-Fetch-Dest: empty"}, asSeenInFrame},
		{"what the page shows", []string{ofOwn, "Sec-Fetch-Dest: image"}, asSeenInFrame},
		{"a tab", []string{ofOwn, "Sec-Fetch-Dest: document"}, ""},
		{"another site's image", []string{ofOthers, "Sec-Fetch-Dest: image"}, ""},
		{"somebody's server's script", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Dest: empty"}, ""},
		{"a browser that does not say", nil, ""},
	} {
		if got := w.mirrored("/user/alice/api", append(tt.headers, frameCookie)...).Header.Get("Cookie"); got != tt.want {
			t.Errorf("%s: the server sees %q, want %q", tt.what, got, tt.want)
		}
	}
	for what, cookie := range map[string]string{
		"as a tab's":           "Cookie: jupyterhub-session-id=" + frameSession,
		"a tab's as a frame's": "Cookie: atrium-frame-session=" + aliceSession,
	} {
		if got := w.mirrored("/user/alice/api", ofOwn, toFrame, cookie).Header.Get("Cookie"); got != "" {
			t.Errorf("%s: the server sees %q", what, got)
		}
	}
	w.people.forget(frameSession)
	if got := w.mirrored("/user/alice/api", ofOwn, toFrame, frameCookie).Header.Get("Cookie"); got != "" {
		t.Errorf("after logging out: %q", got)
	}
}

// Kernels' websockets too: browsers say with them only where they come from.
func TestWebsocketInAFrame(t *testing.T) {
	w := newFrameWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(rw, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			return
		}
		_ = c.Write(r.Context(), websocket.MessageText, []byte(r.Header.Get("Cookie")))
		_ = c.Close(websocket.StatusNormalClosure, "")
	})
	for origin, want := range map[string]string{w.front.URL: asSeenInFrame, "https://lms.example": "", "http://lms.example": "", "": ""} {
		h := http.Header{"Cookie": {strings.TrimPrefix(frameCookie, "Cookie: ")}}
		if origin != "" {
			h.Set("Origin", origin)
		}
		c, res, err := websocket.Dial(t.Context(), w.front.URL+"/user/alice/ws", &websocket.DialOptions{HTTPHeader: h})
		if err != nil {
			t.Fatalf("%q: %v", origin, err)
		}
		if res.Body != nil {
			_ = res.Body.Close()
		}
		_, got, err := c.Read(t.Context())
		if err != nil || string(got) != want {
			t.Errorf("from %q the server sees %q (%v), want %q", origin, got, err, want)
		}
		_ = c.CloseNow()
	}
}

// What a server sets in such a frame, the browser keeps for it; elsewhere nothing of it
// changes. And the platform may show what the server shows to its own pages.
func TestCookiesOfServersInFramesArePartitioned(t *testing.T) {
	lines := []string{"own=1; HttpOnly; Path=/user/alice/", "lax=1; SameSite=Lax; secure; Path=/", "a=; Max-Age=0; Path=/user/alice/; Partitioned"}
	w := newFrameWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header()["Set-Cookie"] = lines
		rw.Header()["Content-Security-Policy"] = []string{"frame-ancestors 'self'; report-uri /x", "default-src 'self'", "frame-ancestors 'none'", "Frame-Ancestors 'self' https://a.example"}
		_, _ = io.WriteString(rw, "page")
	})
	plain := []string{lines[0], "lax=1; SameSite=Lax; secure; Path=/user/alice/", lines[2]}
	kept := []string{
		"own=1; HttpOnly; Path=/user/alice/; SameSite=None; Secure; Partitioned", "lax=1; Path=/user/alice/; SameSite=None; Secure; Partitioned",
		"a=; Max-Age=0; Path=/user/alice/; SameSite=None; Secure; Partitioned",
	}
	session := "Cookie: jupyterhub-session-id=" + aliceSession
	for _, tt := range []struct {
		what    string
		headers []string
		want    []string
	}{
		{"before the login", []string{ofOthers, toFrame}, kept},
		{"after it", []string{ofOwn, frameCookie, "Sec-Fetch-Dest: empty"}, kept},
		{"in a tab", []string{ofOwn, session, "Sec-Fetch-Dest: document"}, plain},
		{"in a frame of the person's own pages", []string{"Sec-Fetch-Site: same-site", toFrame, session}, plain},
		{"in a tab that another site leads to", []string{ofOthers, "Sec-Fetch-Dest: document"}, plain},
	} {
		res, _ := w.get("/user/alice/lab", tt.headers...)
		if diff := cmp.Diff(tt.want, res.Header["Set-Cookie"]); diff != "" {
			t.Errorf("%s:\n%s", tt.what, diff)
		}
		want := []string{"frame-ancestors 'self' https://lms.example; report-uri /x", "default-src 'self'", "frame-ancestors 'none'", "Frame-Ancestors 'self' https://a.example"}
		if diff := cmp.Diff(want, res.Header["Content-Security-Policy"]); diff != "" {
			t.Errorf("%s:\n%s", tt.what, diff)
		}
	}
	singleuser := newFrameWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("X-JupyterHub-Version", "6.1.1")
		rw.Header().Set("Content-Security-Policy", "frame-ancestors 'none'; default-src 'none'")
	})
	res, _ := singleuser.get("/user/alice/lab", ofOthers, toFrame)
	if got := res.Header.Get("Content-Security-Policy"); got != "frame-ancestors https://lms.example; default-src 'none'" {
		t.Errorf("of jupyterhub-singleuser: %s", got)
	}
	unset := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Set-Cookie", lines[0])
		rw.Header().Set("Content-Security-Policy", "frame-ancestors 'self'")
	})
	res, _ = unset.get("/user/alice/lab", ofOthers, toFrame)
	if res.Header.Get("Set-Cookie") != lines[0] || res.Header.Get("Content-Security-Policy") != "frame-ancestors 'self'" {
		t.Errorf("without the setting: %v", res.Header)
	}
}
