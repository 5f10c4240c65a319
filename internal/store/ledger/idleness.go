package ledger

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// OpenIdleness begins with what is known of a server's run.
func (t *Ledger) OpenIdleness(ctx context.Context, i hub.Idleness) error {
	_, err := t.Exec(ctx, "open idleness", `INSERT INTO idleness (server_id, started, last_used) VALUES ($1, $2, $3)
		ON CONFLICT (server_id) DO UPDATE SET started = excluded.started, last_used = excluded.last_used,
			asked = 0, kernels = 0, busy = 0, connections = 0`, i.ServerID, engine.Micros(i.Started), engine.Micros(i.LastUsed))
	return err
}

const selectIdleness = "SELECT i.server_id, i.started, i.last_used, i.asked, i.kernels, i.busy, i.connections FROM idleness i "

func scanIdleness(s engine.Scanner) (i hub.Idleness, err error) {
	err = s.Scan(&i.ServerID, engine.At(&i.Started), engine.At(&i.LastUsed), engine.At(&i.Kernels.Asked), &i.Kernels.Total, &i.Kernels.Busy, &i.Kernels.Connections)
	return i, err
}

// IdlenessOf gives what is known of those of the servers that run.
func (t *Ledger) IdlenessOf(ctx context.Context, serverIDs []int64) ([]hub.Idleness, error) {
	return engine.Many(ctx, t.Tx, "read idleness", scanIdleness, selectIdleness+"WHERE i.server_id IN "+t.Dialect.IDs(), engine.Numbers(serverIDs))
}

// IdleServers finds, by an index each, those not used since a time and those that run since another.
func (t *Ledger) IdleServers(ctx context.Context, owner string, usedBy, startedBy time.Time) ([]hub.Idleness, error) {
	return engine.Many(ctx, t.Tx, "find idle servers", scanIdleness, selectIdleness+`JOIN servers s ON s.id = i.server_id
		WHERE i.server_id IN (SELECT server_id FROM idleness WHERE last_used <= $2 UNION SELECT server_id FROM idleness WHERE started <= $3)
			AND s.owner = $1 AND s.phase = 'ready' AND s.want_running ORDER BY i.last_used, i.server_id`,
		owner, engine.Micros(usedBy), engine.Micros(startedBy))
}

// NoteKernels keeps what a server said when it was asked.
func (t *Ledger) NoteKernels(ctx context.Context, serverID int64, k hub.Kernels) error {
	used := engine.Micros(k.LastUsed)
	_, err := t.Exec(ctx, "note kernels", `UPDATE idleness SET asked = $2, kernels = $3, busy = $4, connections = $5,
			last_used = CASE WHEN last_used < $6 THEN $6 ELSE last_used END WHERE server_id = $1`,
		serverID, engine.Micros(k.Asked), k.Total, k.Busy, k.Connections, used)
	return err
}

// CloseIdleness forgets a run.
func (t *Ledger) CloseIdleness(ctx context.Context, serverID int64) error {
	_, err := t.Exec(ctx, "close idleness", "DELETE FROM idleness WHERE server_id = $1", serverID)
	return err
}

// TouchUsed moves LastUsed forward, never back.
func (t *Ledger) TouchUsed(ctx context.Context, seen map[int64]time.Time) error {
	if len(seen) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, "touch idleness", "UPDATE idleness SET last_used = seen.v FROM "+t.Dialect.Pairs()+
		" AS seen WHERE idleness.server_id = seen.k AND idleness.last_used < seen.v", engine.Times(seen))
	return err
}
