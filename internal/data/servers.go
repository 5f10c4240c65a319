package data

import (
	"context"
	"encoding/json"

	"github.com/atriumhub/atrium/internal/hub"
)

// ServerTx reads and writes servers.
type ServerTx interface {
	ServerByID(ctx context.Context, id int64) (hub.Server, error)
	// ServersByID gives those of the ids that exist, in no order.
	ServersByID(ctx context.Context, ids []int64) ([]hub.Server, error)
	Server(ctx context.Context, userID int64, name string) (hub.Server, error)
	// ServersOf lists the servers of the people, by person and name.
	ServersOf(ctx context.Context, userIDs []int64) ([]hub.Server, error)
	// ServersInBrief is ServersOf without FailureLog, and without Options of more than
	// 1 KiB, which are nil then: what is kept in memory of everybody's servers.
	ServersInBrief(ctx context.Context, userIDs []int64) ([]hub.Server, error)
	// ServerOptions gives the options of those of the servers that exist, by their ids.
	ServerOptions(ctx context.Context, ids []int64) (map[int64]json.RawMessage, error)
	// ListServers lists every server, by person and name.
	ListServers(ctx context.Context) ([]hub.Server, error)
	// LiveServers lists every server that is not at rest: WantRunning, Remove, or a
	// phase other than stopped and failed; in the order of their tickets, without FailureLog
	// and Options.
	LiveServers(ctx context.Context) ([]hub.Server, error)
	// LiveServersByID gives those of the ids that LiveServers lists, in no order and as it
	// does.
	LiveServersByID(ctx context.Context, ids []int64) ([]hub.Server, error)
	// CreateServer fills in ID.
	CreateServer(ctx context.Context, s hub.Server) (hub.Server, error)
	// CreateServers makes several, and fills in their IDs, in their order.
	CreateServers(ctx context.Context, list []hub.Server) ([]hub.Server, error)
	// UpdateServers is UpdateServer for several, each with the fence that it has to have. It gives
	// the ids of those that it wrote.
	UpdateServers(ctx context.Context, list []hub.Server, fences []int64) ([]int64, error)
	// UpdateServer writes all of s but LastActivity, if the row still has the fence
	// given: false when another run has begun meanwhile. One whose Options are nil, since
	// it was read without them, is refused.
	UpdateServer(ctx context.Context, s hub.Server, fence int64) (bool, error)
	// RenameServer is hub.Conflict where the person has one of that name.
	RenameServer(ctx context.Context, id int64, name string) error
	DeleteServer(ctx context.Context, id int64) error
	// DoubtServers changes nothing: whoever drives the servers is told to look whether
	// they run.
	DoubtServers(ctx context.Context, ids []int64) error
	// NextTicket gives the next place in the order of asking.
	NextTicket(ctx context.Context) (int64, error)
	// NextTickets gives the next n places, in their order.
	NextTickets(ctx context.Context, n int) ([]int64, error)
}
