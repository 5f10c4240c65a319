package site

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
)

// A user without a password sets one by a claim: they type it in the login form and again on
// the page after it. The hub stores nothing in between: the page carries a ticket, an HMAC
// of name, password and time, with which the second password is compared with the first.
// Without the hub's key a ticket reveals nothing about the password.

const (
	claimPurpose = "atrium claim 1"
	claimAge     = 10 * time.Minute
	claimSize    = 8 + sha256.Size
)

// renderClaim shows the second form, or says what is wrong with the password chosen.
func (s *Handlers) renderClaim(w http.ResponseWriter, r *http.Request, who *access.Requester, e *login.UnclaimedError, password string) error {
	if e.Problem != "" {
		return s.loginForm(w, r, who, http.StatusForbidden, pages.Login{
			Username: e.Name, Rule: s.app.Config().Passwords.String(), Error: "You have no password yet: the first one that you log in with becomes yours. " + e.Problem,
		})
	}
	c := s.commonForLogin(w, r, who)
	c.FramedBy = nil // unlike the first form: passwords are set in tabs
	return s.pages.Render(w, http.StatusOK, pages.Claim{
		Common: c, Username: e.Name, Next: s.env.NextParam(r),
		Ticket: s.claimTicket(e.Name, password, s.clock()),
	})
}

func (s *Handlers) claimTicket(name, password string, at time.Time) string {
	var raw [claimSize]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(at.Unix()))
	copy(raw[8:], s.signClaim(name, password, at.Unix()))
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func (s *Handlers) signClaim(name, password string, stamp int64) []byte {
	mac := hmac.New(sha256.New, s.opts.ClaimKey)
	fmt.Fprintf(mac, "%s|%d|%d|%s|%s", claimPurpose, stamp, len(name), name, password)
	return mac.Sum(nil)
}

// checkClaim says what is wrong with a ticket; empty when it was made for this name
// and password a short time ago.
func (s *Handlers) checkClaim(ticket, rawName, password string) string {
	const old = "This form was open for too long. Try again."
	raw, err := base64.RawURLEncoding.Strict().DecodeString(ticket)
	name, nameErr := hub.UserName(rawName)
	if err != nil || nameErr != nil || len(raw) != claimSize {
		return old
	}
	stamp := int64(binary.BigEndian.Uint64(raw[:8]))
	if age := s.clock().Sub(time.Unix(stamp, 0)); age > claimAge || age < -endpoint.MaxClockSkew {
		return old
	}
	if !hmac.Equal(raw[8:], s.signClaim(name, password, stamp)) {
		return "The two passwords were not the same. Choose one, and type it again on the next page."
	}
	return ""
}
