package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// AddRun keeps what a run was begun with; hub.Conflict when the run is there.
func (t *Ledger) AddRun(ctx context.Context, r hub.Run) error {
	launch, err := json.Marshal(r.Launch)
	if err != nil {
		return t.Fail(ctx, "add run", fmt.Errorf("write its launch: %w", err))
	}
	_, err = t.Exec(ctx, "add run", "INSERT INTO runs (server_id, fence, begun, launch) VALUES ($1, $2, $3, $4)",
		r.ServerID, r.Fence, engine.Micros(r.Begun), string(launch))
	return err
}

// Run finds the run of a server with a fence.
func (t *Ledger) Run(ctx context.Context, serverID, fence int64) (hub.Run, error) {
	return engine.One(ctx, t.Tx, "read run", func(s engine.Scanner) (r hub.Run, err error) {
		var launch string
		if err := s.Scan(&r.ServerID, &r.Fence, engine.At(&r.Begun), &launch); err != nil {
			return r, err
		}
		if err := json.Unmarshal([]byte(launch), &r.Launch); err != nil {
			return r, fmt.Errorf("the launch of run %d of server %d: %w", fence, serverID, err)
		}
		return r, nil
	}, "SELECT server_id, fence, begun, launch FROM runs WHERE server_id = $1 AND fence = $2", serverID, fence)
}

// RaiseRun gives a run, if it is there, another fence.
func (t *Ledger) RaiseRun(ctx context.Context, serverID, from, to int64) error {
	_, err := t.Exec(ctx, "raise run", "UPDATE runs SET fence = $3 WHERE server_id = $1 AND fence = $2", serverID, from, to)
	return err
}

// DeleteRunsBefore removes at most limit old runs, oldest first, but for the newest of each
// server.
func (t *Ledger) DeleteRunsBefore(ctx context.Context, before time.Time, limit int) (int, error) {
	return t.Exec(ctx, "delete runs", `DELETE FROM runs WHERE (server_id, fence) IN (SELECT r.server_id, r.fence FROM runs r
		WHERE r.begun < $1 AND EXISTS (SELECT 1 FROM runs n WHERE n.server_id = r.server_id AND n.fence > r.fence)
		ORDER BY r.begun LIMIT $2)`, engine.Micros(before), max(limit, 0))
}
