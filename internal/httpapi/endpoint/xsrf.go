package endpoint

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/secfetch"
)

// XSRF follows JupyterHub's rules (_xsrf_utils of 6.1.1), in places more strictly:
// the cookie is HttpOnly, because a notebook's page could read it at the hub's path
// after history.pushState; and a no-cors GET is exempt only when it is for a
// subresource, because a same-origin fetch in that mode can read the answer.

const (
	xsrfAge          = 31 * 24 * time.Hour
	xsrfAnonymousAge = time.Hour // of the cookie, for somebody who hasn't logged in
	xsrfPurpose      = "atrium xsrf 1"
	xsrfSize         = 8 + sha256.Size
)

// MaxClockSkew is how far clocks of replicas may differ.
const MaxClockSkew = time.Hour

// newXSRFToken makes the token for a browser: the time, and a signature over the time, the
// session and the user, or over what distinguishes anonymous browsers.
func (e *Env) newXSRFToken(r *http.Request, who *access.Requester, at time.Time) string {
	var raw [xsrfSize]byte
	stamp := at.Unix()
	binary.BigEndian.PutUint64(raw[:8], uint64(stamp))
	copy(raw[8:], e.signXSRF(r, who, stamp))
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func (e *Env) signXSRF(r *http.Request, who *access.Requester, stamp int64) []byte {
	mac := hmac.New(sha256.New, e.opts.XSRFKey)
	if who.Session != nil {
		fmt.Fprintf(mac, "%s|%d|%s|user %d", xsrfPurpose, stamp, who.Session.ID, who.User.ID)
	} else {
		sum := sha256.Sum256([]byte(e.ClientAddress(r) + "\xff" + r.UserAgent() + "\xff"))
		fmt.Fprintf(mac, "%s|%d||anonymous %x", xsrfPurpose, stamp, sum)
	}
	return mac.Sum(nil)
}

// validXSRF reports whether the token was made for this browser and is not too old.
func (e *Env) validXSRF(r *http.Request, who *access.Requester, token string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != xsrfSize {
		return false
	}
	stamp := int64(binary.BigEndian.Uint64(raw[:8]))
	if subtle.ConstantTimeCompare(raw[8:], e.signXSRF(r, who, stamp)) != 1 {
		return false
	}
	age := e.clock().Sub(time.Unix(stamp, 0))
	return age <= xsrfAge && age >= -MaxClockSkew
}

// cookieXSRF is the first valid one of the browser's XSRF cookies.
func (e *Env) cookieXSRF(r *http.Request, who *access.Requester) (string, bool) {
	tokens := cookies(r, XSRFCookie)
	if e.mayUseFrameCookies(r) {
		tokens = append(tokens, cookies(r, frameXSRFCookie)...)
	}
	for _, token := range tokens {
		if e.validXSRF(r, who, token) {
			return token, true
		}
	}
	return "", false
}

// XSRFToken is the token for this browser: its cookie's while that is valid, else a new one,
// which is not valid before it is set as a cookie.
func (e *Env) XSRFToken(r *http.Request, who *access.Requester) string {
	if token, ok := e.cookieXSRF(r, who); ok {
		return token
	}
	return e.newXSRFToken(r, who, e.clock())
}

// RefreshXSRF returns the token to put into a page, and sets the cookie when a
// navigation came without a good one. It must come before the answer's body.
func (e *Env) RefreshXSRF(w http.ResponseWriter, r *http.Request, who *access.Requester) string {
	if token, ok := e.cookieXSRF(r, who); ok {
		return token
	}
	token := e.newXSRFToken(r, who, e.clock())
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode == "" || mode == "navigate" {
		e.SetXSRF(w, r, who, token)
	}
	return token
}

// SetXSRF sets the cookie with the token.
func (e *Env) SetXSRF(w http.ResponseWriter, r *http.Request, who *access.Requester, token string) {
	age := time.Duration(0)
	if !who.Known() {
		age = xsrfAnonymousAge
	}
	name := XSRFCookie
	if e.isFrameLogin(r) {
		name = frameXSRFCookie
	}
	e.setCookie(w, r, name, token, e.Hub, age)
}

// staleFormMessage tells a person that a form's XSRF token is not, or no longer, valid.
const staleFormMessage = "This page was open for too long, or your login ended meanwhile, so nothing was changed. Load it again, and repeat what you did."

// CheckXSRF is hub.Forbidden for a request that a page of somebody else could have
// made the browser send.
func (e *Env) CheckXSRF(r *http.Request, who *access.Requester) error {
	onAPI := CallOf(r).ErrorsAsJSON()
	if who.Token != nil || !needsXSRF(r, onAPI) {
		return nil
	}
	if onAPI && !who.Known() && r.Header.Get("Origin") == "" {
		return nil // the use case refuses nobody, in its own words
	}
	token, err := xsrfArgument(r, onAPI)
	if err != nil {
		return err
	}
	if token == "" {
		return hub.Errorf(hub.Forbidden, "'_xsrf' argument missing from %s", r.Method).Plainly(staleFormMessage)
	}
	want, ok := e.cookieXSRF(r, who)
	if !ok || subtle.ConstantTimeCompare([]byte(token), []byte(want)) != 1 {
		return hub.Errorf(hub.Forbidden, "XSRF cookie does not match %s argument", r.Method).Plainly(staleFormMessage)
	}
	return nil
}

// needsXSRF leaves out what only reads: on the API all but HEAD and OPTIONS, and
// those GETs whose answer no script gets to see; elsewhere every safe method.
func needsXSRF(r *http.Request, onAPI bool) bool {
	safe := r.Method == http.MethodHead || r.Method == http.MethodOptions
	get := r.Method == http.MethodGet
	mode := r.Header.Get("Sec-Fetch-Mode")
	switch {
	case safe || get && !onAPI:
		return false
	case mode == "websocket":
		return false
	case get && (mode == "" || mode == "navigate"):
		return secfetch.IsEmbedded(r)
	case get && mode == "no-cors":
		return r.Header.Get("Sec-Fetch-Site") != "same-origin" || !isSubresource(r.Header.Get("Sec-Fetch-Dest"))
	}
	return true
}

// isSubresource reports whether the response is for a page's markup, and not readable by a
// script.
func isSubresource(dest string) bool {
	switch dest {
	case "audio", "audioworklet", "font", "image", "manifest", "paintworklet", "script", "style", "track", "video":
		return true
	}
	return false
}

// xsrfArgument finds the token in the query, in a form, or in a header.
func xsrfArgument(r *http.Request, onAPI bool) (string, error) {
	if token := LastValue(r.URL.Query(), XSRFCookie); token != "" {
		return token, nil
	}
	if !onAPI {
		if err := ParseForm(r); err != nil {
			return "", err
		}
		if token := LastValue(r.PostForm, XSRFCookie); token != "" {
			return token, nil
		}
	}
	if token := r.Header.Get("X-XSRFToken"); token != "" {
		return token, nil
	}
	return r.Header.Get("X-CSRFToken"), nil
}

// CheckOrigin refuses what another site makes a browser send, whatever it carries.
func (e *Env) CheckOrigin(r *http.Request) error {
	seen := *r
	seen.Host = e.Host(r)
	if err := e.cross.Check(&seen); err != nil {
		return hub.Wrap(hub.Forbidden, err, "Cross-origin request refused").Plainly(
			"A page of another site asked for this in your name, and the hub refused it. If it was you, begin at the home page.")
	}
	return nil
}

// CheckNavigation refuses requests that are not navigations: notebooks share the origin, and
// their scripts must not fetch a page, which contains the XSRF token, nor show it in a
// frame, unless mayFrame is true.
func CheckNavigation(r *http.Request, mayFrame bool) error {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return hub.Errorf(hub.Forbidden, "This page can only be opened, not fetched").Plainly("This page can only be opened, not fetched by another.")
	}
	if secfetch.IsEmbedded(r) && !(mayFrame && secfetch.IsForFrame(r)) {
		return EmbeddedError{}
	}
	return nil
}
