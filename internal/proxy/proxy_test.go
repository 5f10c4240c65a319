package proxy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

// mirror answers with what it was sent.
func mirror(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"uri": r.RequestURI, "host": r.Host, "header": r.Header})
}

type seen struct {
	URI    string
	Host   string
	Header http.Header
}

func (w *world) mirrored(path string, headers ...string) seen {
	w.t.Helper()
	res, body := w.get(path, headers...)
	var s seen
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		w.t.Fatalf("%s answered %d: %s", path, res.StatusCode, body)
	}
	return s
}

func TestPathsAndQueriesPassByteByByte(t *testing.T) {
	w := newWorld(t, mirror)
	for _, uri := range []string{
		"/user/alice/",
		"/user/alice/api/contents/a%2Fb//c%20d",
		"/user/alice//double//",
		"/user/alice/a/../b/./c",
		"/user/alice/%7Etilde~",
		"/user/alice/odd%2F{}|^\"<>`",
		"/user/alice/caf%C3%A9/a+b&c;d=e,f",
		"/user/alice/x?a=%zz;b&&c=%2F?d",
		"/user/alice/x?",
		"/user/alice/..hidden/...",
	} {
		if got := w.mirrored(uri).URI; got != uri {
			t.Errorf("sent %s, the server got %s", uri, got)
		}
	}
}

// A browser, or a client's library, may write a name with other escapes than the
// server, which compares texts.
func TestEscapedNamesReachTheServerAsItKnowsThem(t *testing.T) {
	w := newWorld(t, mirror)
	ann := alice(w.upstream.URL)
	ann.Prefix = "/user/ann@example.org/"
	named := ann
	named.Prefix, named.ServerID = "/user/ann@example.org/gpu/", 8
	umlaut := ann
	umlaut.Prefix, umlaut.ServerID, umlaut.UserID = "/user/j%C3%BCrgen/", 9, 2
	service := Route{Prefix: "/services/wiki/", ServiceID: 3, Upstream: ann.Upstream, ClientID: "service-wiki"}
	w.proxy.SetRoutes([]Route{ann, named, umlaut, service})
	for uri, want := range map[string]string{
		"/user/ann@example.org/lab?x=%40":                   "/user/ann@example.org/lab?x=%40",
		"/user/ann%40example.org/lab":                       "/user/ann@example.org/lab",
		"/user/ann%40example.org/":                          "/user/ann@example.org/",
		"/user/ann%40example.org/a%40b%2Fc//d":              "/user/ann@example.org/a%40b%2Fc//d",
		"/user/%61nn%40example%2Eorg/lab":                   "/user/ann@example.org/lab",
		"/%75ser/ann@example.org/lab":                       "/user/ann@example.org/lab",
		"/user/ann%40example.org/gpu/lab/../tree":           "/user/ann@example.org/gpu/lab/../tree",
		"/user/ann%40example.org/%67pu/x":                   "/user/ann@example.org/gpu/x",
		"/user/j%c3%bcrgen/lab":                             "/user/j%C3%BCrgen/lab",
		"/services/w%69ki/a%2Fb":                            "/services/wiki/a%2Fb",
		"/user/ann%40example.org/x/../../ann@example.org/y": "/user/ann@example.org/x/../../ann@example.org/y",
	} {
		if got := w.mirrored(uri).URI; got != want {
			t.Errorf("sent %s, the server got %s, want %s", uri, got, want)
		}
	}
}

func TestWhereRequestsGo(t *testing.T) {
	w := newWorld(t, mirror)
	gpu := alice(w.upstream.URL)
	gpu.Prefix, gpu.ServerID = "/user/alice/gpu/", 8
	bob := alice(w.upstream.URL)
	bob.Prefix, bob.ServerID, bob.UserID = "/user/bob/", 9, 2
	w.proxy.SetRoutes([]Route{alice(w.upstream.URL), gpu, bob})
	for uri, want := range map[string]string{
		"/":                            "hub /",
		"/hub/home":                    "hub /hub/home",
		"/user/carol/lab":              "hub /user/carol/lab",
		"/user/alicea/":                "hub /user/alicea/",
		"//user/alice/":                "hub //user/alice/",
		"/user/alice":                  "302 /user/alice/",
		"/user/alice?x=%2F":            "302 /user/alice/?x=%2F",
		"/user/%61lice/gpu":            "302 /user/alice/gpu/",
		"/user/alice/../bob/":          "400",
		"/user/alice/%2e%2e/bob/":      "400",
		"/user/alice/%2E./bob/":        "400",
		"/user/alice/..%2fbob/":        "400",
		"/user/alice/..":               "400",
		"/user/alice/x/../gpu/":        "400",
		"/user/alice/gpu/../x":         "400",
		"/user/alice/a/../../bob/x":    "400",
		"/user/alice//..//../bob/x":    "400",
		"/user/alice/a//../../bob":     "400",
		"/user/carol/../alice/":        "hub /user/carol/../alice/",
		"/user/alice/../../hub/admin":  "400",
		"/user/alice/../../../../etc/": "400",
	} {
		res, body := w.get(uri)
		got := body
		switch res.StatusCode {
		case http.StatusFound:
			got = "302 " + res.Header.Get("Location")
		case http.StatusBadRequest:
			got = "400"
		}
		if got != want {
			t.Errorf("%s: got %.80s, want %s", uri, got, want)
		}
	}
}

