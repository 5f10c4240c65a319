package proxy

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/forwarded"
	"github.com/atriumhub/atrium/internal/hub"
)

// Options is what a Proxy is made from.
type Options struct {
	Base       string       // "/" or "/prefix/", which every route begins with
	Hub        http.Handler // gets everything that no route matches
	Identities Identities
	// Ready tells whether what Identities reads from answers. While it does not, open
	// connections stay although their credentials cannot be found. nil: it always does.
	Ready func(context.Context) error
	// Unavailable answers for a server that does not. nil: a short page, or JSON.
	Unavailable func(w http.ResponseWriter, r *http.Request, route Route, err error)
	// Vouch is asked after each connection to a server, before anything is sent:
	// whether it is the server who answers at the address. nil: whoever does.
	Vouch          func(server net.Addr) error
	TrustedProxies []netip.Prefix // whose X-Forwarded headers are believed
	Clock          hub.Clock
	Logger         *slog.Logger
	SessionCookie  string   // default jupyterhub-session-id
	HubCookies     []string // of the hub alone; default jupyterhub-hub-login
}

// Proxy is the handler in front of everything. Make it with New.
type Proxy struct {
	opts      Options
	cookies   cookieRules
	transport *http.Transport
	services  *http.Transport // its own: nobody vouches for them
	reverse   *httputil.ReverseProxy
	once      onceLive
	flows     flows
	table     atomic.Pointer[table]
	changes   atomic.Uint64 // grows with each change of credentials
	draining  atomic.Bool

	routing  sync.Mutex // held while the table is made anew
	activity activity
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
		opts:    opts,
		cookies: cookieRules{session: opts.SessionCookie, hub: opts.HubCookies},
		once:    onceLive{hashes: map[string]struct{}{}},
		flows:   flows{all: map[*flow]struct{}{}, byUser: map[int64]map[*flow]struct{}{}},
	}
	if p.opts.Unavailable == nil {
		p.opts.Unavailable = unavailable
	}
	p.transport, p.services = newTransport(opts.Vouch), newTransport(nil)
	p.reverse = &httputil.ReverseProxy{
		Rewrite:        p.rewrite,
		Transport:      ways{p},
		BufferPool:     newBuffers(),
		ErrorLog:       slog.NewLogLogger(opts.Logger.Handler(), slog.LevelDebug),
		ModifyResponse: p.respond,
		ErrorHandler:   p.failed,
	}
	p.activity.seen = map[int64]*atomic.Int64{}
	p.table.Store(newTable(nil))
	return p
}

// newTransport makes the way to the servers: plain HTTP/1.1, no proxy, bodies as
// they come. There is no time limit on answers: some take hours.
func newTransport(vouch func(net.Addr) error) *http.Transport {
	return &http.Transport{
		DialContext:            dialer(vouch),
		DisableCompression:     true,
		MaxIdleConns:           8192,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

// ways sends a request the way that its route says: nobody vouches for services, and
// a connection to one must not serve a server at the same address.
type ways struct{ p *Proxy }

// RoundTrip implements http.RoundTripper.
func (w ways) RoundTrip(r *http.Request) (*http.Response, error) {
	if flowOf(r.Context()).entry.ServiceID != 0 {
		return w.p.services.RoundTrip(r)
	}
	return w.p.transport.RoundTrip(r)
}

func (w ways) closeIdle() {
	w.p.transport.CloseIdleConnections()
	w.p.services.CloseIdleConnections()
}

// dialer connects to servers for which somebody vouches.
func dialer(vouch func(net.Addr) error) func(ctx context.Context, network, addr string) (net.Conn, error) {
	d := &net.Dialer{Timeout: 5 * time.Second, KeepAliveConfig: keepAlive()}
	if vouch == nil {
		return d.DialContext
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if err := vouch(conn.RemoteAddr()); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return conn, nil
	}
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw := rawPath(r)
	t := p.table.Load()
	e, bare := t.match(raw)
	switch {
	case e == nil || r.Method == http.MethodConnect || e.Host != "" && !e.servedAt(forwarded.Host(r, p.opts.TrustedProxies)):
		p.opts.Hub.ServeHTTP(w, r)
	case bare:
		redirect(w, e.Prefix, r.URL.RawQuery)
	case !t.agree(raw, e):
		http.Error(w, "The path leads out of the server that it begins with.", http.StatusBadRequest)
	default:
		p.forward(w, r, e, raw)
	}
}

// rawPath is the path byte by byte as it came. Re-encoding, as URL.EscapedPath does
// for unusual characters, could turn %2F into a slash.
func rawPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if strings.HasPrefix(path, "/") && !strings.Contains(path, "#") {
		return path
	}
	return r.URL.EscapedPath()
}

// redirect adds the slash. The target is the route's own spelling, never the request's.
func redirect(w http.ResponseWriter, prefix, query string) {
	if query != "" {
		prefix += "?" + query
	}
	w.Header().Set("Location", prefix)
	w.WriteHeader(http.StatusFound)
}

// forward sends a request to its server.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, e *entry, raw string) {
	f := &flow{entry: e, in: r, raw: raw, upgrade: wantsWebsocket(r), ctl: http.NewResponseController(w)}
	f.touch = func() { e.seen.Store(p.opts.Clock().UnixMicro()) }
	if f.upgrade && p.draining.Load() {
		refuseUpgrade(w)
		return
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	f.cancel = cancel
	p.begin(r, f)
	defer func() {
		f.finish()
		p.flows.remove(f)
	}()
	p.reverse.ServeHTTP(&writer{ResponseWriter: w, proxy: p, flow: f}, r.WithContext(context.WithValue(ctx, flowKey{}, f)))
}

// begin resolves who asks and registers the flow. What is revoked between the two
// would be missed: so look again when anything changed meanwhile.
func (p *Proxy) begin(r *http.Request, f *flow) {
	for {
		before := p.changes.Load()
		f.identity = p.identify(r, f.entry)
		p.flows.add(f)
		if p.changes.Load() == before {
			return
		}
		p.flows.remove(f)
	}
}

// wantsWebsocket tells whether the request may become one. Other protocols are not
// passed on: what a tunnel carries nobody checks. Nor is one with a body, which
// could carry a token where we do not look.
func wantsWebsocket(r *http.Request) bool {
	return r.Method == http.MethodGet && r.ProtoMajor == 1 && r.ContentLength == 0 && toWebsocket(r.Header)
}

// toWebsocket tells whether headers ask for, or agree to, the change to websocket.
func toWebsocket(h http.Header) bool {
	for _, line := range h["Connection"] {
		for token := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(token), "upgrade") {
				return strings.EqualFold(h.Get("Upgrade"), "websocket")
			}
		}
	}
	return false
}

