package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const (
	serverColumns = `,
		s.want_running, s.phase, s.phase_since, s.remove,
		s.fence, s.owner, s.lease_until, s.node, s.upstream, s.request_id, s.ticket,
		s.requested, s.started, s.ready_at, s.last_activity, s.stop_reason, s.profile,
		s.time_limit, s.ends_at, s.devices, s.failure, `
	serverName   = "SELECT s.id, s.user_id, u.name, s.name, s.display_name, "
	serverTables = ` FROM servers s JOIN users u ON u.id = s.user_id `

	selectServer = serverName + "s.options" + serverColumns + "s.failure_log, s.client_id" + serverTables
	// The length in bytes is known without reading the text.
	selectBrief = serverName + "CASE WHEN octet_length(s.options) <= 1024 THEN s.options ELSE '' END" +
		serverColumns + "'' AS failure_log, s.client_id" + serverTables
	selectLive = serverName + "'' AS options" + serverColumns + `'' AS failure_log, s.client_id,
		CASE WHEN s.phase = 'queued' THEN COALESCE((SELECT h.place FROM homes h WHERE h.user_id = s.user_id), '') ELSE '' END` + serverTables
)

// live is the condition of the index servers_live, in its very words. Repeat it
// beside a narrower one, so that engines read the few servers that live and not
// everybody's.
const live = `(s.want_running OR s.remove OR s.phase NOT IN ('stopped', 'failed'))`

func scanServer(s engine.Scanner) (v hub.Server, err error) {
	err = s.Scan(serverFields(&v)...)
	return v, err
}

func scanLive(s engine.Scanner) (v hub.Server, err error) {
	err = s.Scan(append(serverFields(&v), &v.Place)...)
	return v, err
}

func serverFields(v *hub.Server) []any {
	return []any{
		&v.ID, &v.UserID, &v.UserName, &v.Name, &v.DisplayName, engine.Raw(&v.Options),
		&v.WantRunning, &v.Phase, engine.At(&v.PhaseSince), &v.Remove,
		&v.Fence, &v.Owner, engine.At(&v.LeaseUntil), &v.Node, &v.Upstream, &v.RequestID, &v.Ticket,
		engine.At(&v.Requested), engine.At(&v.Started), engine.At(&v.ReadyAt), engine.At(&v.LastActivity), &v.StopReason, &v.Profile,
		&v.TimeLimit, engine.At(&v.EndsAt), engine.JSON(&v.Devices), &v.Failure, &v.FailureLog, &v.ClientID,
	}
}

// serverRecords are the columns of serverState, as engine.Dialect.Records makes them.
func serverRecords() []string {
	return []string{
		"display_name TEXT", "options TEXT", "want_running BOOLEAN", "phase TEXT", "phase_since BIGINT", "remove BOOLEAN",
		"fence BIGINT", "owner TEXT", "lease_until BIGINT", "node TEXT", "upstream TEXT", "request_id TEXT", "ticket BIGINT",
		"requested BIGINT", "started BIGINT", "ready_at BIGINT", "failure TEXT", "failure_log TEXT", "client_id TEXT", "stop_reason TEXT", "profile TEXT", "time_limit BIGINT", "ends_at BIGINT", "devices TEXT",
	}
}

// serverState is what UpdateServer writes, in the order of its statement.
func serverState(s hub.Server) []any {
	return []any{
		s.DisplayName, engine.Object(s.Options),
		s.WantRunning, string(s.Phase), engine.Micros(s.PhaseSince), s.Remove,
		s.Fence, s.Owner, engine.Micros(s.LeaseUntil), s.Node, s.Upstream, s.RequestID, s.Ticket,
		engine.Micros(s.Requested), engine.Micros(s.Started), engine.Micros(s.ReadyAt), s.Failure, s.FailureLog, s.ClientID, string(s.StopReason), s.Profile, s.TimeLimit, engine.Micros(s.EndsAt), devicesText(s.Devices),
	}
}

// devicesText is what a server wants and has, as it is kept.
func devicesText(d hub.ServerDevices) string {
	if len(d.Wants)+len(d.Has) == 0 {
		return "{}"
	}
	return engine.ToJSON(d)
}

