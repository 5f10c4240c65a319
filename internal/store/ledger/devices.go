package ledger

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// DevicesTaken lists the claims of servers on what a machine has.
func (t *Ledger) DevicesTaken(ctx context.Context, node, machine string) ([]hub.DeviceClaim, error) {
	return engine.Many(ctx, t.Tx, "read device claims", func(s engine.Scanner) (c hub.DeviceClaim, err error) {
		err = s.Scan(&c.Node, &c.Machine, &c.Device.Kind, &c.Device.ID, &c.ServerID, engine.At(&c.Since))
		return c, err
	}, `SELECT node, machine, kind, device, server_id, since FROM device_claims WHERE node = $1 OR machine = $2
		ORDER BY kind, device`, node, machine)
}

// ClaimDevices gives the server those of the devices that nobody has.
func (t *Ledger) ClaimDevices(ctx context.Context, node, machine string, serverID int64, devices []hub.Device) (claimed []hub.Device, err error) {
	type key struct{ kind, id string }
	rows, by := make([][]any, len(devices)), map[key]hub.Device{}
	for i, d := range devices {
		rows[i] = []any{d.Kind, d.ID}
		by[key{d.Kind, d.ID}] = d
	}
	// In the order of the ids, so that nobody waits for who waits for them.
	keys, err := engine.Many(ctx, t.Tx, "claim devices", func(s engine.Scanner) (k key, err error) {
		err = s.Scan(&k.kind, &k.id)
		return k, err
	}, `INSERT INTO device_claims
			(node, machine, kind, device, server_id, since)
		SELECT $2, $3, d.kind, d.device, CAST($4 AS BIGINT), CAST($5 AS BIGINT)
		FROM `+t.Dialect.Records("kind TEXT", "device TEXT")+` AS d WHERE TRUE ORDER BY d.kind, d.device
		ON CONFLICT DO NOTHING RETURNING kind, device`, engine.Tuples(rows), node, machine, serverID, engine.Micros(t.Now()))
	for _, k := range keys {
		claimed = append(claimed, by[k])
	}
	return claimed, err
}

// ReleaseDevices takes back all that servers have.
func (t *Ledger) ReleaseDevices(ctx context.Context, serverIDs ...int64) error {
	_, err := t.Exec(ctx, "release devices", "DELETE FROM device_claims WHERE server_id IN "+t.Dialect.IDs(), engine.Numbers(serverIDs))
	return err
}
