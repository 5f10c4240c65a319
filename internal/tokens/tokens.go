package tokens

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/login"
)

// TokenRequest is what a new token is asked to be.
type TokenRequest struct {
	Note      string
	ExpiresIn time.Duration // 0: never
	Scopes    []string      // nil: what the default token role has, all of the owner's
	Roles     []string      // names of roles, resolved to their scopes at once

	ByPassword bool // by a program that asks for one each time it runs
}

// TokenView is a token with what it may do now.
type TokenView struct {
	hub.Token
	Effective []string
	Secret    string // only of one just made
}

// CreateToken makes a token for the person named. Whoever may not gets 403,
// whether or not the person exists.
func (tt *Tokens) CreateToken(ctx context.Context, r *access.Requester, name string, req TokenRequest) (v TokenView, err error) {
	if !r.Known() {
		return v, hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
	}
	err = tt.store.Update(ctx, func(tx data.Tx) error {
		if err := stillThey(ctx, tx, r); err != nil {
			return err
		}
		u, err := access.FindUser(ctx, tx, r, name, "tokens")
		if hub.Is(err, hub.NotFound) {
			return hub.Errorf(hub.Forbidden, "%s %s not found or no permissions to generate tokens", "User", name)
		}
		if err != nil {
			return err
		}
		v, err = tt.issue(ctx, tx, r, u, req)
		return err
	})
	return v, err
}

func (tt *Tokens) issue(ctx context.Context, tx data.Tx, r *access.Requester, u hub.User, req TokenRequest) (TokenView, error) {
	list, err := tt.requestedScopes(ctx, tx, r, u, req)
	if err != nil {
		return TokenView{}, err
	}
	if err := tt.room(ctx, tx, u, req); err != nil {
		return TokenView{}, err
	}
	if err := tt.own.Count(r, u.ID); err != nil {
		return TokenView{}, err
	}
	note := strings.TrimSpace(req.Note)
	switch {
	case len(note) > hub.MaxTokenNote:
		return TokenView{}, hub.Errorf(hub.Invalid, "The note is too long: at most %d bytes", hub.MaxTokenNote)
	case note == "" && r.User.ID == u.ID:
		note = "Requested via api"
	case note == "":
		note = "Requested via api by " + r.Kind() + " " + r.Name()
	}
	secret := hub.NewToken()
	t := hub.Token{
		UserID: u.ID, UserName: u.Name, Hash: hub.HashSecret(secret), Note: note, Scopes: list,
		ClientID: hub.APIClient, ClientName: "JupyterHub",
	}
	if req.ExpiresIn > 0 {
		t.Expires = tx.Now().Add(req.ExpiresIn)
	}
	if t, err = tx.CreateToken(ctx, t); err != nil {
		return TokenView{}, err
	}
	if err := login.CloseClaim(ctx, tx, u); err != nil { // whoever has the token leaves what they like
		return TokenView{}, err
	}
	effective, err := tt.policy.TokenScopes(ctx, tx, t)
	if err != nil {
		return TokenView{}, err
	}
	e := r.Audit("token.create", "user", u.ID, u.Name, nil, map[string]any{"token": TokenID(t), "note": note, "scopes": list})
	return TokenView{Token: t, Effective: effective.Strings(), Secret: secret}, tx.AddAudit(ctx, e)
}

// room sees to it that the person's token stays within the limit.
func (tt *Tokens) room(ctx context.Context, tx data.Tx, u hub.User, req TokenRequest) error {
	if req.ByPassword {
		return tt.makeRoom(ctx, tx, u, hub.APIClient, req.Note)
	}
	return tt.roomForToken(ctx, tx, u)
}

// requestedScopes are the scopes that a token gets, refused where they go beyond
// what its owner holds, or what the requester may give.
func (tt *Tokens) requestedScopes(ctx context.Context, tx data.Tx, r *access.Requester, u hub.User, req TokenRequest) ([]string, error) {
	list, err := tt.scopesAsked(req)
	if err != nil {
		return nil, err
	}
	held := tt.rights.OfUser(u)
	groups := tt.rights.GroupsIn(ctx, tx, held)
	named := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == scopes.Inherit })
	wanted := tt.rights.Expand(named, access.UserOwner(u), scopes.Client{})
	if missing := held.Missing(wanted, groups); len(missing) > 0 {
		return nil, hub.Errorf(hub.Invalid, "Not assigning requested scopes %s to %s, who does not hold them", strings.Join(missing, ","), u.Name).Plainly(
			"%s may not do all of that, so no token can: leave out %s.", u.Name, strings.Join(missing, ", "))
	}
	if len(named) < len(list) {
		wanted = held
	}
	return canonical(list, u.Name), tt.mayGive(r, u, wanted, groups)
}

