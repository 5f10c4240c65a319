package servers

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Cull is a server that is to stop because of what is known of its use.
type Cull struct {
	Server hub.Server   // as it was seen
	Idle   hub.Idleness // what the decision was made by
	Why    hub.StopReason
	Remove bool // its record goes, too
}

// Cull asks a server to stop. It does nothing, and says false, where the server has moved on since it was seen, or was
// used since.
func (sv *Servers) Cull(ctx context.Context, c Cull) (done bool, err error) {
	err = sv.store.WithServer(ctx, c.Server.ID, func(tx data.Tx) error {
		done = false
		s, err := tx.ServerByID(ctx, c.Server.ID)
		if err != nil {
			return hub.IgnoreNotFound(err)
		}
		if s.Fence != c.Server.Fence || s.Owner != c.Server.Owner || s.Phase != hub.Ready || !s.WantRunning {
			return nil
		}
		now, err := tx.IdlenessOf(ctx, []int64{s.ID})
		if err != nil {
			return err
		}
		if c.Why == hub.StopIdle && (len(now) != 1 || now[0].LastUsed.After(c.Idle.LastUsed)) {
			return nil
		}
		done = true
		return cull(ctx, tx, s, c)
	})
	return done && err == nil, err
}

func cull(ctx context.Context, tx data.Tx, s hub.Server, c Cull) error {
	e := s.Event(tx.Now(), hub.EventStopping, 0, c.Why.Text())
	e.Detail = access.JSON(map[string]any{
		"stop_reason": c.Why, "unused_seconds": tx.Now().Sub(c.Idle.LastUsed).Seconds(), "seconds": tx.Now().Sub(c.Idle.Started).Seconds(),
	})
	if _, err := tx.AddEvent(ctx, e); err != nil {
		return err
	}
	hubItself := &access.Requester{}
	if c.Remove {
		s.Remove = true
		if err := tx.AddAudit(ctx, hubItself.Audit("server.delete", "server", s.ID, s.FullName(), nil, stopRecord(c.Why))); err != nil {
			return err
		}
	}
	return StopAll(ctx, tx, hubItself, c.Why, s)
}

// lentFor is how long a token of LendToken is good.
const lentFor = time.Minute

// LendToken makes a token that opens a running server, by which the hub itself asks it something.
func (sv *Servers) LendToken(ctx context.Context, s hub.Server) (secret string, err error) {
	secret = hub.NewToken()
	err = sv.store.WithServer(ctx, s.ID, func(tx data.Tx) error {
		_, err := tx.CreateToken(ctx, hub.Token{
			UserID: s.UserID, Hash: hub.HashSecret(secret), Note: "The hub asks the server whether it is idle", ServerID: s.ID,
			ClientID: hub.APIClient, Scopes: []string{"access:servers!server=" + s.FullName()}, Expires: tx.Now().Add(lentFor),
		})
		return err
	})
	return secret, err
}
