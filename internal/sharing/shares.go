package sharing

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// ShareView is a share with the server it is of.
type ShareView struct {
	hub.Share
	Server hub.Server
}

// SharePage is which part of a list of shares is wanted.
type SharePage struct{ Offset, Limit int }

// Shares lists what the owner shares: of one server, or of all where server is nil.
func (sh *Sharing) Shares(ctx context.Context, r *access.Requester, owner string, server *string, page SharePage) (views []ShareView, total int, err error) {
	err = sh.store.View(ctx, func(tx data.Tx) error {
		q, err := sh.shareQuery(ctx, tx, r, owner, server, page)
		if err != nil {
			return err
		}
		views, total, err = shareViews(ctx, tx, q)
		return err
	})
	return views, total, err
}

func (sh *Sharing) shareQuery(ctx context.Context, tx data.Tx, r *access.Requester, owner string, server *string, page SharePage) (hub.ShareQuery, error) {
	q := hub.ShareQuery{Offset: page.Offset, Limit: page.Limit}
	if server != nil {
		s, err := sh.shared(ctx, tx, r, owner, *server, "read:shares")
		q.ServerID = s.ID
		if s.ID == 0 {
			q.ServerID = -1 // a default server that was never started: nothing is shared
		}
		return q, err
	}
	u, err := access.FindUser(ctx, tx, r, owner, "read:shares")
	q.OwnerID = u.ID
	return q, err
}

// shared finds a server for sharing. Everybody's default server can be shared,
// though it may have no record yet: its ID is 0 then.
func (sh *Sharing) shared(ctx context.Context, tx data.Tx, r *access.Requester, owner, server, scope string) (hub.Server, error) {
	u, named, err := access.FindUserAndServerName(ctx, tx, r, owner, server, scope)
	if err != nil {
		return hub.Server{}, err
	}
	s, err := access.FindServer(ctx, tx, u, named)
	if hub.Is(err, hub.NotFound) {
		return s, hub.Errorf(hub.NotFound, "No such server: %s/%s", u.Name, hub.Truncate(named, 64))
	}
	return s, err
}

func shareViews(ctx context.Context, tx data.Tx, q hub.ShareQuery) ([]ShareView, int, error) {
	shares, total, err := tx.ListShares(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	views := make([]ShareView, len(shares))
	for i, h := range shares {
		views[i].Share = h
		if views[i].Server, err = tx.ServerByID(ctx, h.ServerID); err != nil {
			return nil, 0, err
		}
	}
	return views, total, nil
}

// SharedWithUser lists what others share with a person or their groups.
func (sh *Sharing) SharedWithUser(ctx context.Context, r *access.Requester, name string, page SharePage) (views []ShareView, total int, err error) {
	err = sh.store.View(ctx, func(tx data.Tx) error {
		u, err := access.FindUser(ctx, tx, r, name, "read:users:shares")
		if err != nil {
			return err
		}
		views, total, err = shareViews(ctx, tx, hub.ShareQuery{UserID: u.ID, Offset: page.Offset, Limit: page.Limit})
		return err
	})
	return views, total, err
}

// SharedWithGroup lists what is shared with a group.
func (sh *Sharing) SharedWithGroup(ctx context.Context, r *access.Requester, name string, page SharePage) (views []ShareView, total int, err error) {
	err = sh.store.View(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, name, "read:groups:shares")
		if err != nil {
			return err
		}
		views, total, err = shareViews(ctx, tx, hub.ShareQuery{GroupID: g.ID, Offset: page.Offset, Limit: page.Limit})
		return err
	})
	return views, total, err
}

// Recipient is with whom something is shared: a person or a group.
type Recipient struct{ User, Group string }

