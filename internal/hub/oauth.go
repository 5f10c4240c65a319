package hub

import "time"

// OAuthClient is a notebook server or a service that logs people in through the
// hub.
type OAuthClient struct {
	ID            string // "jupyterhub-user-NAME" and the like
	SecretHash    string
	RedirectURI   string // compared byte for byte; a path, or a whole URL
	Description   string
	AllowedScopes []string
	ServerID      int64 // the server it stands for; 0 for a service
	OwnerID       int64 // that server's person
	ServiceID     int64 // the service it stands for; 0 for a server
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
	Challenge       string
	ChallengeMethod string
	Expires         time.Time
	TokenID         int64 // the token given for it; 0 until then
}
