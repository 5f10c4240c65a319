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

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/forwarded"
	"github.com/atriumhub/atrium/internal/hub"
)

// Credential says whose a cookie or a token is.
type Credential = access.Credential

// Identities resolves cookies and tokens to users, from memory where possible. The error is
// hub.Unauthenticated for a secret that is unknown, expired or revoked, or whose user is
// suspended, and hub.Unavailable while it cannot be looked up.
type Identities interface {
	// Session resolves the value of the session cookie.
	Session(ctx context.Context, cookie string) (Credential, error)
	// Token resolves an API token.
	Token(ctx context.Context, token string) (Credential, error)
	// TokenByHash resolves an API token by its hub.HashSecret.
	TokenByHash(ctx context.Context, hash string) (Credential, error)
}

// ErrIdentityUnavailable is why a request is not passed on while its credentials cannot be
// looked up: without its cookies, the server would take the owner for a stranger.
var ErrIdentityUnavailable = errors.New("cannot tell right now who asks")

// credentialSource is the kind of credential that a request brought.
type credentialSource uint8

const (
	fromSession credentialSource = iota // the session cookie
	fromToken                           // an API token
	fromLink                            // a handle on an API token, see linkCookie
)

// binding ties an exchange to a credential that it was opened with. The secret is kept to
// resolve it again later; it never leaves the process.
type binding struct {
	source       credentialSource
	secret       string // for fromLink the token's hash
	cred         Credential
	grantsAccess bool // to the server
}

// identity is the credentials of a request, and what of them the server gets to see.
type identity struct {
	bindings      []binding
	inline        [1]binding // backs bindings: nearly every request has one at most
	cookie        string     // the Cookie header to send; empty: none
	query         string     // to send
	linkTokenHash string     // of the token in a link for which the browser gets a handle; empty: none
	dropAuth      bool       // do not send the Authorization header
	unresolved    bool       // some credential cannot be looked up now
	inFrame       bool       // the browser shows the page in a frame of another site
}

// authorization is JupyterHub's own pattern. Python decodes headers as Latin-1, whose white
// space has more characters than Go's \s.
var authorization = regexp.MustCompile(`(?i)^(?:token|bearer)[\s\x{1c}-\x{1f}\v\x{85}\x{a0}]+(.+)$`)

// decodeLatin1 decodes a header as Python's servers do: each byte is a character.
func decodeLatin1(header string) string {
	runes := make([]rune, len(header))
	for i := range len(header) {
		runes[i] = rune(header[i])
	}
	return string(runes)
}

// tornadoArgument is a query parameter as Tornado reads it: control characters become
// spaces, and white space at the ends is removed.
func tornadoArgument(value string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, value))
}

// identify resolves the request's credentials into id, and sets what the server at e gets
// to see of them.
func (p *Proxy) identify(r *http.Request, e *entry, id *identity) {
	ctx := r.Context()
	*id = identity{query: r.URL.RawQuery}
	id.bindings = id.inline[:0]
	var buf [16]string
	pairs := cookiePairs(buf[:0], r.Header["Cookie"])
	session := ""
	var valuesBuf [4]string
	for _, value := range cookieValues(p.cookies.session, valuesBuf[:0], pairs) {
		if access.IsFrameSecret(value) {
			continue
		}
		if cred, ok := id.resolved(p.opts.Identities.Session(ctx, value)); ok {
			session = value
			id.bindings = append(id.bindings, binding{secret: value, cred: cred, grantsAccess: p.mayAccess(ctx, cred, e)})
			break
		}
	}
	if session == "" && len(p.opts.FrameAncestors) > 0 {
		session = p.bindFrameSession(r, e, id, pairs)
	}
	if auth := r.Header.Get("Authorization"); auth != "" {
		if m := authorization.FindStringSubmatch(decodeLatin1(auth)); m != nil {
			id.dropAuth = !p.bindToken(r, e, id, strings.TrimSpace(m[1]))
		}
	}
	id.query = p.queryTokens(r, e, id)
	if !id.hasAccess() {
		p.bindLinks(r, e, id, pairs)
	}
	if id.inFrame && session != "" {
		pairs = append(pairs, p.cookies.session+"="+session) // the server knows it by that name
	}
	id.cookie = p.cookies.upstreamCookies(pairs, e.ClientID, session, id.hasAccess())
}

// resolved reports whether a lookup found a credential. It takes the results of one of
// Identities, and notes if the lookup was not possible.
func (id *identity) resolved(c Credential, err error) (Credential, bool) {
	if hub.Is(err, hub.Unavailable) {
		id.unresolved = true
	}
	return c, err == nil
}