// ServerByID finds a server.
func (t *tx) ServerByID(ctx context.Context, id int64) (hub.Server, error) {
	return engine.One(ctx, t.Tx, "read server", scanServer, selectServer+"WHERE s.id = $1", id)
}

// ServersByID gives those of the ids that exist.
func (t *tx) ServersByID(ctx context.Context, ids []int64) ([]hub.Server, error) {
	return engine.Many(ctx, t.Tx, "read servers", scanServer, selectServer+"WHERE s.id IN "+t.Dialect.IDs(), engine.Numbers(ids))
}

// Server finds a person's server by its name.
func (t *tx) Server(ctx context.Context, userID int64, name string) (hub.Server, error) {
	return engine.One(ctx, t.Tx, "read server", scanServer, selectServer+"WHERE s.user_id = $1 AND s.name = $2", userID, name)
}

// ServersOf lists the servers of the people, by person and name.
func (t *tx) ServersOf(ctx context.Context, userIDs []int64) ([]hub.Server, error) {
	return engine.Many(ctx, t.Tx, "list servers", scanServer, selectServer+"WHERE s.user_id IN "+t.Dialect.IDs()+
		" ORDER BY s.user_id, s.name", engine.Numbers(userIDs))
}

// ServersInBrief is ServersOf without FailureLog, and without Options of more than 1 KiB.
func (t *tx) ServersInBrief(ctx context.Context, userIDs []int64) ([]hub.Server, error) {
	return engine.Many(ctx, t.Tx, "list servers in brief", scanServer, selectBrief+"WHERE s.user_id IN "+t.Dialect.IDs()+
		" ORDER BY s.user_id, s.name", engine.Numbers(userIDs))
}

// ServerOptions gives the options of those of the servers that exist, by their ids.
func (t *tx) ServerOptions(ctx context.Context, ids []int64) (map[int64]json.RawMessage, error) {
	type options struct {
		id  int64
		raw json.RawMessage
	}
	list, err := engine.Many(ctx, t.Tx, "read servers' options", func(s engine.Scanner) (o options, err error) {
		err = s.Scan(&o.id, engine.Raw(&o.raw))
		return o, err
	}, "SELECT s.id, s.options FROM servers s WHERE s.id IN "+t.Dialect.IDs(), engine.Numbers(ids))
	by := make(map[int64]json.RawMessage, len(list))
	for _, o := range list {
		by[o.id] = o.raw
	}
	return by, err
}

// ListServers lists every server, by person and name.
func (t *tx) ListServers(ctx context.Context) ([]hub.Server, error) {
	return engine.Many(ctx, t.Tx, "list all servers", scanServer, selectServer+"ORDER BY s.user_id, s.name")
}

// LiveServers lists every server that is not at rest, in the order of their tickets and
// without FailureLog and Options.
func (t *tx) LiveServers(ctx context.Context) ([]hub.Server, error) {
	return engine.Many(ctx, t.Tx, "list live servers", scanLive, selectLive+"WHERE "+live+" ORDER BY s.ticket, s.id")
}

// LiveServersByID gives those of the ids that LiveServers lists, as it does.
func (t *tx) LiveServersByID(ctx context.Context, ids []int64) ([]hub.Server, error) {
	return engine.Many(ctx, t.Tx, "read live servers", scanLive, selectLive+"WHERE s.id IN "+t.Dialect.IDs()+" AND "+live, engine.Numbers(ids))
}

// CreateServer fills in ID and UserName. A server without a phase is stopped.
func (t *tx) CreateServer(ctx context.Context, s hub.Server) (hub.Server, error) {
	if s.Phase == "" {
		s.Phase = hub.Stopped
	}
	id, err := engine.One(ctx, t.Tx, "create server", engine.Value[int64], `INSERT INTO servers (display_name, options,
			want_running, phase, phase_since, remove,
			fence, owner, lease_until, node, upstream, request_id, ticket,
			requested, started, ready_at, failure, failure_log, client_id, stop_reason, profile,
			time_limit, ends_at, devices, user_id, name, last_activity)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
		RETURNING id`, append(serverState(s), s.UserID, s.Name, engine.Micros(s.LastActivity))...)
	if err != nil {
		return hub.Server{}, err
	}
	t.noteServer(id, s.UserID)
	return t.ServerByID(ctx, id)
}

