package hub

import (
	"net/url"
	"strings"
	"time"
)

// OAuthClient is a notebook server or a service that logs people in through the
// hub.
type OAuthClient struct {
	ID            string // "jupyterhub-user-NAME" and the like
	SecretHash    string
	RedirectURI   string // a path, or a whole URL; answers go nowhere else
	Description   string
	AllowedScopes []string
	ServerID      int64 // the server it stands for; 0 for a service
	OwnerID       int64 // that server's person
	ServiceID     int64 // the service it stands for; 0 for a server
}

// SendsTo tells whether the address that a request names is the registered one, byte by
// byte. None at all is it, too (RFC 6749 §3.1.2.3), and so is the path of a whole URL:
// that is what a service which the hub runs is told.
func (c OAuthClient) SendsTo(uri string) bool {
	if uri == "" || uri == c.RedirectURI {
		return true
	}
	u, err := url.Parse(c.RedirectURI)
	return err == nil && u.Host != "" && strings.HasPrefix(uri, "/") && uri == u.RequestURI()
}

// OAuthCode is an authorization code. It can be exchanged once; it stays until it
// expires so that a second try is seen, and takes the token with it.
type OAuthCode struct {
	Hash            string
	ClientID        string
	UserID          int64
	SessionID       string
	RedirectURI     string
	Scopes          []string
	Challenge       string // of PKCE (RFC 7636); empty: none
	ChallengeMethod string
	Expires         time.Time
	TokenID         int64 // the token given for it; 0 until then
}