func (p *Proxy) rewrite(pr *httputil.ProxyRequest) {
	f := flowOf(pr.In.Context())
	in, h := pr.In, pr.Out.Header
	pr.Out.URL = &url.URL{
		Scheme: f.entry.Upstream.Scheme, Host: f.entry.Upstream.Host,
		Opaque: f.raw, RawQuery: f.identity.query, ForceQuery: in.URL.ForceQuery,
	}
	h.Del("Cookie")
	if f.identity.cookie != "" {
		h.Set("Cookie", f.identity.cookie)
	}
	if auth := in.Header.Get("Authorization"); f.identity.dropAuth || auth == "" {
		h.Del("Authorization")
	} else {
		h.Set("Authorization", auth) // one, should there be several
	}
	if !f.upgrade {
		h.Del("Connection")
		h.Del("Upgrade")
		h.Del("Http2-Settings")
		// Notebook servers accept ?token= and a token in a form from what says that it
		// is a websocket. Only we know whether it is.
		if strings.EqualFold(strings.TrimSpace(h.Get("Sec-Fetch-Mode")), "websocket") {
			h.Del("Sec-Fetch-Mode")
		}
	}
	p.setForwarded(in, h)
}

// setForwarded says who asked. Of what a trusted proxy said the outermost counts;
// what anybody else said is gone, under all of its names.
func (p *Proxy) setForwarded(in *http.Request, h http.Header) {
	trusted := p.opts.TrustedProxies
	chain := ""
	if peer := forwarded.Peer(in); peer.IsValid() {
		chain = peer.String()
		if prior := in.Header["X-Forwarded-For"]; len(prior) > 0 && forwarded.Trusted(peer, trusted) {
			chain = strings.Join(prior, ", ") + ", " + chain
		}
		h.Set("X-Forwarded-For", chain)
	}
	h.Set("X-Forwarded-Proto", forwarded.Scheme(in, trusted))
	h.Set("X-Forwarded-Host", forwarded.Host(in, trusted))
	h.Set("X-Forwarded-Port", forwarded.Port(in, trusted))
	for _, name := range []string{"X-Real-Ip", "X-Scheme", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-Server"} {
		h.Del(name)
	}
}

// respond looks at a server's answer before the client sees it.
func (p *Proxy) respond(res *http.Response) error {
	f := flowOf(res.Request.Context())
	p.cookies.guard(res.Header, f.entry)
	if res.StatusCode == http.StatusSwitchingProtocols {
		return f.upgradeUpstream(res)
	}
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	if strings.EqualFold(strings.TrimSpace(kind), "text/event-stream") {
		f.mu.Lock()
		f.stream = true
		f.mu.Unlock()
	}
	return nil
}

// upgraded registers the browser's side; false when the connection has to go at once.
func (p *Proxy) upgraded(f *flow, s *side) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return false
	}
	f.browser = s
	// Whoever ends connections looks at these first and then at the flows.
	return p.table.Load().has(f.entry) && !p.draining.Load()
}

// buffers lends the buffers that bodies are copied with.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10

func newBuffers() *buffers {
	return &buffers{pool: sync.Pool{New: func() any { return new([bufferSize]byte) }}}
}

// Get implements httputil.BufferPool.
func (b *buffers) Get() []byte { return b.pool.Get().(*[bufferSize]byte)[:] }

// Put implements httputil.BufferPool.
func (b *buffers) Put(buf []byte) { b.pool.Put((*[bufferSize]byte)(buf)) }
