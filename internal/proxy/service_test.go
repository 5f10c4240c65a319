package proxy

import (
	"bytes"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func wiki(upstream string) Route {
	u, _ := url.Parse(upstream)
	return Route{Prefix: "/services/wiki/", ServiceID: 3, Upstream: u, ClientID: "service-wiki"}
}

// A service gets requests under its prefix, although its address is not verified, and is no
// server whose activity counts.
func TestServiceRoute(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.RequestURI + " " + r.Header.Get("Cookie")))
	}
	w := newWorld(t, echo, func(o *Options) {
		o.VerifyPeer = func(net.Addr) error { return errors.New("nobody's") }
	})
	w.proxy.SetRoutes([]Route{alice(w.upstream.URL), wiki(w.upstream.URL)})
	if a, body := w.get("/services/wiki/page?x=1"); a.StatusCode != http.StatusOK || body != "/services/wiki/page?x=1 " {
		t.Errorf("%d %q", a.StatusCode, body)
	}
	if a, _ := w.get("/services/wiki"); a.StatusCode != http.StatusFound || a.Header.Get("Location") != "/services/wiki/" {
		t.Errorf("without its slash: %d %q", a.StatusCode, a.Header.Get("Location"))
	}
	// At the same address, and a connection to the service is open.
	if a, _ := w.get("/user/alice/"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a server at an address that is not verified: %d", a.StatusCode)
	}
	if active, used := w.proxy.TakeActivity(); len(active)+len(used) != 0 {
		t.Errorf("a service's activity counts: %v, %v", active, used)
	}
	if used := w.proxy.ServicesUsed(); len(used) != 1 || !used[3].Equal(time.Unix(1_700_000_000, 0)) {
		t.Errorf("services used at %v", used)
	}
	w.proxy.SetRoutes([]Route{alice(w.upstream.URL)})
	if _, body := w.get("/services/wiki/"); body != "hub /services/wiki/" {
		t.Errorf("of one that is gone: %q", body)
	}
}

// A service's own cookie reaches it only with somebody's session, and nobody else.
func TestServiceCookies(t *testing.T) {
	rules := cookieRules{session: "jupyterhub-session-id", hub: []string{"jupyterhub-hub-login"}}
	pairs := []string{
		"service-wiki=token", "service-wiki-oauth-state=s", "service-blog=other", "jupyterhub-user-alice=hers",
		"jupyterhub-session-id=live", "jupyterhub-hub-login=hub", "theme=dark",
	}
	for _, c := range []struct {
		own   string
		known bool
		want  string
	}{
		{"service-wiki", true, "service-wiki=token; service-wiki-oauth-state=s; jupyterhub-session-id=live; theme=dark"},
		{"service-wiki", false, "service-wiki-oauth-state=s; jupyterhub-session-id=live; theme=dark"},
		{"jupyterhub-user-alice", true, "jupyterhub-user-alice=hers; jupyterhub-session-id=live; theme=dark"},
		{"", true, "jupyterhub-session-id=live; theme=dark"},
	} {
		if got := rules.upstreamCookies(pairs, c.own, "live", c.known); got != c.want {
			t.Errorf("%s, %t: %q, want %q", c.own, c.known, got, c.want)
		}
	}
}

// A service that is down is told apart from a server.
func TestServiceDown(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	var route Route
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {}, func(o *Options) {
		o.Unavailable = func(w http.ResponseWriter, _ *http.Request, r Route, _ error) {
			route = r
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	w.proxy.SetRoutes([]Route{wiki(down.URL)})
	if a, _ := w.get("/services/wiki/"); a.StatusCode != http.StatusServiceUnavailable || route.ServiceID != 3 {
		t.Errorf("%d for %+v", a.StatusCode, route)
	}
}

// A service with a certificate of an authority in house: the log names the cure.
func TestServiceOfUnknownAuthorityNamesTheCure(t *testing.T) {
	service := httptest.NewUnstartedServer(http.NotFoundHandler())
	service.Config.ErrorLog = log.New(t.Output(), "", 0)
	service.StartTLS()
	t.Cleanup(service.Close)
	var said bytes.Buffer
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {}, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&said, nil)) })
	w.proxy.SetRoutes([]Route{wiki(service.URL)})
	if a, _ := w.get("/services/wiki/"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", a.StatusCode)
	}
	if !strings.Contains(said.String(), "unknown authority") || !strings.Contains(said.String(), "SSL_CERT_FILE") {
		t.Errorf("the log says %s", said.String())
	}
}
