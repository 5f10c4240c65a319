package tokens

import (
	"context"
	"crypto/subtle"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// CodeAge is how long an authorization code can be exchanged (JupyterHub: 300 s).
const CodeAge = 5 * time.Minute

// Grant is what a person may give a client, found before anything is asked.
type Grant struct {
	Client  hub.OAuthClient
	Owner   string   // whose server it is
	Server  string   // that server's name
	Service string   // the service, instead of a server
	Scopes  []string // what the client would get
	Confirm bool     // the person must be asked first
}

// OAuthClient finds a client that people can be sent back to.
func (tt *Tokens) OAuthClient(ctx context.Context, id string) (c hub.OAuthClient, err error) {
	err = tt.store.View(ctx, func(tx data.Tx) error {
		c, err = tx.OAuthClient(ctx, id)
		return err
	})
	return c, err
}

// ErrInvalidScope is the answer to a client that asks for more than it may have from
// anybody.
var ErrInvalidScope = hub.Errorf(hub.Invalid, "the client may not have all of these scopes")

// OAuthGrant says what the client would get from the requester. A client that asks for
// more than it may have gets ErrInvalidScope; who has no access to the client's server
// is hub.Forbidden.
func (tt *Tokens) OAuthGrant(ctx context.Context, r *access.Requester, c hub.OAuthClient, asked []string) (g Grant, err error) {
	if r.Session == nil {
		return g, hub.Errorf(hub.Unauthenticated, "Log in first")
	}
	err = tt.store.View(ctx, func(tx data.Tx) error {
		g = Grant{Client: c}
		client, allowed, err := tt.behind(ctx, tx, r, &g)
		if err != nil {
			return err
		}
		if g.Scopes, err = tt.grantScopes(r, c, client, asked, tt.rights.GroupsIn(ctx, tx, r.Held())); err != nil {
			return err
		}
		if allowed != nil {
			return allowed
		}
		g.Confirm = g.Confirm && !hasGiven(ctx, tx, r, g)
		return nil
	})
	return g, err
}

// behind notes in the grant what its client stands for, and whether such a client has to
// ask people. denied says why the requester has no access to it.
func (tt *Tokens) behind(ctx context.Context, tx data.Tx, r *access.Requester, g *Grant) (client scopes.Client, denied, err error) {
	if g.Client.ServiceID != 0 {
		s, err := tx.ServiceByID(ctx, g.Client.ServiceID)
		if err != nil {
			return client, nil, err
		}
		if !r.Scopes.AllowsService("access:services", s.Name) {
			denied = hub.Errorf(hub.Forbidden, "You do not have permission to access the service %s", s.Name).Plainly(
				"The service %s is not open to you. If it should be, ask an administrator of this hub.", s.Name)
		}
		g.Service, g.Confirm = s.Name, !s.NoConfirm
		return scopes.Client{Service: s.Name}, denied, nil
	}
	s, err := tx.ServerByID(ctx, g.Client.ServerID)
	if hub.Is(err, hub.NotFound) {
		return client, nil, hub.Errorf(hub.NotFound, "The server of this client is gone").Plainly(
			"The notebook server that sent you here is not running any more. Start it again.")
	}
	if err != nil {
		return client, nil, err
	}
	owner, err := tx.UserByID(ctx, s.UserID)
	if err != nil {
		return client, nil, err
	}
	if !r.AllowsServer(access.ServersScope, owner, s.Name) {
		denied = hub.Errorf(hub.Forbidden, "You do not have permission to access %s", s.FullName()).Plainly(
			"This notebook server of %s is not open to you. Ask %[1]s to share it.", owner.Name)
	}
	g.Owner, g.Server, g.Confirm = owner.Name, s.Name, owner.ID != r.User.ID
	return scopes.Client{Server: s.FullName()}, denied, nil
}

// grantScopes is the access to what the client stands for and the right to identify
// the person, and of what was asked for, or else of all that the client may have, as
// much as the person holds; as it is written, where that is all of it, so that it reads
// as it was asked for.
func (tt *Tokens) grantScopes(r *access.Requester, c hub.OAuthClient, client scopes.Client, asked []string, groups scopes.Groups) ([]string, error) {
	basic := append(scopes.Access(client).Strings(), "read:users:name!user", "read:users:groups!user")
	resolve := func(list, have []string) (allowed, refused []string) {
		return tt.rights.Resolve(list, have, access.UserOwner(r.User), client, groups)
	}
	wanted := c.AllowedScopes
	if len(asked) > 0 {
		wanted = asked
		_, refused := resolve(asked, slices.Concat(basic, c.AllowedScopes))
		if len(refused) > 0 && !slices.Contains(c.AllowedScopes, scopes.Inherit) {
			return nil, ErrInvalidScope
		}
	}
	held := slices.Concat(r.ScopeNames(), []string{scopes.Inherit})
	if r.Framed {
		held = r.ScopeNames() // and not what the person may elsewhere
	}
	granted, _ := resolve(wanted, held)
	granted = slices.Concat(granted, basic)
	slices.Sort(granted)
	return slices.Compact(granted), nil
}

// hasGiven tells whether the person gave this client as much before.
func hasGiven(ctx context.Context, tx data.Tx, r *access.Requester, g Grant) bool {
	tokens, err := tx.TokensOfClient(ctx, r.User.ID, g.Client.ID)
	if err != nil {
		return false // ask again rather than assume
	}
	return slices.ContainsFunc(tokens, func(t hub.Token) bool {
		return !t.Expired(tx.Now()) && (slices.Contains(t.Scopes, scopes.Inherit) ||
			!slices.ContainsFunc(g.Scopes, func(s string) bool { return !slices.Contains(t.Scopes, s) }))
	})
}

// CodeRequest is what an authorization code is bound to.
type CodeRequest struct {
	RedirectURI     string
	Challenge       string
	ChallengeMethod string
}

// IssueCode gives the client a code for the grant.
func (tt *Tokens) IssueCode(ctx context.Context, r *access.Requester, g Grant, req CodeRequest) (string, error) {
	secret := hub.NewSecret()
	err := tt.store.Update(ctx, func(tx data.Tx) error {
		if err := tx.TrimOAuthCodes(ctx, r.User.ID, mostCodes-1); err != nil {
			return err
		}
		return tx.CreateOAuthCode(ctx, hub.OAuthCode{
			Hash: hub.HashSecret(secret), ClientID: g.Client.ID, UserID: r.User.ID, SessionID: r.Session.ID,
			RedirectURI: req.RedirectURI, Scopes: g.Scopes,
			Challenge: req.Challenge, ChallengeMethod: req.ChallengeMethod,
			Expires: tx.Now().Add(CodeAge),
		})
	})
	return secret, err
}

// Exchange is a client's request for a token.
type Exchange struct {
	ClientID, ClientSecret string
	Code                   string
	RedirectURI            string // empty: the registered one
	// Verify checks the PKCE verifier against what the code is bound to.
	Verify func(challenge, method string) bool
}

// Exchanged is the token that a code was exchanged for.
type Exchanged struct {
	Secret    string
	ExpiresIn time.Duration
	Scopes    []string
}

// Errors of ExchangeCode, told apart because RFC 6749 §5.2 has a word for each.
var (
	ErrInvalidClient = hub.Errorf(hub.Unauthenticated, "the client or its secret is not right")
	ErrInvalidGrant  = hub.Errorf(hub.Invalid, "the code is not valid, has expired, was used, or is not this client's")
)

// ExchangeCode exchanges a code once. A second try is refused, and takes with it
// the token that the first one gave, since one of the two is a thief (RFC 6749 §4.1.2).
func (tt *Tokens) ExchangeCode(ctx context.Context, x Exchange) (out Exchanged, err error) {
	var refused error // an answer that must be kept with what it changed
	err = tt.store.Update(ctx, func(tx data.Tx) error {
		refused = nil
		c, err := authenticClient(ctx, tx, x)
		if err != nil {
			return err
		}
		code, err := tx.OAuthCode(ctx, hub.HashSecret(x.Code))
		if hub.Is(err, hub.NotFound) || err == nil && code.ClientID != c.ID {
			return ErrInvalidGrant
		}
		if err != nil {
			return err
		}
		if code.TokenID != 0 {
			refused = ErrInvalidGrant
			_, err := tx.DeleteToken(ctx, code.TokenID)
			if hub.Is(err, hub.NotFound) {
				return nil // it is gone already
			}
			return err
		}
		sent := code.RedirectURI == c.RedirectURI && c.SendsTo(x.RedirectURI)
		if !tx.Now().Before(code.Expires) || !sent || !x.Verify(code.Challenge, code.ChallengeMethod) {
			return ErrInvalidGrant
		}
		out, err = tt.redeem(ctx, tx, c, code)
		return err
	})
	if err == nil {
		err = refused
	}
	return out, err
}

func authenticClient(ctx context.Context, tx data.Tx, x Exchange) (hub.OAuthClient, error) {
	c, err := tx.OAuthClient(ctx, x.ClientID)
	if err != nil && !hub.Is(err, hub.NotFound) {
		return c, err
	}
	if err != nil || c.SecretHash == "" ||
		subtle.ConstantTimeCompare([]byte(c.SecretHash), []byte(hub.HashSecret(x.ClientSecret))) != 1 {
		return c, ErrInvalidClient
	}
	return c, nil
}

// redeem makes the token that a good code stands for, if its session still lives.
func (tt *Tokens) redeem(ctx context.Context, tx data.Tx, c hub.OAuthClient, code hub.OAuthCode) (Exchanged, error) {
	s, err := tx.SessionByID(ctx, code.SessionID)
	if hub.Is(err, hub.NotFound) || err == nil && !tx.Now().Before(s.Expires) {
		return Exchanged{}, ErrInvalidGrant
	}
	if err != nil {
		return Exchanged{}, err
	}
	age := min(tt.cfg.OAuthAge, s.Expires.Sub(tx.Now())) // it dies with its session
	if err := tt.makeRoom(ctx, tx, hub.User{ID: code.UserID}, c.ID, ""); err != nil {
		return Exchanged{}, err
	}
	secret := hub.NewToken()
	t, err := tx.CreateToken(ctx, hub.Token{
		UserID: code.UserID, Hash: hub.HashSecret(secret), Note: "OAuth: " + c.Description, Scopes: code.Scopes,
		ClientID: c.ID, SessionID: code.SessionID, Expires: tx.Now().Add(age),
	})
	if err != nil {
		return Exchanged{}, err
	}
	first, err := tx.UseOAuthCode(ctx, code.Hash, t.ID)
	if err != nil {
		return Exchanged{}, err
	}
	if !first {
		return Exchanged{}, ErrInvalidGrant
	}
	return Exchanged{Secret: secret, ExpiresIn: age, Scopes: code.Scopes}, nil
}
