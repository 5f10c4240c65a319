package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// SessionTx reads and writes browser sessions.
type SessionTx interface {
	SessionByID(ctx context.Context, id string) (hub.Session, error)
	// SessionsByID gives those of the ids that exist, in no order.
	SessionsByID(ctx context.Context, ids []string) ([]hub.Session, error)
	SessionByLogin(ctx context.Context, loginHash string) (hub.Session, error)
	SessionsOf(ctx context.Context, userID int64) ([]hub.Session, error)
	// StaleSessions gives the ids of at most limit of a person's sessions, besides those
	// keep that were seen last.
	StaleSessions(ctx context.Context, userID int64, keep, limit int) ([]string, error)
	CreateSession(ctx context.Context, s hub.Session) error
	// DeleteSession is no error when there is none.
	DeleteSession(ctx context.Context, id string) error
	// DeleteSessionsOf ends all of a person's sessions but the one kept (which may
	// be empty), and gives the ids of those it ended.
	DeleteSessionsOf(ctx context.Context, userID int64, keep string) ([]string, error)
	// DeleteSessionsOfUsers ends all sessions of the people.
	DeleteSessionsOfUsers(ctx context.Context, userIDs []int64) error
}
