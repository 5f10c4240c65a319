package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// ShareTx reads and writes shared servers.
type ShareTx interface {
	// ListShares and ListShareCodes give one part of a list, in the order of making,
	// and how many the whole has. Expired codes are not in it.
	ListShares(ctx context.Context, q hub.ShareQuery) ([]hub.Share, int, error)
	ListShareCodes(ctx context.Context, q hub.ShareQuery) ([]hub.ShareCode, int, error)
	// Share finds what is shared on a server with a person, or with a group: the other
	// id is 0.
	Share(ctx context.Context, serverID, userID, groupID int64) (hub.Share, error)
	// PutShare makes a share, or, given its ID, changes its scopes.
	PutShare(ctx context.Context, h hub.Share) (hub.Share, error)
	DeleteShare(ctx context.Context, id int64) error
	DeleteSharesOfServer(ctx context.Context, serverID int64) error
	// ShareCodeByHash finds a code, expired ones too.
	ShareCodeByHash(ctx context.Context, hash string) (hub.ShareCode, error)
	// CreateShareCode fills in ID, Created and the names.
	CreateShareCode(ctx context.Context, c hub.ShareCode) (hub.ShareCode, error)
	// UseShareCode counts an exchange.
	UseShareCode(ctx context.Context, id int64) error
	// DeleteShareCodes deletes the code with the id of a server, or all of the server's
	// where it is 0, and says how many went.
	DeleteShareCodes(ctx context.Context, serverID, id int64) (int, error)
}