// ReceivedShare shows what a person or a group has on one server; drop gives it back.
func (sh *Sharing) ReceivedShare(ctx context.Context, r *access.Requester, to Recipient, owner, server string, drop bool) (v ShareView, err error) {
	act := sh.store.View
	if drop {
		act = sh.store.Update
	}
	err = act(ctx, func(tx data.Tx) error {
		userID, groupID, err := sh.recipient(ctx, tx, r, to, drop)
		if err != nil {
			return err
		}
		none := hub.Errorf(hub.NotFound, "No such share on %s/%s", hub.Truncate(owner, 64), hub.Truncate(server, 64))
		if v.Server, err = findServer(ctx, tx, owner, server); err != nil {
			return absentAs(err, none)
		}
		if v.Share, err = tx.Share(ctx, v.Server.ID, userID, groupID); err != nil {
			return absentAs(err, none)
		}
		if !drop {
			return nil
		}
		return sh.dropShare(ctx, tx, r, v.Share)
	})
	return v, err
}

func absentAs(err, none error) error {
	if hub.Is(err, hub.NotFound) {
		return none
	}
	return err
}

// recipient finds who a share is to be looked up or given back for.
func (sh *Sharing) recipient(ctx context.Context, tx data.Tx, r *access.Requester, to Recipient, drop bool) (userID, groupID int64, err error) {
	verb := "read:"
	if drop {
		verb = ""
	}
	if to.Group != "" {
		g, err := access.FindGroup(ctx, tx, r, to.Group, verb+"groups:shares")
		return 0, g.ID, err
	}
	u, err := access.FindUser(ctx, tx, r, to.User, verb+"users:shares")
	return u.ID, 0, err
}

// findServer finds a server by names from a path, without asking for any right.
func findServer(ctx context.Context, tx data.Tx, owner, server string) (hub.Server, error) {
	name, err := hub.UserName(owner)
	if err != nil {
		return hub.Server{}, hub.Errorf(hub.NotFound, "Not Found")
	}
	u, err := tx.UserByName(ctx, name)
	if err != nil {
		return hub.Server{}, err
	}
	if server, err = access.ServerNamed(ctx, tx, u, server); err != nil {
		return hub.Server{}, err
	}
	return tx.Server(ctx, u.ID, server)
}

// ShareRequest is what is granted or taken back. No Scopes: the default ones, or all.
type ShareRequest struct {
	To     Recipient
	Scopes []string
}

// GrantShare shares a server with somebody. Whoever grants must hold each scope on the
// server themselves, and the right to know of the recipient.
func (sh *Sharing) GrantShare(ctx context.Context, r *access.Requester, owner, server string, req ShareRequest) (v ShareView, err error) {
	err = sh.store.Update(ctx, func(tx data.Tx) error {
		s, bases, err := sh.grantable(ctx, tx, r, owner, server, req.Scopes)
		if err != nil {
			return err
		}
		userID, groupID, err := sh.recipientOf(ctx, tx, r, req.To)
		if err != nil {
			return err
		}
		v.Server = s
		v.Share, err = sh.give(ctx, tx, r, s, userID, groupID, bases)
		return err
	})
	return v, err
}

// grantable is the server and the base scopes that the requester may grant on it.
func (sh *Sharing) grantable(ctx context.Context, tx data.Tx, r *access.Requester, owner, server string, list []string) (hub.Server, []string, error) {
	u, named, err := access.FindUserAndServerName(ctx, tx, r, owner, server, "shares")
	if err != nil {
		return hub.Server{}, nil, err
	}
	bases, err := sh.shareScopes(list, u.Name+"/"+named)
	if err != nil {
		return hub.Server{}, nil, err
	}
	s, err := sh.shared(ctx, tx, r, owner, server, "shares")
	if err != nil {
		return s, nil, err
	}
	for _, base := range bases {
		if !r.AllowsServer(base, u, s.Name) {
			return s, nil, hub.Errorf(hub.Forbidden, "Do not have permission to grant share with scope %s!server=%s", base, s.FullName())
		}
	}
	if s.ID == 0 {
		s, err = tx.CreateServer(ctx, s)
	}
	return s, bases, err
}

