package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// TokenTx reads and writes API tokens.
type TokenTx interface {
	// TokenByHash finds a token, a service's too, expired ones too, with the names of
	// its owner and its client.
	TokenByHash(ctx context.Context, hash string) (hub.Token, error)
	// TokensByHash finds those that exist, as TokenByHash does, in no order.
	TokensByHash(ctx context.Context, hashes []string) ([]hub.Token, error)
	// TokenByID finds a person's token.
	TokenByID(ctx context.Context, id int64) (hub.Token, error)
	// TokensOf lists a person's tokens by ID, expired ones too.
	TokensOf(ctx context.Context, userID int64) ([]hub.Token, error)
	// ListTokens gives one part of a list, and how many tokens the whole has.
	ListTokens(ctx context.Context, q hub.TokenQuery) ([]hub.Token, int, error)
	// GivenTokens gives those that the query asks for, the one made last first.
	GivenTokens(ctx context.Context, q hub.GivenTokenQuery) ([]hub.Token, error)
	// TokensOfClient lists what the person gave a client, expired ones too.
	TokensOfClient(ctx context.Context, userID int64, clientID string) ([]hub.Token, error)
	// TokenClients lists the applications that the person gave tokens to, the one used
	// last first, at most limit.
	TokenClients(ctx context.Context, userID int64, limit int) ([]hub.TokenClient, error)
	// CountTokens counts a person's tokens of a client that have not expired, as far as
	// most. Servers' own tokens are not among them.
	CountTokens(ctx context.Context, userID int64, clientID string, most int) (int, error)
	// CreateToken fills in ID and Created. A token with a ServiceID is the service's.
	CreateToken(ctx context.Context, t hub.Token) (hub.Token, error)
	// The deleting methods give the hashes of what they deleted.
	DeleteToken(ctx context.Context, id int64) ([]string, error)
	DeleteTokensOfClient(ctx context.Context, userID int64, clientID string) ([]string, error)
	DeleteTokensOfServer(ctx context.Context, serverID int64) ([]string, error)
	DeleteTokensOfSession(ctx context.Context, sessionID string) ([]string, error)
	DeleteTokensOfUser(ctx context.Context, userID int64) ([]string, error)
	// DeleteGivenTokens deletes those of a person that are not their servers' own.
	DeleteGivenTokens(ctx context.Context, userID int64) ([]string, error)
	// DeleteGivenTokensOfUsers is DeleteGivenTokens for several people.
	DeleteGivenTokensOfUsers(ctx context.Context, userIDs []int64) error
	// DeleteStalest deletes n of those that CountTokens counts, the ones that were not
	// used for longest; only such with the note, where it is not empty.
	DeleteStalest(ctx context.Context, userID int64, clientID, note string, n int) ([]string, error)
	// DeleteExpired removes at most limit tokens, sessions, codes and failed logins whose time has
	// passed, and tickets, jobs that are done, and answers, a day old, and says how many went.
	DeleteExpired(ctx context.Context, limit int) (int, error)
}
