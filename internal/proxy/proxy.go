package proxy

import (
	"context"
	"errors"
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
)

// Options is what a Proxy is made from.
type Options struct {
	Base       string       // "/" or "/prefix/", which every route begins with
	Hub        http.Handler // gets everything that no route matches
	Identities Identities
	// MayReach tells whether a credential gives access to somebody else's server. nil:
	// every one does.
	MayReach func(ctx context.Context, c Credential, ownerID, serverID int64) bool
	// Enter is told of each request to somebody else's server, by whom and from where,
	// before it is sent there; with an error it is not sent. It is called for each, so it
	// should know from memory when there is nothing to do. nil: nobody need know.
	Enter func(ctx context.Context, c Credential, ownerID int64, from func() string) error
	// Unavailable answers for a server that does not, or, with ErrCannotTell, to somebody who
	// might be anybody just now. nil: a short page, or JSON.
	Unavailable func(w http.ResponseWriter, r *http.Request, route Route, err error)
	// Vouch is asked after each connection to a server, before anything is sent:
	// whether it is the server who answers at the address. nil: whoever does.
	Vouch          func(server net.Addr) error
	TrustedProxies []netip.Prefix // whose X-Forwarded headers are believed
	Clock          hub.Clock
	Logger         *slog.Logger
	SessionCookie  string   // default jupyterhub-session-id
	HubCookies     []string // of the hub alone; default jupyterhub-hub-login
	// FrameAncestors are the origins whose pages may show what is here in a frame. A
	// browser that does comes with FrameCookie in place of SessionCookie.
	FrameAncestors []string
	FrameCookie    string
	LinkKey        []byte // seals handles on tokens of links; one of its own by default
}

// Proxy is the handler in front of everything. Make it with New.
type Proxy struct {
	opts     Options
	cookies  cookieRules
	links    sealer
	servers  way
	services way // its own: nobody vouches for them
	buffers  buffers
	errorLog *log.Logger
	once     onceLive
	flows    flows
	table    atomic.Pointer[table]
	counts   counts
	changes  atomic.Uint64 // grows with each change of credentials
	draining atomic.Bool

	routing  sync.Mutex // held while the table is made anew
	activity activity

	closePatience time.Duration // for each end of a websocket to close, once it is told
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
		opts:          opts,
		cookies:       cookieRules{session: opts.SessionCookie, hub: append(slices.Clone(opts.HubCookies), linkCookie)},
		links:         newSealer(opts.LinkKey),
		once:          onceLive{hashes: map[string]struct{}{}},
		closePatience: defaultClosePatience,
	}
	if p.opts.Unavailable == nil {
		p.opts.Unavailable = unavailable
	}
	p.servers, p.services = newWay(opts.Vouch), newWay(nil)
	p.errorLog = slog.NewLogLogger(opts.Logger.Handler(), slog.LevelDebug)
	p.activity.seen = map[int64]*atomic.Int64{}
	p.table.Store(newTable(nil))
	return p
}

