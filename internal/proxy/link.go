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

// A link with ?token= opens one page. What leads on from there comes with the cookie
// that the server has made of the token, and a server's own cookie passes only where the
// proxy knows somebody who has access. So a browser that has no session gets a handle on
// the token: the token's hash, sealed, for this server alone. It is no credential, to the
// hub or to the server, and is worth what the token is worth at that moment.

// linkCookie is the name of the cookie with the handle.
const linkCookie = "atrium-token-link"

// linkAge is for how long a browser keeps a handle, as long as notebook servers let
// theirs keep what they make of a token. The token may end before.
const linkAge = 30 * 24 * time.Hour

const maxLink = 512 // bytes of a handle that is looked at

// sealer makes handles and reads them.
type sealer struct{ aead cipher.AEAD }

// newSealer makes one whose handles others with the same key can read; without a key,
// nobody else.
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

// place is what a handle is bound to.
func (e *entry) place() []byte {
	return fmt.Appendf(nil, "%d|%d|%s", e.ServerID, e.ServiceID, e.Prefix)
}

func (s sealer) seal(tokenHash string, e *entry) string {
	sealed := s.aead.Seal(nil, nil, []byte(tokenHash), e.place()) //nolint:gosec // the nonce is random: newSealer
	return base64.RawURLEncoding.EncodeToString(sealed)
}

func (s sealer) open(handle string, e *entry) (tokenHash string, ok bool) {
	if len(handle) > maxLink {
		return "", false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(handle)
	if err != nil {
		return "", false
	}
	hash, err := s.aead.Open(nil, nil, sealed, e.place())
	return string(hash), err == nil
}

// bindLinks binds the request to the tokens on which its browser has handles.
func (p *Proxy) bindLinks(r *http.Request, e *entry, id *identity, pairs []string) {
	var few [4]string
	for _, handle := range valuesOf(linkCookie, few[:0], pairs) {
		hash, ok := p.links.open(handle, e)
		if !ok {
			continue
		}
		if cred, ok := id.known(p.opts.Identities.TokenByHash(r.Context(), hash)); ok {
			id.bonds = append(id.bonds, bond{by: byLink, secret: hash, cred: cred, reach: p.mayReach(r.Context(), cred, e)})
		}
	}
}

// links tells whether a token in this request's query is a link that somebody follows:
// scripts and programs say what they come with each time.
func links(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return r.Method == http.MethodGet && (mode == "" || mode == "navigate") && !wantsWebsocket(r)
}

// setLink gives the browser a handle on the token that its link had.
func (f *flow) setLink(h http.Header) {
	c := http.Cookie{ //nolint:gosec // Secure wherever the browser came encrypted
		Name: linkCookie, Value: f.proxy.links.seal(f.identity.link, f.entry), Path: f.entry.Prefix,
		MaxAge: int(linkAge.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: forwarded.Scheme(f.in, f.proxy.opts.TrustedProxies) == "https",
	}
	if f.identity.frame {
		c.SameSite, c.Secure, c.Partitioned = http.SameSiteNoneMode, true, true
	}
	h.Add("Set-Cookie", c.String())
}
