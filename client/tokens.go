package client

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"time"
)

// Token is an API token, without its secret.
type Token struct {
	ID           string    `json:"id"`
	User         string    `json:"user"` // whose it is
	Note         string    `json:"note"`
	Scopes       []string  `json:"scopes"`
	Created      time.Time `json:"created"`       // UTC
	LastActivity time.Time `json:"last_activity"` // UTC; zero for never used
	ExpiresAt    time.Time `json:"expires_at"`    // UTC; zero for never
	OAuthClient  string    `json:"oauth_client"`  // what made it
}

// TokenRequest is what CreateToken asks for. The zero value is a token with all rights of its owner, for ever.
type TokenRequest struct {
	Note      string
	ExpiresIn time.Duration // rounded up to seconds; 0 is never
	Scopes    []string      // nil is all of the owner's; empty, but not nil, only tells whose it is
	Roles     []string      // instead of Scopes: those of these roles
}

// NewToken is a token just made, with its secret, which the hub does not tell again.
type NewToken struct {
	Token
	Secret string `json:"token"`
}

// Tokens are a person's tokens: those of their servers and logins, too. A hub may tell of many in several parts; of
// tokens that are revoked meanwhile by others, some others may be missing then.
func (c *Client) Tokens(ctx context.Context, user string) ([]Token, error) {
	var all []Token
	seen := map[string]bool{}
	for next := (url.Values)(nil); ; {
		var said struct {
			Tokens     []Token `json:"api_tokens"`
			Pagination struct {
				Next *struct{ Offset, Limit int } `json:"next"`
			} `json:"_pagination"`
		}
		_, err := c.do(ctx, call{
			method: http.MethodGet, route: userRoute(user).then("/tokens"), query: next, accept: pagedMedia + ", application/json",
			safe: true, limit: maxList, read: into(&said),
		})
		if err != nil {
			return nil, err
		}
		for _, t := range said.Tokens {
			if !seen[t.ID] {
				seen[t.ID], all = true, append(all, t)
			}
		}
		p := said.Pagination.Next
		if p == nil || len(said.Tokens) == 0 {
			return all, nil
		}
		next = url.Values{"offset": {count(p.Offset)}, "limit": {count(p.Limit)}}
	}
}

// CreateToken makes a token for a person. Scopes beyond theirs are ErrInvalid; somebody who does not exist is
// ErrForbidden. It is not sent twice: after a *ConnectionError there may be a token that nobody has.
func (c *Client) CreateToken(ctx context.Context, user string, r TokenRequest) (NewToken, error) {
	var made NewToken
	if r.ExpiresIn < 0 {
		return made, errors.New("a token cannot expire before it is made")
	}
	body := struct {
		Note      string   `json:"note,omitempty"`
		ExpiresIn int64    `json:"expires_in,omitempty"`
		Scopes    []string `json:"scopes,omitzero"`
		Roles     []string `json:"roles,omitzero"`
	}{r.Note, int64(math.Ceil(r.ExpiresIn.Seconds())), r.Scopes, r.Roles}
	_, err := c.do(ctx, call{method: http.MethodPost, route: userRoute(user).then("/tokens"), body: body, read: into(&made)})
	return made, err
}

// RevokeToken ends a token, by its ID. An error that is ErrNotFound says that the person has no such token.
func (c *Client) RevokeToken(ctx context.Context, user, id string) error {
	route := userRoute(user).then("/tokens").name("token", id)
	_, err := c.do(ctx, call{method: http.MethodDelete, route: route, safe: true, goneIsDone: true})
	return err
}