func TestForwardedHeaders(t *testing.T) {
	w := newWorld(t, mirror)
	names := []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-Ip", "X-Scheme", "Forwarded"}
	pick := func(s seen) map[string]string {
		m := map[string]string{}
		for _, n := range names {
			if v := s.Header.Get(n); v != "" {
				m[n] = v
			}
		}
		return m
	}
	host := w.front.Listener.Addr().String()
	_, port, _ := cutLast(host, ":")
	lies := []string{
		"X-Forwarded-For: 10.9.9.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil", "X-Forwarded-Port: 1",
		"X-Real-Ip: 1.1.1.1", "X-Scheme: https", "Forwarded: for=1.1.1.1", "Connection: X-Forwarded-For, X-Forwarded-Host",
	}
	want := map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": host, "X-Forwarded-Port": port}
	got := w.mirrored("/user/alice/", lies...)
	if diff := cmp.Diff(want, pick(got)); diff != "" {
		t.Error("from a stranger:", diff)
	}
	if got.Host != host {
		t.Errorf("the server saw Host %s, want %s", got.Host, host)
	}
	trusting := newWorld(t, mirror, func(o *Options) { o.TrustedProxies = loopback() })
	want = map[string]string{
		"X-Forwarded-For": "203.0.113.5, 127.0.0.1", "X-Forwarded-Proto": "https",
		"X-Forwarded-Host": "hub.example", "X-Forwarded-Port": "443",
	}
	got = trusting.mirrored("/user/alice/", "X-Forwarded-For: 203.0.113.5", "X-Forwarded-Proto: https", "X-Forwarded-Host: hub.example", "X-Real-Ip: 1.1.1.1")
	if diff := cmp.Diff(want, pick(got)); diff != "" {
		t.Error("from a trusted proxy:", diff)
	}
}

