package proxy

import (
	"context"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/forwarded"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/proxy/silent"
)

// Options is what a Proxy is made from.
type Options struct {
	Base       string       // "/" or "/prefix/", which every route begins with
	Hub        http.Handler // gets everything that no route matches
	Identities Identities
	// MayAccess reports whether a credential grants access to somebody else's server. nil:
	// every one does.
	MayAccess func(ctx context.Context, c Credential, ownerID, serverID int64) bool
	// OnVisit is called before each request to somebody else's server is sent on, with the
	// visitor's credential and address; if it returns an error, the request is not sent. Run
	// calls it again and again while such a request, a websocket above all, goes on. It
	// should know from memory when there is nothing to do.
	// nil: visits are not noted.
	OnVisit func(ctx context.Context, c Credential, ownerID, serverID int64, from func() string) error
	// Unavailable responds when a server does not, or, with ErrIdentityUnavailable, when the
	// request's credentials cannot be looked up. nil: a short page, or JSON.
	Unavailable func(w http.ResponseWriter, r *http.Request, route Route, err error)
	// VerifyPeer is called after each connect to a notebook server, before anything is sent,
	// and returns an error if another process listens at the address. nil: no check.
	VerifyPeer     func(server net.Addr) error
	TrustedProxies []netip.Prefix // whose X-Forwarded headers are believed
	Clock          hub.Clock
	Logger         *slog.Logger
	SessionCookie  string   // default jupyterhub-session-id
	HubCookies     []string // never passed to or from servers; default jupyterhub-hub-login
	// FrameAncestors are the origins whose pages may show the hub and its servers in a frame.
	// In such a frame, a session has FrameCookie in place of SessionCookie.
	FrameAncestors []string
	FrameCookie    string
	LinkKey        []byte // encrypts the cookies for links with a token; default: a random key
}

// Proxy is the handler in front of everything. Make it with New.
type Proxy struct {
	opts      Options
	cookies   cookieRules
	links     sealer
	servers   upstreamTransport
	services  upstreamTransport
	buffers   buffers
	errorLog  *log.Logger
	recent    recentTokens
	exchanges exchanges
	table     atomic.Pointer[table]
	counts    counts
	changes   atomic.Uint64 // counts changes of credentials
	draining  atomic.Bool

	routesMu sync.Mutex // held while the table is replaced
	activity activity

	closeTimeout time.Duration // for each end of a websocket to close after a close frame
}

// New makes a Proxy without routes. It starts no goroutine.
func New(opts Options) *Proxy {
	if opts.Clock == nil {
		opts.Clock = hub.SystemClock
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.SessionCookie == "" {
		opts.SessionCookie = "jupyterhub-session-id"
	}
	if opts.HubCookies == nil {
		opts.HubCookies = []string{"jupyterhub-hub-login"}
	}
	if opts.Base == "" {
		opts.Base = "/"
	}
	p := &Proxy{
		opts:         opts,
		cookies:      cookieRules{session: opts.SessionCookie, hub: append(slices.Clone(opts.HubCookies), linkCookie)},
		links:        newSealer(opts.LinkKey),
		recent:       recentTokens{hashes: map[string]struct{}{}},
		closeTimeout: defaultCloseTimeout,
	}
	if p.opts.Unavailable == nil {
		p.opts.Unavailable = serveUnavailable
	}
	p.servers, p.services = newUpstreamTransport(opts.VerifyPeer), newUpstreamTransport(nil)
	p.errorLog = slog.NewLogLogger(opts.Logger.Handler(), slog.LevelDebug)
	p.activity.counters = map[int64]*lastSeen{}
	p.table.Store(newTable(nil))
	return p
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw := rawPath(r)
	t := p.table.Load()
	e, noSlash := t.match(raw)
	switch {
	case e == nil || r.Method == http.MethodConnect || e.Host != "" && !e.servedAt(forwarded.Host(r, p.opts.TrustedProxies)):
		p.opts.Hub.ServeHTTP(w, r)
	case noSlash:
		redirect(w, e.Prefix, r.URL.RawQuery)
	case !t.resolvesOnlyTo(raw, e):
		http.Error(w, "The path leads out of the server that it begins with.", http.StatusBadRequest)
	default:
		p.forward(w, r, e, e.rewritePrefix(raw))
	}
}

// rawPath is the path exactly as received. Re-encoding, as URL.EscapedPath does for unusual
// characters, could turn %2F into a slash.
func rawPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if strings.HasPrefix(path, "/") && !strings.Contains(path, "#") {
		return path
	}
	return r.URL.EscapedPath()
}

