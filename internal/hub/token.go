package hub

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// TokenPrefix begins every token that Atrium makes, so that a leaked one can be
// recognised, by scanners and by the proxy.
const TokenPrefix = "atr_"

// APIClient is the OAuth client that tokens made over the API belong to.
const APIClient = "jupyterhub"

// Token is an API token. The secret itself is never kept, only its Hash.
type Token struct {
	ID           int64
	UserID       int64 // whose it is; 0 for a service's
	UserName     string
	ServiceID    int64 // the service whose it is; 0 for a person's
	ServiceName  string
	Hash         string // HashSecret of the secret
	Note         string
	Scopes       []string // as granted; cut by the owner's at the time of use
	ClientID     string   // OAuth client that it was issued to, or APIClient
	ClientName   string   // that client's description
	ServerID     int64    // the server whose own token this is; 0 otherwise
	SessionID    string   // the browser session it dies with; empty otherwise
	Created      time.Time
	Expires      time.Time // zero: never
	LastActivity time.Time
	Chosen       bool // at making: somebody chose the secret, and may have come with it before, in vain; it is not kept
}

// Expired tells whether the token has come to its end.
func (t Token) Expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

// TokenQuery selects a person's tokens that have not expired.
type TokenQuery struct {
	UserID int64
	// Own are those that were made over the API, and those of servers: what was given to
	// no application.
	Own    bool
	Newest bool // the one made last first, and not the one used last at the end
	Offset int
	Limit  int // 0: all
}

// GivenTokenQuery selects the tokens that people made, of everybody, which have not expired.
// Servers' own, and what applications got, are not among them.
type GivenTokenQuery struct {
	User   string // whose; empty: everybody's
	Before int64  // with lower ids; 0: all
	Limit  int
}

// TokenClient is an application that a person gave tokens to.
type TokenClient struct {
	ID, Name     string
	Tokens       int
	First        int64     // the ID of one of the tokens
	Created      time.Time // of the first of them
	LastActivity time.Time // zero: none was used
}

// Session is a browser that logged in. Its ID is the hash of the session cookie,
// LoginHash that of the login cookie.
type Session struct {
	ID        string
	LoginHash string
	UserID    int64
	Created   time.Time
	Expires   time.Time
	LastSeen  time.Time
	Address   string
	UserAgent string
}

// NewSecret makes a secret of 256 random bits in URL-safe text.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// NewToken makes the secret of an API token.
func NewToken() string { return TokenPrefix + NewSecret() }

// HashSecret is the form in which secrets of full entropy are kept and looked up.
// Passwords are not such secrets.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