// scopesAsked are the scopes that a request names, itself or by roles.
func (tt *Tokens) scopesAsked(req TokenRequest) ([]string, error) {
	list := distinct(req.Scopes)
	switch {
	case req.Scopes != nil && req.Roles != nil:
		return nil, hub.Errorf(hub.Invalid, "Specify either roles or scopes, not both")
	case req.Roles != nil:
		list = []string{}
		for _, name := range distinct(req.Roles) {
			role, ok := tt.rights.Role(name)
			if !ok {
				return nil, hub.Errorf(hub.Invalid, "Unknown role: %s", hub.Truncate(name, 64))
			}
			list = append(list, role.Scopes...)
		}
	case req.Scopes == nil:
		role, _ := tt.rights.Role(scopes.RoleToken)
		list = role.Scopes
	}
	if err := fewScopes(req.Scopes, list); err != nil {
		return nil, err
	}
	for _, s := range list {
		if _, _, err := tt.rights.Parse(s); err != nil {
			plain := hub.Errorf(hub.Invalid, "%w", err)
			if errors.Is(err, scopes.ErrUnknown) {
				plain = plain.Plainly("There is no permission called %s. Correct it, or leave it out.", hub.Clip(s))
			}
			return nil, plain
		}
	}
	return list, nil
}

// What a token's scopes may be at most: they are read with every use of it, and a thousand
// of them with a list.
const (
	mostScopes     = 200
	mostScopeBytes = 8 << 10 // together
)

// fewScopes refuses more scopes than a token may have, where they were given one by one.
func fewScopes(given, list []string) error {
	if given == nil {
		return nil
	}
	bytes := 0
	for _, s := range list {
		bytes += len(s)
	}
	if len(list) > mostScopes || bytes > mostScopeBytes {
		return hub.Errorf(hub.Invalid, "%d scopes of %d bytes are too many for one token: at most %d, of %d bytes together. "+
			"A group or a role stands for many.", len(list), bytes, mostScopes, mostScopeBytes)
	}
	return nil
}