func TestCookiesToServers(t *testing.T) {
	w := newWorld(t, mirror)
	const own, others = "jupyterhub-user-alice=own", "jupyterhub-user-bob=b; jupyterhub-service-x=s; jupyterhub-user-alice-gpu=g"
	const state = "jupyterhub-user-alice-oauth-state-AB=st"
	const hubs = "jupyterhub-hub-login=l; __Host-jupyterhub-hub-login=h; __Host-jupyterhub-session-id=z"
	live := "jupyterhub-session-id=" + aliceSession
	for name, c := range map[string]struct{ cookie, auth, want string }{
		"live session":       {live + "; " + hubs + "; " + own + "; " + others + "; _xsrf=x; a=b", "", live + "; " + own + "; _xsrf=x; a=b"},
		"dead session":       {"jupyterhub-session-id=forged; " + own + "; " + state + "; a=b", "", state + "; a=b"},
		"no session":         {own + "; a=b", "", "a=b"},
		"live token":         {own + "; jupyterhub-session-id=dead", "Token " + aliceToken, own},
		"dead token":         {own, "token " + deadToken, ""},
		"two session ids":    {"jupyterhub-session-id=forged; " + live + "; " + live + "; " + own, "", live + "; " + own},
		"another's session":  {"jupyterhub-session-id=session-of-bob; " + own, "", "jupyterhub-session-id=session-of-bob; " + own},
		"hidden by spaces":   {"a=1 " + own + "; b=2", "", "b=2"},
		"hidden by a comma":  {"a=1,jupyterhub-hub-login=x; b=2", "", "b=2"},
		"hidden by quotes":   {`a="; ` + own + `; b="`, "", `a="; b="`},
		"hidden by nbsp":     {"\xa0" + own + "; a=b", "", "a=b"}, // white space in Python
		"hidden by nel":      {"a=1; \x85" + own, "", "a=1"},
		"nbsp after a name":  {live + "; jupyterhub-session-id\xa0=forged; " + own, "", live + "; " + own},
		"odd spacing":        {"  jupyterhub-user-alice = own ;;a=b", "", "a=b"},
		"its name in values": {live + `; jupyterhub-user-alice="2|1:0|10:1|21:jupyterhub-user-alice|4:eA==|f"`, "", live + `; jupyterhub-user-alice="2|1:0|10:1|21:jupyterhub-user-alice|4:eA==|f"`},
	} {
		t.Run(name, func(t *testing.T) {
			headers := []string{"Cookie: " + c.cookie}
			if c.auth != "" {
				headers = append(headers, "Authorization: "+c.auth)
			}
			w.t = t
			if diff := cmp.Diff(c.want, w.mirrored("/user/alice/lab", headers...).Header.Get("Cookie")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTokensToServers(t *testing.T) {
	w := newWorld(t, mirror)
	auth := func(value string) string {
		return w.mirrored("/user/alice/api", "Authorization: "+value).Header.Get("Authorization")
	}
	for value, want := range map[string]string{
		"token " + aliceToken:    "token " + aliceToken,
		"BEARER  " + aliceToken:  "BEARER  " + aliceToken,
		"token " + deadToken:     "",
		"Bearer\t" + deadToken:   "",
		"token\xa0" + deadToken:  "", // white space in Python
		"token \x85" + deadToken: "",
		"Bearer of-an-app":       "Bearer of-an-app",
		"Basic YTpi":             "Basic YTpi",
		"token " + legacyToken:   "token " + legacyToken,
	} {
		if got := auth(value); got != want {
			t.Errorf("%s reached the server as %q, want %q", value, got, want)
		}
	}
	w.people.forget(legacyToken)
	w.people.forget(aliceToken)
	for _, value := range []string{"token " + legacyToken, "token " + aliceToken} {
		if got := auth(value); got != "" {
			t.Errorf("%s was revoked and reached the server", got)
		}
	}
}

func TestTokensInQueries(t *testing.T) {
	w := newWorld(t, mirror)
	for query, want := range map[string]string{
		"token=" + aliceToken + "&x=1":        "?token=" + aliceToken + "&x=1",
		"x=%2f&token=" + deadToken + "&y=%zz": "?x=%2f&y=%zz",
		"%74oken=" + deadToken:                "",
		"a;token=" + deadToken:                "?a",
		"token=of-an-app":                     "?token=of-an-app",
		"token=atr%5Fdead":                    "",
		"token=":                              "?token=",
		"token=%1c" + deadToken:               "", // Tornado makes spaces of these, and strips them
		"token=%00+" + deadToken + "%1f":      "",
	} {
		if got := w.mirrored("/user/alice/x?" + query).URI; got != "/user/alice/x"+want {
			t.Errorf("?%s reached the server as %s", query, got)
		}
	}
	if got := w.mirrored("/user/alice/x", "Sec-Fetch-Mode: websocket").Header.Get("Sec-Fetch-Mode"); got != "" {
		t.Error("a plain request was passed on as a websocket")
	}
}

func TestAnswersOfServers(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Set-Cookie", "jupyterhub-session-id=evil; Path=/user/alice/")
		h.Add("Set-Cookie", "a=1; Path=/user/alice/")
		h.Add("Set-Cookie", "b=1; Path=/")
		h.Set("Clear-Site-Data", `"cookies"`)
		h.Set("Service-Worker-Allowed", "/")
		h.Set("Alt-Svc", "h3=\":443\"")
		h.Set("Cross-Origin-Opener-Policy", "same-origin; report-to=\"x\"")
		h.Set("X-JupyterHub-Version", "6.1.1")
		if r.URL.Path == "/user/alice/early" {
			w.WriteHeader(http.StatusEarlyHints)
		}
		h.Set("Trailer", "X-Sum")
		_, _ = fmt.Fprint(w, "body")
		h.Set("X-Sum", "42")
	})
	res, _ := w.get("/user/alice/early")
	got := map[string][]string{}
	for _, n := range []string{"Set-Cookie", "Clear-Site-Data", "Service-Worker-Allowed", "Alt-Svc", "Cross-Origin-Opener-Policy", "X-Jupyterhub-Version"} {
		if v := res.Header.Values(n); v != nil {
			got[n] = v
		}
	}
	want := map[string][]string{
		"Set-Cookie":                 {"a=1; Path=/user/alice/", "b=1; Path=/user/alice/"},
		"Cross-Origin-Opener-Policy": {"same-origin-allow-popups"},
		"X-Jupyterhub-Version":       {"6.1.1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if res.Trailer.Get("X-Sum") != "42" {
		t.Errorf("trailers: %v", res.Trailer)
	}
}

// Whoever answers at a server's address without being it gets nothing of a request.
func TestServersWhosePeerIsNotVerifiedGetNothing(t *testing.T) {
	asked := ""
	w := newWorld(t, func(http.ResponseWriter, *http.Request) { t.Error("a stranger got the request") }, func(o *Options) {
		o.VerifyPeer = func(server net.Addr) error {
			asked = server.String()
			return errors.New("somebody else's")
		}
	})
	if res, body := w.get("/user/alice/lab"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if "http://"+asked != w.upstream.URL {
		t.Errorf("asked about %s", asked)
	}
}

func TestServersThatDoNotAnswer(t *testing.T) {
	w := newWorld(t, mirror)
	w.upstream.Close()
	for name, c := range map[string]struct{ path, accept, upgrade, kind string }{
		"a person":    {"/user/alice/lab", "text/html,*/*", "", "text/html; charset=utf-8"},
		"a program":   {"/user/alice/lab", "application/json", "", "application/json"},
		"the API":     {"/user/alice/api/kernels", "*/*", "", "application/json"},
		"a websocket": {"/user/alice/api/kernels", "*/*", "websocket", ""},
	} {
		headers := []string{"Accept: " + c.accept}
		if c.upgrade != "" {
			headers = append(headers, "Upgrade: "+c.upgrade, "Connection: upgrade")
		}
		res, body := w.get(c.path, headers...)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s: %d %s %q", name, res.StatusCode, res.Header.Get("Content-Type"), body)
		}
		if c.upgrade != "" && body != "" {
			t.Errorf("%s: body %q", name, body)
		}
	}
}