// redirect adds the final slash. The target is the route's own prefix, not the request's
// path, so that it cannot lead to another host.
func redirect(w http.ResponseWriter, prefix, query string) {
	if query != "" {
		prefix += "?" + query
	}
	w.Header().Set("Location", prefix)
	w.WriteHeader(http.StatusFound)
}

// forward sends a request to its server.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, e *entry, raw string) {
	x := &exchange{proxy: p, entry: e, in: r, rawPath: raw, wantsUpgrade: wantsWebsocket(r)}
	x.silent = e.ServerID != 0 && silent.Request(r, strings.TrimPrefix(raw, e.Prefix))
	if x.wantsUpgrade && p.draining.Load() {
		refuseUpgrade(w)
		return
	}
	p.register(r, x)
	defer func() {
		x.finish()
		p.counts.record(x)
		p.exchanges.remove(x)
	}()
	x.response = responseWriter{ResponseWriter: w, exchange: x}
	if x.identity.unresolved && !x.identity.hasAccess() {
		handleError(&x.response, r, ErrIdentityUnavailable)
		return
	}
	if err := x.noteVisitor(r.Context()); err != nil {
		p.opts.Logger.WarnContext(r.Context(), "cannot note that somebody else's server is entered", "user_id", e.UserID, "error", err)
		x.response.Header().Set("Retry-After", "5")
		http.Error(&x.response, "The hub cannot write down right now that this server is entered. Try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	// One for each request, so that it knows its exchange: passing that in a context would
	// cost a copy of the request.
	x.reverse = httputil.ReverseProxy{
		Rewrite:      noRewrite,
		Transport:    x,
		BufferPool:   x,
		ErrorLog:     p.errorLog,
		ErrorHandler: handleError,
	}
	x.reverse.ServeHTTP(&x.response, r)
}

// noRewrite leaves the rewriting to exchange.RoundTrip.
func noRewrite(*httputil.ProxyRequest) {}

// RoundTrip implements http.RoundTripper for the exchange's own request: it rewrites the
// request for the server, sends it, and filters the response.
func (x *exchange) RoundTrip(out *http.Request) (*http.Response, error) {
	x.rewrite(out)
	res, err := x.send(out)
	if err != nil {
		return nil, err
	}
	if err := x.modifyResponse(res); err != nil {
		_ = res.Body.Close()
		return nil, err
	}
	return res, nil
}

func (x *exchange) send(out *http.Request) (*http.Response, error) {
	if x.poolable(out) {
		return x.sendPooled(out)
	}
	if out.Body != nil && out.Body != http.NoBody {
		out.Body = countingBody{out.Body, &x.proxy.counts}
	}
	ctx, _ := x.withCancel(out.Context()) // finish cancels it
	return x.upstreamTransport().transport.RoundTrip(out.WithContext(ctx))
}

// register resolves the request's credentials and adds the exchange to the open ones. A
// revocation between the two would miss it, so it starts over if credentials have changed.
func (p *Proxy) register(r *http.Request, x *exchange) {
	for {
		before := p.changes.Load()
		p.identify(r, x.entry, &x.identity)
		p.exchanges.add(x)
		if p.changes.Load() == before {
			return
		}
		p.exchanges.remove(x)
	}
}

// wantsWebsocket reports whether the request may become a websocket. Upgrades to other
// protocols are not passed on, because nothing checks what a tunnel carries; nor is an
// upgrade with a body, which could carry a token that identify does not see.
func wantsWebsocket(r *http.Request) bool {
	return r.Method == http.MethodGet && r.ProtoMajor == 1 && r.ContentLength == 0 && isWebsocketUpgrade(r.Header)
}

// isWebsocketUpgrade reports whether headers ask for, or agree to, an upgrade to websocket.
func isWebsocketUpgrade(h http.Header) bool {
	for _, line := range h["Connection"] {
		for token := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(token), "upgrade") {
				return strings.EqualFold(h.Get("Upgrade"), "websocket")
			}
		}
	}
	return false
}