// distinct is the list without what it says again; nil stays nil.
func distinct(list []string) []string {
	if len(list) < 2 {
		return list
	}
	seen := make(map[string]bool, min(len(list), mostScopes))
	out := make([]string, 0, min(len(list), mostScopes))
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// mayGive keeps tokens from making wider ones: a token of the person may give what
// it may do itself. Whoever may make tokens for somebody else acts for them in all
// that is their own, and may beyond that give what they may do themselves.
// (JupyterHub 6.1.1 looks at the owner's rights alone.)
func (tt *Tokens) mayGive(r *access.Requester, u hub.User, wanted scopes.Set, groups scopes.Groups) error {
	if tt.policy.IsAdmin(r) {
		return nil
	}
	limit := r.Scopes
	if r.User.ID != u.ID {
		limit = scopes.Union(limit, tt.rights.Self(u))
	}
	if missing := limit.Missing(wanted, groups); len(missing) > 0 {
		return hub.Errorf(hub.Forbidden, "The new token would allow %s, which you may not give. Name the scopes that it shall have.", missing[0]).Plainly(
			"The token would allow %s, which you may not give. Name the permissions that it is to have.", missing[0])
	}
	return nil
}

// canonical writes a filter on the token's own owner as the bare one, which goes
// on meaning them when they are renamed.
func canonical(list []string, name string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if base, filter, _ := strings.Cut(s, "!"); filter == "user="+name {
			s = base + "!user"
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// TokenID is the id under which the API shows a token.
func TokenID(t hub.Token) string { return "a" + strconv.FormatInt(t.ID, 10) }

// largestPart is how many bytes of scopes a part of a list of tokens has at most, besides
// those of its last token: a thousand tokens may have as many as eight kilobytes each.
const largestPart = 512 << 10

// ListTokens shows a part of a person's tokens, those used last at the end, and says
// how many there are. It is fewer than limit, though there are more, where they have very
// many scopes.
func (tt *Tokens) ListTokens(ctx context.Context, r *access.Requester, name string, offset, limit int) (views []TokenView, total int, err error) {
	err = tt.store.View(ctx, func(tx data.Tx) error {
		u, err := access.FindUser(ctx, tx, r, name, "read:tokens")
		if err != nil {
			return err
		}
		views, total, err = tt.tokenViews(ctx, tx, u, hub.TokenQuery{UserID: u.ID, Offset: offset, Limit: limit})
		return err
	})
	return views, total, err
}

func (tt *Tokens) tokenViews(ctx context.Context, tx data.Tx, u hub.User, q hub.TokenQuery) (views []TokenView, total int, err error) {
	tokens, total, err := tx.ListTokens(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	tokens = tt.activity.OfTokens(tokens...)
	if !q.Newest {
		slices.SortStableFunc(tokens, func(x, y hub.Token) int { return lastUse(x).Compare(lastUse(y)) })
	}
	all := tt.rights.TokenScopesOf(ctx, tx, u)
	bytes := 0
	for _, t := range tokens {
		now, err := all.Of(ctx, tx, t)
		if err != nil {
			return nil, 0, err
		}
		v := TokenView{Token: t, Effective: now.Strings()}
		views = append(views, v)
		for _, s := range v.Effective {
			bytes += len(s)
		}
		if bytes > largestPart {
			break
		}
	}
	return views, total, nil
}

func lastUse(t hub.Token) time.Time {
	if t.LastActivity.IsZero() {
		return t.Created
	}
	return t.LastActivity
}

func (tt *Tokens) tokenView(ctx context.Context, tx data.Tx, t hub.Token) (TokenView, error) {
	effective, err := tt.policy.TokenScopes(ctx, tx, t)
	return TokenView{Token: tt.activity.OfTokens(t)[0], Effective: effective.Strings()}, err
}

// ownToken finds a person's token by the id that the API shows.
func (tt *Tokens) ownToken(ctx context.Context, tx data.Tx, r *access.Requester, name, id, scope string) (hub.User, hub.Token, error) {
	u, err := access.FindUser(ctx, tx, r, name, scope)
	if err != nil {
		return u, hub.Token{}, err
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(id, "a"), 10, 64)
	if err != nil || !strings.HasPrefix(id, "a") {
		return u, hub.Token{}, hub.Errorf(hub.NotFound, "Invalid token id %s", hub.Truncate(id, 64))
	}
	t, err := tx.TokenByID(ctx, n)
	if hub.Is(err, hub.NotFound) || err == nil && (t.UserID != u.ID || t.Expired(tx.Now())) {
		return u, t, hub.Errorf(hub.NotFound, "Token not found %s", hub.Truncate(id, 64))
	}
	return u, t, err
}

// GetToken shows one token.
func (tt *Tokens) GetToken(ctx context.Context, r *access.Requester, name, id string) (v TokenView, err error) {
	err = tt.store.View(ctx, func(tx data.Tx) error {
		_, t, err := tt.ownToken(ctx, tx, r, name, id, "read:tokens")
		if err != nil {
			return err
		}
		v, err = tt.tokenView(ctx, tx, t)
		return err
	})
	return v, err
}

// DeleteToken revokes a token; of one that a client got through OAuth, all that
// the person gave to this client.
func (tt *Tokens) DeleteToken(ctx context.Context, r *access.Requester, name, id string) error {
	return tt.store.Update(ctx, func(tx data.Tx) error {
		u, t, err := tt.ownToken(ctx, tx, r, name, id, "tokens")
		if err != nil {
			return err
		}
		if t.ServerID == 0 && t.ClientID != hub.APIClient && t.ClientID != "" {
			_, err = tx.DeleteTokensOfClient(ctx, u.ID, t.ClientID)
		} else {
			_, err = tx.DeleteToken(ctx, t.ID)
		}
		if err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("token.delete", "user", u.ID, u.Name, map[string]any{
			"token": TokenID(t), "note": t.Note, "client": cmp.Or(t.ClientID, hub.APIClient),
		}, nil))
	})
}

// PasswordRequester is the requester that a name and password in an API body
// speak for, somebody who is there already; no session is opened. Failures are 403
// and count as login failures.
func (tt *Tokens) PasswordRequester(ctx context.Context, name, password string, from login.Browser) (access.Requester, error) {
	return tt.RequesterByPassword(ctx, name, password, from, false)
}

// RequesterByPassword is the requester that a name and a password speak for; fresh: one whom
// others vouch for may be made.
func (tt *Tokens) RequesterByPassword(ctx context.Context, name, password string, from login.Browser, fresh bool) (access.Requester, error) {
	u, pw, err := tt.logins.CheckPassword(ctx, name, password, from, fresh)
	if _, unclaimed := errors.AsType[*login.UnclaimedError](err); unclaimed {
		tt.logins.LoginFailed(ctx, name, from, login.NoPasswordYet)
	}
	switch {
	case hub.Is(err, hub.Unauthenticated):
		return access.Requester{}, hub.Errorf(hub.Forbidden, "Forbidden")
	case err != nil:
		return access.Requester{}, err
	case pw.MustChange:
		return access.Requester{}, hub.Errorf(hub.Forbidden, "Change your password first: log in at the hub's page.")
	}
	r := tt.rights.Requester(u)
	r.Address, r.RequestID, r.Password = from.Address, from.RequestID, &pw
	return r, nil
}

// stillThey refuses a requester who came with a password, if that is another one
// meanwhile, or they may not come in any more.
func stillThey(ctx context.Context, tx data.Tx, r *access.Requester) error {
	if r.Password == nil {
		return nil
	}
	same, err := login.SamePassword(ctx, tx, r.User.ID, *r.Password)
	if err != nil {
		return err
	}
	u, err := tx.UserByID(ctx, r.User.ID)
	if err != nil && !hub.Is(err, hub.NotFound) {
		return err
	}
	if err != nil || !same || u.Suspended || u.Admin != r.User.Admin {
		return hub.Errorf(hub.Forbidden, "Forbidden")
	}
	return nil
}
