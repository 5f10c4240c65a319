package proxy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/forwarded"
)

// A link with ?token= authenticates one page only. The requests that this page makes carry
// the cookie that the server has set in return for the token, but the proxy passes a
// server's own cookie only along with a credential that grants access. So a browser without
// a session gets a handle on the token: the token's hash, encrypted, for this server alone.
// A handle is not a credential for the hub or the server; it grants what the token grants
// at that moment.

// linkCookie is the name of the cookie with the handle.
const linkCookie = "atrium-token-link"

// linkMaxAge is how long a browser keeps a handle: as long as the cookies that notebook
// servers set in return for a token. The token may expire before.
const linkMaxAge = 30 * 24 * time.Hour

const maxHandleLen = 512 // in bytes; longer ones are ignored

// sealer encrypts and decrypts handles.
type sealer struct{ aead cipher.AEAD }

// newSealer makes a sealer for a key, which other hubs may share; without one it makes a
// random key of its own.
func newSealer(key []byte) sealer {
	if len(key) == 0 {
		key = make([]byte, sha256.Size)
		_, _ = rand.Read(key) // never fails: crypto/rand ends the process instead
	}
	sum := sha256.Sum256(append([]byte("atrium token link 1|"), key...))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the size of block that it needs
	}
	return sealer{aead}
}

// additionalData is the AEAD's additional data, which binds a handle to one server.
func (e *entry) additionalData() []byte {
	return fmt.Appendf(nil, "%d|%d|%s", e.ServerID, e.ServiceID, e.Prefix)
}

func (s sealer) seal(tokenHash string, e *entry) string {
	sealed := s.aead.Seal(nil, nil, []byte(tokenHash), e.additionalData()) //nolint:gosec // the nonce is random: newSealer
	return base64.RawURLEncoding.EncodeToString(sealed)
}

func (s sealer) open(handle string, e *entry) (tokenHash string, ok bool) {
	if len(handle) > maxHandleLen {
		return "", false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(handle)
	if err != nil {
		return "", false
	}
	hash, err := s.aead.Open(nil, nil, sealed, e.additionalData())
	return string(hash), err == nil
}

// bindLinks binds the request to the tokens of the handles among its cookies.
func (p *Proxy) bindLinks(r *http.Request, e *entry, id *identity, pairs []string) {
	var buf [4]string
	for _, handle := range cookieValues(linkCookie, buf[:0], pairs) {
		hash, ok := p.links.open(handle, e)
		if !ok {
			continue
		}
		if cred, ok := id.resolved(p.opts.Identities.TokenByHash(r.Context(), hash)); ok {
			id.bindings = append(id.bindings, binding{source: fromLink, secret: hash, cred: cred, grantsAccess: p.mayAccess(r.Context(), cred, e)})
		}
	}
}

// isFollowedLink reports whether a token in this request's query is that of a link which
// somebody follows. Scripts and programs need no handle: they send the token each time.
func isFollowedLink(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return r.Method == http.MethodGet && (mode == "" || mode == "navigate") && !wantsWebsocket(r)
}

// setLinkCookie sets the cookie with a handle on the token of the request's link.
func (x *exchange) setLinkCookie(h http.Header) {
	c := http.Cookie{ //nolint:gosec // Secure wherever the browser uses https
		Name: linkCookie, Value: x.proxy.links.seal(x.identity.linkTokenHash, x.entry), Path: x.entry.Prefix,
		MaxAge: int(linkMaxAge.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: forwarded.Scheme(x.in, x.proxy.opts.TrustedProxies) == "https",
	}
	if x.identity.inFrame {
		c.SameSite, c.Secure, c.Partitioned = http.SameSiteNoneMode, true, true
	}
	h.Add("Set-Cookie", c.String())
}
