package access

import (
	"strings"

	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// FrameSecretPrefix begins the values of both cookies of a login inside a frame; no others
// begin so. What is known of a session is known by the whole value, so that one cannot
// pass for the other.
const FrameSecretPrefix = "f."

// IsFrameSecret tells whether a cookie's value is of a login inside a frame.
func IsFrameSecret(value string) bool { return strings.HasPrefix(value, FrameSecretPrefix) }

// InFrame cuts what somebody may to what a login inside a frame is for: their servers,
// and what is open to them. A page around a frame can lead people to click on what they
// do not see: what such a click could give away is left to tabs of the hub's own.
func (x *Rights) InFrame(r *Requester) {
	room, _ := x.catalog.Expand([]string{
		"read:users!user", "servers!user", "access:servers", "access:services", "read:services",
	}, UserOwner(r.User), scopes.Client{})
	r.Framed = true
	r.Scopes = scopes.Intersect(r.Scopes, room, GroupsOf(r.User))
	r.Owner, r.names = r.Scopes, nil
}