func (t *tx) noteServer(id, userID int64) {
	t.note(data.Change{Kind: data.ServerChanged, ID: id, UserID: userID})
}

// DoubtServers asks whoever drives the servers to look whether they run.
func (t *tx) DoubtServers(_ context.Context, ids []int64) error {
	for _, id := range ids {
		t.note(data.Change{Kind: data.ServerDoubted, ID: id})
	}
	return nil
}

// CreateServers makes several, and fills in their IDs, in their order.
func (t *tx) CreateServers(ctx context.Context, servers []hub.Server) ([]hub.Server, error) {
	if len(servers) == 0 {
		return nil, nil
	}
	rows := make([][]any, len(servers))
	for i, s := range servers {
		rows[i] = append(serverState(s), s.UserID, s.Name, engine.Micros(s.LastActivity))
	}
	type key struct {
		user int64
		name string
	}
	ids := map[key]int64{}
	_, err := engine.Many(ctx, t.Tx, "create servers", func(s engine.Scanner) (id int64, err error) {
		var k key
		err = s.Scan(&id, &k.user, &k.name)
		ids[k] = id
		return id, err
	}, `INSERT INTO servers (display_name, options, want_running, phase, phase_since, remove,
			fence, owner, lease_until, node, upstream, request_id, ticket,
			requested, started, ready_at, failure, failure_log, client_id, stop_reason, profile, time_limit, ends_at, devices, user_id, name, last_activity)
		SELECT * FROM `+t.Dialect.Records(append(serverRecords(), "user_id BIGINT", "name TEXT", "last_activity BIGINT")...)+` AS made
		WHERE TRUE RETURNING id, user_id, name`, engine.Tuples(rows))
	made := slices.Clone(servers)
	for i, s := range made {
		made[i].ID = ids[key{s.UserID, s.Name}]
		t.noteServer(made[i].ID, s.UserID)
	}
	return made, err
}

// UpdateServers is UpdateServer for several. It gives the ids of those that it wrote.
func (t *tx) UpdateServers(ctx context.Context, servers []hub.Server, fences []int64) ([]int64, error) {
	if len(servers) == 0 {
		return nil, nil
	}
	rows := make([][]any, len(servers))
	for i, s := range servers {
		if s.Options == nil {
			return nil, t.Fail(ctx, "update servers", errors.New("the options were not read"))
		}
		rows[i] = append(serverState(s), s.ID, fences[i])
	}
	written, err := engine.Many(ctx, t.Tx, "update servers", engine.Value[int64], `UPDATE servers SET display_name = n.display_name, options = n.options,
			want_running = n.want_running, phase = n.phase, phase_since = n.phase_since, remove = n.remove,
			fence = n.fence, owner = n.owner, lease_until = n.lease_until, node = n.node, upstream = n.upstream,
			request_id = n.request_id, ticket = n.ticket, requested = n.requested, started = n.started, ready_at = n.ready_at,
			failure = n.failure, failure_log = n.failure_log, client_id = n.client_id, stop_reason = n.stop_reason,
			profile = n.profile, time_limit = n.time_limit, ends_at = n.ends_at, devices = n.devices
		FROM `+t.Dialect.Records(append(serverRecords(), "server_id BIGINT", "was BIGINT")...)+` AS n
		WHERE servers.id = n.server_id AND servers.fence = n.was RETURNING servers.id`, engine.Tuples(rows))
	whose := make(map[int64]int64, len(servers))
	for _, s := range servers {
		whose[s.ID] = s.UserID
	}
	for _, id := range written {
		t.noteServer(id, whose[id])
	}
	return written, err
}

