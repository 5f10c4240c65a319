package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// Token is the answer to a good token request (RFC 6749 §5.1). There is no refresh
// token: a notebook server asks the browser again.
type Token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
	Scope       string `json:"scope"`
}

// TokenError is the answer to a bad one (RFC 6749 §5.2).
type TokenError struct {
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
	cause       error
}

// Error implements error; it is for the log.
func (e *TokenError) Error() string {
	if e.cause != nil {
		return e.Code + ": " + e.cause.Error()
	}
	return e.Code + ": " + e.Description
}

// Unwrap gives the cause, where there is one.
func (e *TokenError) Unwrap() error { return e.cause }

// Token answers a token request with a status and a body for JSON: a Token or a
// *TokenError. The client is known by its secret in the form; an Authorization
// header besides is none of its business.
func (p *Provider) Token(ctx context.Context, form url.Values) (status int, body any) {
	x, status, wrong := exchange(form)
	if wrong != nil {
		return status, wrong
	}
	got, err := p.grants.ExchangeCode(ctx, x)
	switch {
	case errors.Is(err, tokens.ErrInvalidClient):
		return http.StatusUnauthorized, &TokenError{Code: "invalid_client", Description: "The client or its secret is not right."}
	case errors.Is(err, tokens.ErrInvalidGrant):
		return http.StatusBadRequest, &TokenError{
			Code: "invalid_grant", Description: "The code is not valid, has expired, was used, or is not this client's.",
		}
	case hub.Is(err, hub.Unavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, &TokenError{Code: "temporarily_unavailable", Description: "The hub cannot answer just now.", cause: err}
	case err != nil:
		return http.StatusInternalServerError, &TokenError{Code: "server_error", Description: "Something failed on the hub.", cause: err}
	}
	return http.StatusOK, Token{
		AccessToken: got.Secret, TokenType: "Bearer",
		ExpiresIn: int64(got.ExpiresIn.Seconds()), Scope: strings.Join(got.Scopes, " "),
	}
}

// exchange reads a token request.
func exchange(form url.Values) (x tokens.Exchange, status int, wrong *TokenError) {
	known := []string{"grant_type", "client_id", "client_secret", "code", "redirect_uri", "code_verifier"}
	for _, name := range known {
		if len(form[name]) > 1 {
			return x, http.StatusBadRequest, &TokenError{Code: "invalid_request", Description: name + " is given more than once."}
		}
		if len(form.Get(name)) > maxParameter {
			return x, http.StatusBadRequest, &TokenError{Code: "invalid_request", Description: name + " is too long."}
		}
	}
	switch form.Get("grant_type") {
	case "authorization_code":
	case "":
		return x, http.StatusBadRequest, &TokenError{Code: "invalid_request", Description: "grant_type is missing."}
	default:
		return x, http.StatusBadRequest, &TokenError{Code: "unsupported_grant_type", Description: "Only authorization_code is supported."}
	}
	if form.Get("client_id") == "" || form.Get("client_secret") == "" {
		return x, http.StatusUnauthorized, &TokenError{Code: "invalid_client", Description: "client_id and client_secret must be in the body."}
	}
	if form.Get("code") == "" {
		return x, http.StatusBadRequest, &TokenError{Code: "invalid_request", Description: "code is missing."}
	}
	verifier := form.Get("code_verifier")
	return tokens.Exchange{
		ClientID: form.Get("client_id"), ClientSecret: form.Get("client_secret"),
		Code: form.Get("code"), RedirectURI: form.Get("redirect_uri"),
		Verify: func(challenge, method string) bool { return verified(challenge, method, verifier) },
	}, http.StatusOK, nil
}

// verified checks a PKCE verifier (RFC 7636 §4.6). A verifier for a code without a
// challenge is refused: somebody took the challenge away (RFC 9700 §2.1.1).
func verified(challenge, method, verifier string) bool {
	if challenge == "" {
		return verifier == ""
	}
	if !unreserved(verifier) {
		return false
	}
	if method == s256 {
		sum := sha256.Sum256([]byte(verifier))
		verifier = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return subtle.ConstantTimeCompare([]byte(verifier), []byte(challenge)) == 1
}
