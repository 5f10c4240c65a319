package proxy

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/forwarded"
	"github.com/atriumhub/atrium/internal/hub"
)

// Credential says whose a cookie or a token is.
type Credential = app.Credential

// Identities resolves cookies and tokens to people, in memory. The error is
// hub.Unauthenticated for what is unknown, expired, revoked, or belongs to somebody
// suspended, and hub.Unavailable where that cannot be told now.
type Identities interface {
	// Session resolves the value of the session cookie.
	Session(ctx context.Context, cookie string) (Credential, error)
	// Token resolves an API token.
	Token(ctx context.Context, token string) (Credential, error)
	// TokenByHash resolves an API token by its hub.HashSecret.
	TokenByHash(ctx context.Context, hash string) (Credential, error)
}

// ErrCannotTell is why a request is not passed on that may be somebody's: without knowing
// whose, their server would take them for a stranger.
var ErrCannotTell = errors.New("cannot tell right now who asks")

// proof is by what a request shows whose it is.
type proof uint8

const (
	bySession proof = iota // the session cookie
	byToken                // an API token
	byLink                 // a handle on one, see linkCookie
)

// bond ties a connection to what it was opened with. The secret is kept to ask
// again whether it is still good; it never leaves the process.
type bond struct {
	by     proof
	secret string // a handle's is the token's hash
	cred   Credential
	reach  bool // it gave access to the server
}

// identity is what a request brought along, and what the server gets to see of it.
type identity struct {
	bonds    []bond
	room     [1]bond // of bonds, in nearly all cases
	cookie   string  // the Cookie header to send; empty: none
	query    string
	link     string // the hash of the token of a link for which the browser gets a handle
	dropAuth bool
	unsure   bool // of some of it nobody can tell now whose it is
	frame    bool // the browser shows it inside a page of another site
}

// authorization is JupyterHub's own pattern. Python reads headers as Latin-1 and has
// more white space there than \s is here.
var authorization = regexp.MustCompile(`(?i)^(?:token|bearer)[\s\x{1c}-\x{1f}\v\x{85}\x{a0}]+(.+)$`)

// latin1 is a header's text as Python's servers read it: a byte is a character.
func latin1(header string) string {
	runes := make([]rune, len(header))
	for i := range len(header) {
		runes[i] = rune(header[i])
	}
	return string(runes)
}

// argument is a query's value as Tornado hands it out: control characters are
// spaces, and those at the ends go.
func argument(value string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, value))
}

// identify fills in who asks, and what the server at e gets to see of it.
func (p *Proxy) identify(r *http.Request, e *entry, id *identity) {
	ctx := r.Context()
	*id = identity{query: r.URL.RawQuery}
	id.bonds = id.room[:0]
	var room [16]string
	pairs := cookiePairs(room[:0], r.Header["Cookie"])
	session := ""
	var few [4]string
	for _, value := range valuesOf(p.cookies.session, few[:0], pairs) {
		if app.IsFrameSecret(value) {
			continue
		}
		if cred, ok := id.known(p.opts.Identities.Session(ctx, value)); ok {
			session = value
			id.bonds = append(id.bonds, bond{secret: value, cred: cred, reach: p.mayReach(ctx, cred, e)})
			break
		}
	}
	if session == "" && len(p.opts.FrameAncestors) > 0 {
		session = p.bindFrame(r, e, id, pairs)
	}
	if auth := r.Header.Get("Authorization"); auth != "" {
		if m := authorization.FindStringSubmatch(latin1(auth)); m != nil {
			id.dropAuth = !p.bindToken(r, e, id, strings.TrimSpace(m[1]))
		}
	}
	id.query = p.queryTokens(r, e, id)
	if !id.reaches() {
		p.bindLinks(r, e, id, pairs)
	}
	if id.frame && session != "" {
		pairs = append(pairs, p.cookies.session+"="+session) // the server knows it by that name
	}
	id.cookie = p.cookies.upstream(pairs, e.ClientID, session, id.reaches())
}

// known tells whether something was found, and remembers where that could not be told.
func (id *identity) known(c Credential, err error) (Credential, bool) {
	if hub.Is(err, hub.Unavailable) {
		id.unsure = true
	}
	return c, err == nil
}