// bindToken binds the request to a valid token and reports whether the server may see the
// token. One that has become invalid must not reach a notebook server, which may have the
// hub's earlier answer in its cache; one without access must not open a websocket. What
// never was a token of the hub's passes: it may be for an application behind the server.
func (p *Proxy) bindToken(r *http.Request, e *entry, id *identity, token string) (pass bool) {
	if cred, ok := id.resolved(p.opts.Identities.Token(r.Context(), token)); ok {
		id.bindings = append(id.bindings, binding{source: fromToken, secret: token, cred: cred, grantsAccess: p.mayAccess(r.Context(), cred, e)})
		if !strings.HasPrefix(token, hub.TokenPrefix) {
			p.recent.add(hub.HashSecret(token))
		}
		return id.bindings[len(id.bindings)-1].grantsAccess || !wantsWebsocket(r)
	}
	return !strings.HasPrefix(token, hub.TokenPrefix) && !p.recent.has(hub.HashSecret(token))
}

// linkToken is bindToken for a token in the query. If nothing else gives its browser
// access, it also makes the response set a handle on the token.
func (p *Proxy) linkToken(r *http.Request, e *entry, id *identity, token string) (pass bool) {
	hadAccess := id.hasAccess()
	pass = p.bindToken(r, e, id, token)
	if !hadAccess && id.hasAccess() && isFollowedLink(r) {
		id.linkTokenHash = id.bindings[len(id.bindings)-1].cred.TokenHash
	}
	return pass
}

// queryTokens binds the request to the tokens in ?token=, which notebook servers accept
// from websockets and older ones from every request, and returns the query to send: the
// same, byte by byte, but for tokens that the server may not see.
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
			if err == nil && (asked > 4 || !p.linkToken(r, e, id, tornadoArgument(token))) {
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

// hasAccess reports whether any credential of the request grants access to the server.
func (id *identity) hasAccess() bool {
	return slices.ContainsFunc(id.bindings, func(b binding) bool { return b.grantsAccess })
}

// mayAccess reports whether a credential grants access to the server at e. Services decide
// for themselves whom they let in.
func (p *Proxy) mayAccess(ctx context.Context, c Credential, e *entry) bool {
	return e.ServiceID != 0 || c.UserID == e.UserID || p.opts.MayAccess == nil || p.opts.MayAccess(ctx, c, e.UserID, e.ServerID)
}

// visitor is the credential by which somebody is in the server who is not its owner.
func (x *exchange) visitor() (b binding, ok bool) {
	if x.entry.ServiceID != 0 {
		return b, false
	}
	for _, b := range x.identity.bindings {
		if b.grantsAccess && b.cred.UserID != x.entry.UserID {
			return b, true
		}
	}
	return b, false
}

func (x *exchange) isVisit() bool {
	_, ok := x.visitor()
	return ok && !x.isEnded()
}

// noteVisitor calls Options.OnVisit if the request comes from somebody who may use the
// server and is not its owner.
func (x *exchange) noteVisitor(ctx context.Context) error {
	b, ok := x.visitor()
	if !ok || x.proxy.opts.OnVisit == nil {
		return nil
	}
	return x.proxy.opts.OnVisit(ctx, b.cred, x.entry.UserID, x.entry.ServerID, func() string {
		return forwarded.ClientAddr(x.in, x.proxy.opts.TrustedProxies).String()
	})
}

// stillValid resolves a binding's credential again and reports whether it is valid and still
// the same user's. A failed lookup counts as valid: an unavailable database must not close
// open notebooks.
func (p *Proxy) stillValid(ctx context.Context, b binding) (Credential, bool) {
	resolve := p.opts.Identities.Session
	switch b.source {
	case fromSession:
	case fromToken:
		resolve = p.opts.Identities.Token
	case fromLink:
		resolve = p.opts.Identities.TokenByHash
	}
	cred, err := resolve(ctx, b.secret)
	if hub.Is(err, hub.Unavailable) || ctx.Err() != nil {
		return b.cred, true
	}
	return cred, err == nil && cred.UserID == b.cred.UserID
}

// recentTokens holds the hashes of the last maxRecentTokens tokens without the hub's prefix
// that were valid, to tell the hub's from other applications' once they are revoked.
type recentTokens struct {
	mu     sync.Mutex
	hashes map[string]struct{}
	order  []string // a ring of the same hashes, the oldest at next
	next   int
}

const maxRecentTokens = 4096

func (t *recentTokens) add(hash string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.hashes[hash]; ok {
		return
	}
	if len(t.order) < maxRecentTokens {
		t.order = append(t.order, hash)
	} else {
		delete(t.hashes, t.order[t.next])
		t.order[t.next] = hash
		t.next = (t.next + 1) % maxRecentTokens
	}
	t.hashes[hash] = struct{}{}
}

func (t *recentTokens) has(hash string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.hashes[hash]
	return ok
}
