package store

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

const selectReplica = "SELECT id, node, version, started, lease_until FROM replicas ORDER BY id"

// scanReplica reads a replica as it is at the time.
func scanReplica(now time.Time) func(scanner) (hub.Replica, error) {
	return func(s scanner) (r hub.Replica, err error) {
		err = s.Scan(&r.ID, &r.Node, &r.Version, at(&r.Started), at(&r.LeaseUntil))
		r.Alive = r.LeaseUntil.After(now)
		return r, err
	}
}

// RenewLease writes that the replica lives for so long from now on, and gives all replicas.
// On PostgreSQL it asks the server for its time first, which sets the times of the
// transactions after it right.
func (db *DB) RenewLease(ctx context.Context, r hub.Replica, lease time.Duration) ([]hub.Replica, error) {
	if err := db.readClock(ctx); err != nil {
		return nil, translate(ctx, "read the database's clock", err)
	}
	now := db.exactNow()
	if _, err := db.leases.ExecContext(ctx, `INSERT INTO replicas (id, node, version, started, lease_until) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until`,
		r.ID, r.Node, r.Version, micros(r.Started), micros(now.Add(lease))); err != nil {
		return nil, translate(ctx, "renew the lease", err)
	}
	rows, err := db.leases.QueryContext(ctx, selectReplica)
	if err != nil {
		return nil, translate(ctx, "list replicas", err)
	}
	defer func() { _ = rows.Close() }()
	var list []hub.Replica
	scan := scanReplica(now)
	for rows.Next() {
		other, err := scan(rows)
		if err != nil {
			return nil, translate(ctx, "list replicas", err)
		}
		list = append(list, other)
	}
	return list, translate(ctx, "list replicas", rows.Err())
}

// ListReplicas gives all of them, by ID.
func (t *tx) ListReplicas(ctx context.Context) ([]hub.Replica, error) {
	return many(ctx, t, "list replicas", scanReplica(t.exact), selectReplica)
}

// DeleteReplicas removes those of the node (empty: none), and those whose lease ended
// before the time.
func (t *tx) DeleteReplicas(ctx context.Context, node string, before time.Time) error {
	_, err := t.exec(ctx, "delete replicas", "DELETE FROM replicas WHERE node = $1 AND node <> '' OR lease_until < $2", node, micros(before))
	return err
}

// EndLease ends the replica's lease now.
func (t *tx) EndLease(ctx context.Context, id string) error {
	_, err := t.exec(ctx, "end the lease", "UPDATE replicas SET lease_until = $2 WHERE id = $1 AND lease_until > $2", id, micros(t.exact))
	return err
}

// TakeServers makes the replica the owner of the servers of the owners given, as far as it
// can drive them and their owners' leases are over. An owner that is no replica is one from
// before there were any: then lease_until is its lease.
func (t *tx) TakeServers(ctx context.Context, by hub.Replica, owners []string) (int, error) {
	return t.exec(ctx, "take servers over", `UPDATE servers SET owner = $2, lease_until = $4
		WHERE owner IN `+t.dialect.names("$1")+` AND owner <> '' AND (node = '' OR node = $3)
			AND NOT EXISTS (SELECT 1 FROM replicas r WHERE r.id = servers.owner AND r.lease_until > $4)
			AND (lease_until <= $4 OR node <> '')`,
		texts(owners), by.ID, by.Node, micros(t.exact))
}

// MarkDriven notes that owner drives its servers still, where that was noted before the time.
func (t *tx) MarkDriven(ctx context.Context, owner string, before time.Time) error {
	_, err := t.exec(ctx, "mark servers as driven", "UPDATE servers SET lease_until = $2 WHERE owner = $1 AND owner <> '' AND lease_until < $3",
		owner, micros(t.now), micros(before))
	return err
}
