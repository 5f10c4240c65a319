package store

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const selectReplica = "SELECT id, node, version, started, lease_until FROM replicas ORDER BY id"

// scanReplica reads a replica as it is at the time.
func scanReplica(now time.Time) func(engine.Scanner) (hub.Replica, error) {
	return func(s engine.Scanner) (r hub.Replica, err error) {
		err = s.Scan(&r.ID, &r.Node, &r.Version, engine.At(&r.Started), engine.At(&r.LeaseUntil))
		r.Alive = r.LeaseUntil.After(now)
		return r, err
	}
}

// RenewLease writes that the replica lives for so long from now on, and gives all replicas.
// On PostgreSQL it asks the server for its time first, which sets the times of the
// transactions after it right.
func (db *DB) RenewLease(ctx context.Context, r hub.Replica, lease time.Duration) ([]hub.Replica, error) {
	if err := db.on.ReadClock(ctx); err != nil {
		return nil, engine.Translate(ctx, "read the database's clock", err)
	}
	now := db.on.ExactNow()
	if _, err := db.on.Leases.ExecContext(ctx, `INSERT INTO replicas (id, node, version, started, lease_until) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until`,
		r.ID, r.Node, r.Version, engine.Micros(r.Started), engine.Micros(now.Add(lease))); err != nil {
		return nil, engine.Translate(ctx, "renew the lease", err)
	}
	rows, err := db.on.Leases.QueryContext(ctx, selectReplica)
	if err != nil {
		return nil, engine.Translate(ctx, "list replicas", err)
	}
	defer func() { _ = rows.Close() }()
	var list []hub.Replica
	scan := scanReplica(now)
	for rows.Next() {
		other, err := scan(rows)
		if err != nil {
			return nil, engine.Translate(ctx, "list replicas", err)
		}
		list = append(list, other)
	}
	return list, engine.Translate(ctx, "list replicas", rows.Err())
}

// ListReplicas gives all of them, by ID.
func (t *tx) ListReplicas(ctx context.Context) ([]hub.Replica, error) {
	return engine.Many(ctx, t.Tx, "list replicas", scanReplica(t.Exact()), selectReplica)
}

// DeleteReplicas removes those of the node (empty: none), and those whose lease ended
// before the time.
func (t *tx) DeleteReplicas(ctx context.Context, node string, before time.Time) error {
	_, err := t.Exec(ctx, "delete replicas", "DELETE FROM replicas WHERE node = $1 AND node <> '' OR lease_until < $2", node, engine.Micros(before))
	return err
}

// EndLease ends the replica's lease now.
func (t *tx) EndLease(ctx context.Context, id string) error {
	_, err := t.Exec(ctx, "end the lease", "UPDATE replicas SET lease_until = $2 WHERE id = $1 AND lease_until > $2", id, engine.Micros(t.Exact()))
	return err
}

// TakeServers makes the replica the owner of the servers of the owners given, as far as it
// can drive them and their owners' leases are over. An owner that is no replica is one from
// before there were any: then lease_until is its lease.
func (t *tx) TakeServers(ctx context.Context, by hub.Replica, owners []string) (int, error) {
	return t.Exec(ctx, "take servers over", `UPDATE servers SET owner = $2, lease_until = $4
		WHERE owner IN `+t.Dialect.Names("$1")+` AND owner <> '' AND (node = '' OR node = $3)
			AND NOT EXISTS (SELECT 1 FROM replicas r WHERE r.id = servers.owner AND r.lease_until > $4)
			AND (lease_until <= $4 OR node <> '')`,
		engine.Texts(owners), by.ID, by.Node, engine.Micros(t.Exact()))
}

// MarkDriven notes that owner drives its servers still, where that was noted before the time.
func (t *tx) MarkDriven(ctx context.Context, owner string, before time.Time) error {
	_, err := t.Exec(ctx, "mark servers as driven", "UPDATE servers SET lease_until = $2 WHERE owner = $1 AND owner <> '' AND lease_until < $3",
		owner, engine.Micros(t.Now()), engine.Micros(before))
	return err
}
