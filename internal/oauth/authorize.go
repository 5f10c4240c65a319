package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// Authorize answers an authorization request of somebody who is logged in: with
// the address to send the browser to, or with what they must be asked first.
//
// hub.Invalid is for a request whose client or redirect URI is not right: the
// browser must not be sent anywhere. hub.Forbidden is for a person who may not use
// the client's server, hub.NotFound for a server that is gone. All else that is
// wrong with a request becomes a redirect with an error.
func (p *Provider) Authorize(ctx context.Context, who *access.Requester, q url.Values) (redirect string, confirm *tokens.Grant, err error) {
	req, grant, failed, err := p.grant(ctx, who, q)
	if err != nil || failed != "" {
		return failed, nil, err
	}
	if grant.Confirm {
		return "", &grant, nil
	}
	redirect, err = p.issue(ctx, who, req, grant)
	return redirect, nil, err
}

// Approve is the consent of the person to what they chose of the grant that
// Authorize told. Nothing chosen still lets the client know who they are.
func (p *Provider) Approve(ctx context.Context, who *access.Requester, q url.Values, chosen []string) (redirect string, err error) {
	req, grant, failed, err := p.grant(ctx, who, q)
	if err != nil || failed != "" {
		return failed, err
	}
	// What was chosen goes through the same rules again: the form is the browser's.
	asked, wrong := askedScopes(chosen, p.grants.Rights())
	if wrong != nil {
		return req.failure(wrong), nil
	}
	shown := req.client
	shown.AllowedScopes = grant.Scopes
	if grant, failed, err = p.granted(ctx, who, req, shown, append(asked, identifyOnly)); err != nil || failed != "" {
		return failed, err
	}
	return p.issue(ctx, who, req, grant)
}

// grant checks the request and says what the client would get. failed is the
// redirect that tells the client what is wrong with it.
func (p *Provider) grant(ctx context.Context, who *access.Requester, q url.Values) (req request, g tokens.Grant, failed string, err error) {
	c, err := p.client(ctx, q)
	if err != nil {
		return req, g, "", fmt.Errorf("authorize: %w", err)
	}
	req, wrong := parse(q, c, p.grants.Rights())
	if wrong != nil {
		return req, g, req.failure(wrong), nil
	}
	g, failed, err = p.granted(ctx, who, req, c, req.scopes)
	return req, g, failed, err
}

func (p *Provider) granted(ctx context.Context, who *access.Requester, req request, c hub.OAuthClient, asked []string) (g tokens.Grant, failed string, err error) {
	g, err = p.grants.OAuthGrant(ctx, who, c, asked)
	switch {
	case errors.Is(err, tokens.ErrInvalidScope):
		return g, req.failure(&redirectError{"invalid_scope", "scope asks for more than this client may have"}), nil
	case err != nil:
		return g, "", fmt.Errorf("authorize %s: %w", c.ID, err)
	}
	return g, "", nil
}

func (p *Provider) issue(ctx context.Context, who *access.Requester, req request, g tokens.Grant) (string, error) {
	code, err := p.grants.IssueCode(ctx, who, g, tokens.CodeRequest{
		RedirectURI: req.redirect, Challenge: req.challenge, ChallengeMethod: req.method,
	})
	if err != nil {
		return "", fmt.Errorf("issue a code to %s: %w", req.client.ID, err)
	}
	return req.answer(url.Values{"code": {code}}), nil
}