// UpdateServer writes all of s but whose it is, its name and LastActivity, if the
// row still has the fence given: false when another run has begun meanwhile,
// hub.NotFound when the server is gone. One that was read without its options is refused:
// they would be lost.
func (t *tx) UpdateServer(ctx context.Context, s hub.Server, fence int64) (bool, error) {
	if s.Options == nil {
		return false, t.Fail(ctx, "update server", errors.New("its options were not read"))
	}
	n, err := t.Exec(ctx, "update server", `UPDATE servers SET display_name = $1, options = $2,
			want_running = $3, phase = $4, phase_since = $5, remove = $6,
			fence = $7, owner = $8, lease_until = $9, node = $10, upstream = $11, request_id = $12, ticket = $13,
			requested = $14, started = $15, ready_at = $16, failure = $17, failure_log = $18, client_id = $19,
			stop_reason = $20, profile = $21, time_limit = $22, ends_at = $23, devices = $24
		WHERE id = $25 AND fence = $26`, append(serverState(s), s.ID, fence)...)
	if n > 0 {
		t.noteServer(s.ID, s.UserID)
	}
	if err != nil || n > 0 {
		return n > 0, err
	}
	_, err = engine.One(ctx, t.Tx, "update server", engine.Value[int64], "SELECT id FROM servers WHERE id = $1", s.ID)
	return false, err
}

// RenameServer is hub.Conflict where the person has one of that name.
func (t *tx) RenameServer(ctx context.Context, id int64, name string) error {
	userID, err := engine.One(ctx, t.Tx, "rename server", engine.Value[int64], "UPDATE servers SET name = $2 WHERE id = $1 RETURNING user_id", id, name)
	if err != nil {
		return err
	}
	t.noteServer(id, userID)
	return t.noteRecipients(ctx, "h.server_id = $1", id)
}

// DeleteServer removes a server with its tokens and its OAuth client; records stay.
func (t *tx) DeleteServer(ctx context.Context, id int64) error {
	if err := t.noteRecipients(ctx, "h.server_id = $1", id); err != nil {
		return err
	}
	if _, err := t.noteTokens(ctx, "delete the tokens of a server", `DELETE FROM tokens WHERE server_id = $1
		OR client_id IN (SELECT c.id FROM oauth_clients c WHERE c.server_id = $1) RETURNING hash, user_id`, id); err != nil {
		return err
	}
	userID, err := engine.One(ctx, t.Tx, "delete server", engine.Value[int64], "DELETE FROM servers WHERE id = $1 RETURNING user_id", id)
	if err == nil {
		t.noteServer(id, userID)
	}
	return err
}

// NextTicket gives the next place in the order of asking.
func (t *tx) NextTicket(ctx context.Context) (int64, error) {
	return engine.One(ctx, t.Tx, "draw ticket", engine.Value[int64], "INSERT INTO tickets (made) VALUES ($1) RETURNING id", engine.Micros(t.Now()))
}

// NextTickets gives the next n places in the order of asking.
func (t *tx) NextTickets(ctx context.Context, n int) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	ids, err := engine.Many(ctx, t.Tx, "draw tickets", engine.Value[int64],
		"INSERT INTO tickets (made) SELECT CAST(item AS BIGINT) FROM "+t.Dialect.Items+" AS drawn WHERE TRUE RETURNING id",
		engine.Numbers(slices.Repeat([]int64{engine.Micros(t.Now())}, n)))
	slices.Sort(ids)
	return ids, err
}

// touchServers moves LastActivity forward, and that of their people.
func (t *tx) touchServers(ctx context.Context, seen map[int64]time.Time) error {
	if len(seen) == 0 {
		return nil
	}
	list := engine.Times(seen)
	if _, err := t.Exec(ctx, "touch servers", "UPDATE servers SET last_activity = seen.v FROM "+t.Dialect.Pairs()+
		" AS seen WHERE servers.id = seen.k AND servers.last_activity < seen.v", list); err != nil {
		return err
	}
	_, err := t.Exec(ctx, "touch servers' people", `UPDATE users SET last_activity = theirs.latest
		FROM (SELECT s.user_id, max(seen.v) AS latest
			FROM servers s JOIN `+t.Dialect.Pairs()+` AS seen ON s.id = seen.k GROUP BY s.user_id) AS theirs
		WHERE users.id = theirs.user_id AND users.last_activity < theirs.latest`, list)
	return err
}