// newTransport makes the way to the servers: plain HTTP/1.1, no proxy, bodies as
// they come. There is no time limit on answers: some take hours.
func newTransport(dial dialFunc) *http.Transport {
	return &http.Transport{
		DialContext:            dial,
		DisableCompression:     true,
		MaxIdleConns:           8192,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        2 * sweepLines, // as those that are on lines
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// way is how servers, or services, are reached: nobody vouches for services, and a
// connection to one must not serve a server at the same address.
type way struct {
	dial      dialFunc
	transport *http.Transport // for what does not go over a line
}

func newWay(vouch func(net.Addr) error) way {
	dial := dialer(vouch)
	return way{dial: dial, transport: newTransport(dial)}
}

// way is the one that leads to the flow's server.
func (f *flow) way() way {
	if f.entry.ServiceID != 0 {
		return f.proxy.services
	}
	return f.proxy.servers
}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// dialer connects to servers for which somebody vouches.
func dialer(vouch func(net.Addr) error) dialFunc {
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
		p.forward(w, r, e, e.spell(raw))
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
	f := &flow{proxy: p, entry: e, in: r, raw: raw, upgrade: wantsWebsocket(r)}
	if f.upgrade && p.draining.Load() {
		refuseUpgrade(w)
		return
	}
	p.begin(r, f)
	defer func() {
		f.finish()
		p.counts.note(f)
		p.flows.remove(f)
	}()
	f.back = writer{ResponseWriter: w, flow: f}
	if f.identity.unsure && !f.identity.reaches() {
		failed(&f.back, r, ErrCannotTell)
		return
	}
	if err := f.enter(r.Context()); err != nil {
		p.opts.Logger.WarnContext(r.Context(), "cannot note that somebody else's server is entered", "user_id", e.UserID, "error", err)
		f.back.Header().Set("Retry-After", "5")
		http.Error(&f.back, "The hub cannot write down right now that this server is entered. Try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	// One for each request, so that it knows its flow: a context that carries it would
	// cost a copy of the request.
	f.reverse = httputil.ReverseProxy{
		Rewrite:      asItIs,
		Transport:    f,
		BufferPool:   f,
		ErrorLog:     p.errorLog,
		ErrorHandler: failed,
	}
	f.reverse.ServeHTTP(&f.back, r)
}

// asItIs leaves requests to flow.RoundTrip.
func asItIs(*httputil.ProxyRequest) {}

// RoundTrip implements http.RoundTripper for the flow's own request: it makes of it
// what the server may see, and of the answer what the client may.
func (f *flow) RoundTrip(out *http.Request) (*http.Response, error) {
	f.rewrite(out)
	res, err := f.send(out)
	if err != nil {
		return nil, err
	}
	if err := f.respond(res); err != nil {
		_ = res.Body.Close()
		return nil, err
	}
	return res, nil
}

func (f *flow) send(out *http.Request) (*http.Response, error) {
	if f.fitsLine(out) {
		return f.exchange(out)
	}
	if out.Body != nil && out.Body != http.NoBody {
		out.Body = sending{out.Body, &f.proxy.counts}
	}
	ctx, _ := f.cancellable(out.Context()) // finish cancels it
	return f.way().transport.RoundTrip(out.WithContext(ctx))
}

// begin resolves who asks and registers the flow. What is revoked between the two
// would be missed: so look again when anything changed meanwhile.
func (p *Proxy) begin(r *http.Request, f *flow) {
	for {
		before := p.changes.Load()
		p.identify(r, f.entry, &f.identity)
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

// rewrite makes of the reverse proxy's copy of the request what the server may see.
func (f *flow) rewrite(out *http.Request) {
	in, h := f.in, out.Header
	f.url = url.URL{
		Scheme: f.entry.Upstream.Scheme, Host: f.entry.Upstream.Host,
		Opaque: f.raw, RawQuery: f.identity.query, ForceQuery: in.URL.ForceQuery,
	}
	out.URL = &f.url
	delete(h, "Cookie")
	if f.identity.cookie != "" {
		f.say(h, 0, "Cookie", f.identity.cookie)
	}
	// One, should there be several.
	if auth := in.Header["Authorization"]; f.identity.dropAuth || len(auth) == 0 || auth[0] == "" {
		delete(h, "Authorization")
	} else {
		h["Authorization"] = auth[:1:1]
	}
	if !f.upgrade {
		delete(h, "Connection")
		delete(h, "Upgrade")
		delete(h, "Http2-Settings")
		// Notebook servers accept ?token= and a token in a form from what says that it
		// is a websocket. Only we know whether it is.
		if strings.EqualFold(strings.TrimSpace(h.Get("Sec-Fetch-Mode")), "websocket") {
			delete(h, "Sec-Fetch-Mode")
		}
	}
	f.setForwarded(h)
}

// say sets a header; each has a place of its own in said.
func (f *flow) say(h http.Header, at int, name, value string) {
	f.said[at] = value
	h[name] = f.said[at : at+1 : at+1]
}

// setForwarded says who asked. Of what a trusted proxy said the outermost counts;
// what anybody else said is gone, under all of its names.
func (f *flow) setForwarded(h http.Header) {
	in, trusted := f.in, f.proxy.opts.TrustedProxies
	if peer := forwarded.Peer(in); peer.IsValid() {
		chain := peer.String()
		if prior := in.Header["X-Forwarded-For"]; len(prior) > 0 && forwarded.Trusted(peer, trusted) {
			chain = strings.Join(prior, ", ") + ", " + chain
		}
		f.say(h, 1, "X-Forwarded-For", chain)
	}
	f.say(h, 2, "X-Forwarded-Proto", forwarded.Scheme(in, trusted))
	f.say(h, 3, "X-Forwarded-Host", forwarded.Host(in, trusted))
	f.say(h, 4, "X-Forwarded-Port", forwarded.Port(in, trusted))
	for _, name := range [...]string{"X-Real-Ip", "X-Scheme", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-Server"} {
		delete(h, name)
	}
}

// respond looks at a server's answer before the client sees it.
func (f *flow) respond(res *http.Response) error {
	f.size = res.ContentLength
	f.guard(res.Header)
	if f.identity.link != "" {
		f.setLink(res.Header)
	}
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
	p.counts.websockets.Add(1)
	// Whoever ends connections looks at these first and then at the flows.
	return p.table.Load().has(f.entry) && !p.draining.Load()
}