// bindToken binds the request to a live token, and says whether the server may see
// it: a dead one must not reach a notebook server, which may still hold the hub's
// good word for it. Nor does one without access open a websocket by that. What never
// was the hub's passes, it may be for whatever runs behind the server.
func (p *Proxy) bindToken(r *http.Request, e *entry, id *identity, token string) (pass bool) {
	if cred, ok := id.known(p.opts.Identities.Token(r.Context(), token)); ok {
		id.bonds = append(id.bonds, bond{by: byToken, secret: token, cred: cred, reach: p.mayReach(r.Context(), cred, e)})
		if !strings.HasPrefix(token, hub.TokenPrefix) {
			p.once.add(hub.HashSecret(token))
		}
		return id.bonds[len(id.bonds)-1].reach || !wantsWebsocket(r)
	}
	return !strings.HasPrefix(token, hub.TokenPrefix) && !p.once.has(hub.HashSecret(token))
}

// linkToken is bindToken for a token in the query. Where nothing else lets its browser
// in, it gets a handle on the token.
func (p *Proxy) linkToken(r *http.Request, e *entry, id *identity, token string) (pass bool) {
	known := id.reaches()
	pass = p.bindToken(r, e, id, token)
	if !known && id.reaches() && links(r) {
		id.link = id.bonds[len(id.bonds)-1].cred.TokenHash
	}
	return pass
}

// queryTokens does the same for ?token=, which notebook servers accept from
// websockets and older ones from everybody. The query stays as it is, byte by byte,
// unless a dead token has to go.
func (p *Proxy) queryTokens(r *http.Request, e *entry, id *identity) string {
	if !strings.ContainsAny(id.query, "tT%") {
		return id.query
	}
	var kept strings.Builder
	asked := 0
	for rest := id.query; rest != ""; {
		end := strings.IndexAny(rest, "&;") + 1
		if end == 0 {
			end = len(rest)
		}
		param := rest[:end]
		rest = rest[end:]
		name, value, _ := strings.Cut(strings.TrimRight(param, "&;"), "=")
		if name, err := url.QueryUnescape(name); err == nil && name == "token" && value != "" {
			asked++
			token, err := url.QueryUnescape(value)
			if err == nil && (asked > 4 || !p.linkToken(r, e, id, argument(token))) {
				continue
			}
		}
		kept.WriteString(param)
	}
	if kept.Len() == len(id.query) {
		return id.query
	}
	return strings.TrimRight(kept.String(), "&;")
}

// reaches tells whether anything that a request brought along gives access to the
// server. Who has lost it gets no further by what the server remembers of them.
func (id *identity) reaches() bool {
	return slices.ContainsFunc(id.bonds, func(b bond) bool { return b.reach })
}

// mayReach tells whether a credential gives access to the server at e. Services know
// themselves whom they let in.
func (p *Proxy) mayReach(ctx context.Context, c Credential, e *entry) bool {
	return e.ServiceID != 0 || c.UserID == e.UserID || p.opts.MayReach == nil || p.opts.MayReach(ctx, c, e.UserID, e.ServerID)
}

// enter tells of a visitor: somebody who may use the server and is not its owner.
func (f *flow) enter(ctx context.Context) error {
	e, enter := f.entry, f.proxy.opts.Enter
	if e.ServiceID != 0 || enter == nil {
		return nil
	}
	for _, b := range f.identity.bonds {
		if b.reach && b.cred.UserID != e.UserID {
			return enter(ctx, b.cred, e.UserID, func() string { return forwarded.ClientAddr(f.in, f.proxy.opts.TrustedProxies).String() })
		}
	}
	return nil
}

// live asks again whether a bond is good, and still the same person's. While nobody can
// say, it is: a database that is away must not close open notebooks.
func (p *Proxy) live(ctx context.Context, b bond) (Credential, bool) {
	ask := p.opts.Identities.Session
	switch b.by {
	case bySession:
	case byToken:
		ask = p.opts.Identities.Token
	case byLink:
		ask = p.opts.Identities.TokenByHash
	}
	cred, err := ask(ctx, b.secret)
	if hub.Is(err, hub.Unavailable) || ctx.Err() != nil {
		return b.cred, true
	}
	return cred, err == nil && cred.UserID == b.cred.UserID
}

// onceLive remembers the hashes of some tokens that were live, the last ones.
type onceLive struct {
	mu     sync.Mutex
	hashes map[string]struct{}
	order  []string
	next   int
}

const maxOnceLive = 4096

func (o *onceLive) add(hash string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.hashes[hash]; ok {
		return
	}
	if len(o.order) < maxOnceLive {
		o.order = append(o.order, hash)
	} else {
		delete(o.hashes, o.order[o.next])
		o.order[o.next] = hash
		o.next = (o.next + 1) % maxOnceLive
	}
	o.hashes[hash] = struct{}{}
}

func (o *onceLive) has(hash string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.hashes[hash]
	return ok
}