// rewrite turns the reverse proxy's copy of the request into what the server may see.
func (x *exchange) rewrite(out *http.Request) {
	in, h := x.in, out.Header
	x.url = url.URL{
		Scheme: x.entry.Upstream.Scheme, Host: x.entry.Upstream.Host,
		Opaque: x.rawPath, RawQuery: x.identity.query, ForceQuery: in.URL.ForceQuery,
	}
	out.URL = &x.url
	delete(h, "Cookie")
	if x.identity.cookie != "" {
		x.setHeader(h, 0, "Cookie", x.identity.cookie)
	}
	// The first, should there be several.
	if auth := in.Header["Authorization"]; x.identity.dropAuth || len(auth) == 0 || auth[0] == "" {
		delete(h, "Authorization")
	} else {
		h["Authorization"] = auth[:1:1]
	}
	if !x.wantsUpgrade {
		delete(h, "Connection")
		delete(h, "Upgrade")
		delete(h, "Http2-Settings")
		// Notebook servers accept ?token= and a token in a form from a request that claims
		// to be a websocket's. Only the proxy knows whether it is.
		if strings.EqualFold(strings.TrimSpace(h.Get("Sec-Fetch-Mode")), "websocket") {
			delete(h, "Sec-Fetch-Mode")
		}
	}
	x.setForwarded(h)
}

// setHeader sets a header without an allocation: its value goes to headerValues[at].
func (x *exchange) setHeader(h http.Header, at int, name, value string) {
	x.headerValues[at] = value
	h[name] = x.headerValues[at : at+1 : at+1]
}

// setForwarded sets the X-Forwarded headers: from those of a trusted proxy, if it sent the
// request, of which the outermost counts. Those of anybody else are removed.
func (x *exchange) setForwarded(h http.Header) {
	in, trusted := x.in, x.proxy.opts.TrustedProxies
	if peer := forwarded.Peer(in); peer.IsValid() {
		chain := peer.String()
		if prior := in.Header["X-Forwarded-For"]; len(prior) > 0 && forwarded.Trusted(peer, trusted) {
			chain = strings.Join(prior, ", ") + ", " + chain
		}
		x.setHeader(h, 1, "X-Forwarded-For", chain)
	}
	x.setHeader(h, 2, "X-Forwarded-Proto", forwarded.Scheme(in, trusted))
	x.setHeader(h, 3, "X-Forwarded-Host", forwarded.Host(in, trusted))
	x.setHeader(h, 4, "X-Forwarded-Port", forwarded.Port(in, trusted))
	for _, name := range [...]string{"X-Real-Ip", "X-Scheme", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-Server"} {
		delete(h, name)
	}
}

// modifyResponse filters a server's response before the client gets it.
func (x *exchange) modifyResponse(res *http.Response) error {
	x.bodySize = res.ContentLength
	x.filterHeaders(res.Header)
	if x.identity.linkTokenHash != "" {
		x.setLinkCookie(res.Header)
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return x.wrapUpgrade(res)
	}
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	if strings.EqualFold(strings.TrimSpace(kind), "text/event-stream") {
		x.mu.Lock()
		x.eventStream = true
		x.mu.Unlock()
	}
	return nil
}

// registerUpgrade sets the client's end of a websocket. It returns false if the exchange has
// to end at once.
func (p *Proxy) registerUpgrade(x *exchange, ep *endpoint) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return false
	}
	x.client = ep
	p.counts.websockets.Add(1)
	// SetRoutes and Drain change these before they look for exchanges to end.
	return p.table.Load().has(x.entry) && !p.draining.Load()
}
