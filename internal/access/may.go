package access

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// The May functions ask for a right without doing anything with it. An adapter that
// finds a request malformed asks first, so that only those who may send such a
// request learn what is wrong with it.

// May is nil for a requester who holds one of the scopes without a filter.
func (p *Policy) May(r *Requester, oneOf ...string) error { return r.Need(oneOf...) }

// MaySome is nil for one who holds one of the scopes on something, if only on one thing.
func MaySome(r *Requester, oneOf ...string) error {
	if !r.Known() {
		return hub.Errorf(hub.Forbidden, MsgNoCredentials)
	}
	if !slices.ContainsFunc(oneOf, r.Scopes.HasAny) {
		return missing(oneOf...)
	}
	return nil
}

// MayOthers tells whether the requester holds one of the scopes on more than themselves
// and their own servers.
func MayOthers(r *Requester, oneOf ...string) bool {
	return slices.ContainsFunc(oneOf, func(scope string) bool {
		return r.Scopes.Has(scope) || slices.ContainsFunc(r.Scopes.Filters(scope), func(f scopes.Filter) bool {
			return r.IsService() || f != scopes.User(r.User.Name) && !f.OnServerOf(r.User.Name)
		})
	})
}

// HeldOf is the first of the scopes that the requester holds on others, or the first of all: by which a filter finds whom
// they may act on.
func HeldOf(r *Requester, oneOf []string) string {
	for _, scope := range oneOf {
		if MayOthers(r, scope) {
			return scope
		}
	}
	return oneOf[0]
}

// MayUser is nil for one who holds one of the scopes on the person named, who must exist.
func (p *Policy) MayUser(ctx context.Context, r *Requester, name string, oneOf ...string) error {
	return p.store.View(ctx, func(tx data.Tx) error {
		_, err := FindUser(ctx, tx, r, name, oneOf...)
		return err
	})
}

// MayServer is nil for one who holds one of the scopes on the server, which need
// not exist; the person must.
func (p *Policy) MayServer(ctx context.Context, r *Requester, name, server string, oneOf ...string) error {
	return p.store.View(ctx, func(tx data.Tx) error {
		_, _, err := FindUserAndServerName(ctx, tx, r, name, server, oneOf...)
		return err
	})
}

// MayGroup is nil for one who holds one of the scopes on the group, which must exist.
func (p *Policy) MayGroup(ctx context.Context, r *Requester, name string, oneOf ...string) error {
	return p.store.View(ctx, func(tx data.Tx) error {
		_, err := FindGroup(ctx, tx, r, name, oneOf...)
		return err
	})
}