// shareScopes are the base scopes of a list, each of which must be for the server, or
// without a filter.
func (sh *Sharing) shareScopes(list []string, server string) ([]string, error) {
	if len(list) == 0 {
		return []string{access.ServersScope}, nil
	}
	var bases []string
	for _, s := range list {
		base, f, err := sh.rights.Parse(s)
		if err != nil {
			return nil, hub.Errorf(hub.Invalid, "%w", err)
		}
		if base == scopes.Self || base == scopes.Inherit {
			return nil, hub.Errorf(hub.Invalid, "%s cannot be shared", base)
		}
		if f.Kind != "" && (f.Kind != scopes.KindServer || f.Value != server) {
			return nil, hub.Errorf(hub.Invalid, "Share scopes must be for this server: %s is not for server=%s", hub.Truncate(s, 200), server)
		}
		if !slices.Contains(bases, base) {
			bases = append(bases, base)
		}
	}
	slices.Sort(bases)
	return bases, nil
}

// What people read where there is nobody to share with: the same whether it does not exist or they may not name it.
const (
	noUserText  = "There is nobody called %s on this hub, or you may not share with them by name."
	noGroupText = "There is no group called %s on this hub, or you may not share with it by name."
)

// recipientOf finds with whom to share.
func (sh *Sharing) recipientOf(ctx context.Context, tx data.Tx, r *access.Requester, to Recipient) (userID, groupID int64, err error) {
	if to.Group != "" {
		if !r.Scopes.AllowsGroup("read:groups:name", to.Group) {
			return 0, 0, hub.Errorf(hub.Forbidden, "Need scope 'read:groups:name' to share with groups by name").Plainly(noGroupText, hub.Clip(to.Group))
		}
		g, err := access.GroupNamed(ctx, tx, to.Group)
		if err != nil {
			return 0, 0, absentAs(err, hub.Errorf(hub.Invalid, "No such group: %s", hub.Truncate(to.Group, 64)).Plainly(noGroupText, hub.Clip(to.Group)))
		}
		return 0, g.ID, nil
	}
	name, nameErr := hub.UserName(to.User)
	if nameErr != nil {
		name = to.User
	}
	none := hub.Errorf(hub.Invalid, "No such user: %s", hub.Truncate(name, 64)).Plainly(noUserText, hub.Clip(name))
	u, err := tx.UserByName(ctx, name)
	if err != nil && !hub.Is(err, hub.NotFound) {
		return 0, 0, err
	}
	if err != nil {
		u = hub.User{Name: name}
	}
	if !r.AllowsUser("read:users:name", u) {
		return 0, 0, hub.Errorf(hub.Forbidden, "Need scope 'read:users:name' to share with users by name").Plainly(noUserText, hub.Clip(name))
	}
	if err != nil {
		return 0, 0, none
	}
	return u.ID, 0, nil
}

// give adds scopes to what is shared.
func (sh *Sharing) give(ctx context.Context, tx data.Tx, r *access.Requester, s hub.Server, userID, groupID int64, bases []string) (hub.Share, error) {
	h, err := tx.Share(ctx, s.ID, userID, groupID)
	if err != nil && !hub.Is(err, hub.NotFound) {
		return h, err
	}
	if err := sh.own.Count(r, r.User.ID); err != nil {
		return h, err
	}
	before := h.Scopes
	h.ServerID, h.UserID, h.GroupID = s.ID, userID, groupID
	h.Scopes = slices.Concat(before, bases)
	slices.Sort(h.Scopes)
	h.Scopes = slices.Compact(h.Scopes)
	if h, err = tx.PutShare(ctx, h); err != nil {
		return h, err
	}
	return h, sh.noteShare(ctx, tx, r, "share.grant", s, h, before, h.Scopes)
}

// noteShare records a change of a share.
func (sh *Sharing) noteShare(ctx context.Context, tx data.Tx, r *access.Requester, action string, s hub.Server, h hub.Share, before, after []string) error {
	record := func(scopes []string) map[string]any {
		return map[string]any{"user": h.UserName, "group": h.GroupName, "scopes": scopes}
	}
	return tx.AddAudit(ctx, r.Audit(action, "server", s.ID, s.FullName(), record(before), record(after)))
}

