package feed

import "github.com/atriumhub/atrium/internal/store/engine"

// changeDialect is how the table of changes is read. A position is two parameters: $1, a text,
// is its transaction, and $2 its id.
type changeDialect struct {
	// bounds asks for three positions: that of the oldest row, the one up to which changes
	// are complete, and one beyond which there is none.
	bounds string
	// columns is the position of a row, order the order of rows by it.
	columns, order string
	// since and before are the conditions for what comes after and before a position.
	since, before string
	// complete is the condition for what no change comes before any more, ahead the one for
	// the others with an id above $1; empty: there are none.
	complete, ahead string
	// prepare is run at each start.
	prepare []string
}

func dialectOf(d *engine.Dialect) changeDialect {
	if d.Name == engine.Postgres {
		return postgresChanges()
	}
	return sqliteChanges()
}

func sqliteChanges() changeDialect {
	return changeDialect{
		bounds:  "SELECT 0, COALESCE(min(id), 0), 0, COALESCE(max(id), 0), 0, COALESCE(max(id), 0) FROM changes",
		columns: "0, id", order: "id",
		since: "id > $2 AND $1 <> ''", before: "id < $2 AND $1 <> ''", complete: "TRUE",
		prepare: []string{"INSERT INTO changes (" + changeColumns + ") SELECT " + startOfChanges + " WHERE NOT EXISTS (SELECT 1 FROM changes)"},
	}
}

func postgresChanges() changeDialect {
	// Positions are compared with the transactions of this server: one that the tables were
	// copied from may have been ahead of it. A transaction 0 is before all others.
	return changeDialect{
		bounds: `SELECT COALESCE(c.xid::text::bigint, 0), COALESCE(c.id, 0), pg_snapshot_xmin(s)::text::bigint, 0,
			pg_snapshot_xmax(s)::text::bigint, 9223372036854775807
			FROM pg_current_snapshot() s LEFT JOIN LATERAL (SELECT xid, id FROM changes ORDER BY xid, id LIMIT 1) c ON TRUE`,
		columns: "xid::text::bigint, id", order: "xid, id",
		since: "(xid, id) > ($1::text::xid8, $2)", before: "(xid, id) < ($1::text::xid8, $2)",
		complete: "xid < pg_snapshot_xmin(pg_current_snapshot())",
		ahead:    "id > $1 AND xid >= pg_snapshot_xmin(pg_current_snapshot())",
		prepare: []string{
			"DELETE FROM changes WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())",
			"INSERT INTO changes (xid, " + changeColumns + ") SELECT '0'::xid8, " + startOfChanges + " WHERE NOT EXISTS (SELECT 1 FROM changes)",
		},
	}
}
