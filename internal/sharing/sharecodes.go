package sharing

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// ShareCodeView is a code with the server it is of, and the code itself of one just
// made.
type ShareCodeView struct {
	hub.ShareCode
	Server hub.Server
	Secret string
}

// How long a share code may be good, and is when nobody says (JupyterHub 6.1.1).
const (
	MinShareCodeAge     = time.Minute
	MaxShareCodeAge     = 365 * 24 * time.Hour
	DefaultShareCodeAge = 24 * time.Hour
)

// mostShareCodes bounds those of one server that can be used.
const mostShareCodes = 1000

// ShareCodes lists the owner's codes likewise.
func (sh *Sharing) ShareCodes(ctx context.Context, r *access.Requester, owner string, server *string, page SharePage) (views []ShareCodeView, total int, err error) {
	err = sh.store.View(ctx, func(tx data.Tx) error {
		q, err := sh.shareQuery(ctx, tx, r, owner, server, page)
		if err != nil {
			return err
		}
		codes, n, err := tx.ListShareCodes(ctx, q)
		if err != nil {
			return err
		}
		views, total = make([]ShareCodeView, len(codes)), n
		for i, c := range codes {
			views[i].ShareCode = c
			if views[i].Server, err = tx.ServerByID(ctx, c.ServerID); err != nil {
				return err
			}
		}
		return nil
	})
	return views, total, err
}

// CreateShareCode makes a code by which whoever has it gets the scopes.
func (sh *Sharing) CreateShareCode(ctx context.Context, r *access.Requester, owner, server string, list []string, age time.Duration) (v ShareCodeView, err error) {
	secret := hub.NewSecret()
	err = sh.store.Update(ctx, func(tx data.Tx) error {
		s, bases, err := sh.grantable(ctx, tx, r, owner, server, list)
		if err != nil {
			return err
		}
		_, total, err := tx.ListShareCodes(ctx, hub.ShareQuery{ServerID: s.ID, Limit: 1})
		if err == nil && total >= mostShareCodes {
			err = hub.Errorf(hub.Invalid, "%s already has the maximum of %d share codes. One must be deleted, or expire, before another can be made", s.FullName(), mostShareCodes).Plainly(
				"The server has %d links already, as many as it may have. Take one back, then make another.", mostShareCodes)
		}
		if err == nil {
			err = sh.own.Count(r, s.UserID)
		}
		if err != nil {
			return err
		}
		c, err := tx.CreateShareCode(ctx, hub.ShareCode{
			ServerID: s.ID, Hash: hub.HashSecret(secret), Scopes: bases, Expires: tx.Now().Add(age),
		})
		if err != nil {
			return err
		}
		v = ShareCodeView{ShareCode: c, Server: s, Secret: secret}
		return tx.AddAudit(ctx, r.Audit("share_code.create", "server", s.ID, s.FullName(), nil,
			map[string]any{"id": ShareCodeID(c), "scopes": bases, "expires": c.Expires.Format(time.RFC3339)}))
	})
	return v, err
}

// ShareCodeID is the id under which the API shows a code.
func ShareCodeID(c hub.ShareCode) string { return "sc_" + strconv.FormatInt(c.ID, 10) }

// DeleteShareCodes deletes a server's code, found by the code or by its id, or all of
// them where neither is given.
func (sh *Sharing) DeleteShareCodes(ctx context.Context, r *access.Requester, owner, server, code, id string) error {
	return sh.store.Update(ctx, func(tx data.Tx) error {
		s, err := sh.shared(ctx, tx, r, owner, server, "shares")
		if err != nil {
			return err
		}
		which, err := shareCode(ctx, tx, s, code, id)
		if err != nil {
			return err
		}
		n, err := tx.DeleteShareCodes(ctx, s.ID, which)
		if err != nil {
			return err
		}
		if which != 0 && n == 0 {
			return hub.Errorf(hub.NotFound, "No code found matching id=%s", hub.Truncate(id, 64))
		}
		if n == 0 {
			return nil // and nothing is written down
		}
		return tx.AddAudit(ctx, r.Audit("share_code.delete", "server", s.ID, s.FullName(), map[string]any{"codes": n}, nil))
	})
}

// shareCode is the id of the code that is meant; 0 means all of the server's.
func shareCode(ctx context.Context, tx data.Tx, s hub.Server, code, id string) (int64, error) {
	switch {
	case code != "":
		c, err := tx.ShareCodeByHash(ctx, hub.HashSecret(code))
		if hub.Is(err, hub.NotFound) || err == nil && c.ServerID != s.ID {
			return 0, hub.Errorf(hub.NotFound, "No matching code found")
		}
		return c.ID, err
	case id != "":
		digits, found := strings.CutPrefix(id, "sc_")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || !found || n <= 0 {
			return 0, hub.Errorf(hub.NotFound, "No code found matching id=%s", hub.Truncate(id, 64))
		}
		return n, nil
	}
	return 0, nil
}

// OfferedShare shows to somebody who has a code what they would get; hub.NotFound for
// a code that is unknown or has expired, hub.Forbidden for one's own.
func (sh *Sharing) OfferedShare(ctx context.Context, r *access.Requester, code string) (v ShareCodeView, err error) {
	err = sh.store.View(ctx, func(tx data.Tx) error {
		v, err = offered(ctx, tx, r, code)
		return err
	})
	return v, err
}

func offered(ctx context.Context, tx data.Tx, r *access.Requester, code string) (v ShareCodeView, err error) {
	if r.Session == nil {
		return v, hub.Errorf(hub.Unauthenticated, "Log in first")
	}
	v.ShareCode, err = tx.ShareCodeByHash(ctx, hub.HashSecret(code))
	if hub.Is(err, hub.NotFound) || err == nil && !tx.Now().Before(v.Expires) {
		return v, hub.Errorf(hub.NotFound, "Share not found or expired").Plainly(
			"This link to a shared server is not valid any more: it has expired or was taken back. Ask for a new one.")
	}
	if err != nil {
		return v, err
	}
	if v.OwnerID == r.User.ID {
		return v, hub.Errorf(hub.Forbidden, "You can't share with yourself!").Plainly("This server is your own: you need no link to open it.")
	}
	v.Server, err = tx.ServerByID(ctx, v.ServerID)
	return v, err
}

// AcceptShare gives what a code stands for to the person who has it, and the server.
func (sh *Sharing) AcceptShare(ctx context.Context, r *access.Requester, code string) (v ShareCodeView, err error) {
	err = sh.store.Update(ctx, func(tx data.Tx) error {
		if v, err = offered(ctx, tx, r, code); err != nil {
			return err
		}
		if err := tx.UseShareCode(ctx, v.ID); err != nil {
			return err
		}
		_, err = sh.give(ctx, tx, r, v.Server, r.User.ID, 0, v.Scopes)
		return err
	})
	return v, err
}