// RevokeShare takes scopes back, all where none are named. gone is true when nothing
// is left, or there never was anything.
func (sh *Sharing) RevokeShare(ctx context.Context, r *access.Requester, owner, server string, req ShareRequest) (v ShareView, gone bool, err error) {
	err = sh.store.Update(ctx, func(tx data.Tx) error {
		s, err := sh.shared(ctx, tx, r, owner, server, "shares")
		if err != nil {
			return err
		}
		taken, err := sh.takenScopes(req.Scopes, s.FullName())
		if err != nil {
			return err
		}
		userID, groupID, err := named(ctx, tx, req.To)
		if hub.Is(err, hub.NotFound) {
			gone = true
			return nil
		}
		if err != nil {
			return err
		}
		h, err := tx.Share(ctx, s.ID, userID, groupID)
		if hub.Is(err, hub.NotFound) {
			gone = true
			return nil
		}
		if err != nil {
			return err
		}
		v = ShareView{Share: h, Server: s}
		gone, err = sh.takeBack(ctx, tx, r, &v, taken)
		return err
	})
	return v, gone, err
}

// named finds a recipient by name: nobody needs a right to stop sharing with them.
func named(ctx context.Context, tx data.Tx, to Recipient) (userID, groupID int64, err error) {
	if to.Group != "" {
		g, err := access.GroupNamed(ctx, tx, to.Group)
		return 0, g.ID, err
	}
	name, err := hub.UserName(to.User)
	if err != nil {
		return 0, 0, hub.Errorf(hub.NotFound, "Not Found")
	}
	u, err := tx.UserByName(ctx, name)
	return u.ID, 0, err
}

// takenScopes are the base scopes that a list takes back on the server, as it is written
// to grant them; nil means all. Scopes on another server are none of its. (JupyterHub
// 6.1.1 passes over those without a filter, and the share stays as it was.)
func (sh *Sharing) takenScopes(list []string, server string) ([]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	bases := []string{}
	for _, s := range list {
		base, f, err := sh.rights.Parse(s)
		if err != nil {
			return nil, hub.Errorf(hub.Invalid, "%w", err)
		}
		if f.Kind == "" || f.Kind == scopes.KindServer && f.Value == server {
			bases = append(bases, base)
		}
	}
	return bases, nil
}

func (sh *Sharing) takeBack(ctx context.Context, tx data.Tx, r *access.Requester, v *ShareView, taken []string) (gone bool, err error) {
	before, left := v.Scopes, []string{}
	if taken != nil {
		left = slices.DeleteFunc(slices.Clone(before), func(base string) bool { return slices.Contains(taken, base) })
	}
	if len(left) == 0 {
		return true, sh.dropShare(ctx, tx, r, v.Share)
	}
	if len(left) == len(before) {
		return false, nil
	}
	v.Scopes = left
	if v.Share, err = tx.PutShare(ctx, v.Share); err != nil {
		return false, err
	}
	return false, sh.noteShare(ctx, tx, r, "share.revoke", v.Server, v.Share, before, left)
}

func (sh *Sharing) dropShare(ctx context.Context, tx data.Tx, r *access.Requester, h hub.Share) error {
	if err := tx.DeleteShare(ctx, h.ID); err != nil {
		return err
	}
	s := hub.Server{ID: h.ServerID, UserName: h.OwnerName, Name: h.ServerName}
	return sh.noteShare(ctx, tx, r, "share.revoke", s, h, h.Scopes, nil)
}

// RevokeShares takes back all that is shared on a server.
func (sh *Sharing) RevokeShares(ctx context.Context, r *access.Requester, owner, server string) error {
	return sh.store.Update(ctx, func(tx data.Tx) error {
		s, err := sh.shared(ctx, tx, r, owner, server, "shares")
		if err != nil || s.ID == 0 {
			return err
		}
		if _, total, err := tx.ListShares(ctx, hub.ShareQuery{ServerID: s.ID, Limit: 1}); err != nil || total == 0 {
			return err // there is nothing to take back, nor to write down
		}
		if err := tx.DeleteSharesOfServer(ctx, s.ID); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("share.revoke_all", "server", s.ID, s.FullName(), nil, nil))
	})
}
