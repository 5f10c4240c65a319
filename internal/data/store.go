package data

import (
	"context"
	"time"
)

// Store is the database. Both kinds of transaction see one consistent state; fn's
// error rolls back and comes out as it is.
//
// Errors of every method below: hub.NotFound where a single thing that was asked
// for is absent, hub.Conflict where a unique name is taken, hub.Unavailable where
// the database cannot be reached, hub.Internal for the rest.
type Store interface {
	// View runs fn in a read-only transaction.
	View(ctx context.Context, fn func(Tx) error) error
	// Update runs fn in a transaction that may write. The writing methods note what they
	// change; the notes are kept with it, and told once it is committed: see Change. fn may
	// run more than once when the engine asks for a retry, so it must not have effects
	// outside.
	Update(ctx context.Context, fn func(Tx) error) error
	// Touch writes the times that fn gives, each of which only moves forward. fn may
	// read, and writes nothing. Nothing else is decided by these times, so that no other
	// transaction waits for them or has to be run again, and fn sees what is committed
	// at each of its reads.
	Touch(ctx context.Context, fn func(Tx) (Seen, error)) error
	// WithServer is Update for what concerns one server alone, and is decided by its row: nobody
	// else changes that meanwhile, and all else is as it is committed at each read. One that is
	// gone is found to be gone by fn.
	WithServer(ctx context.Context, id int64, fn func(Tx) error) error
	// PruneChanges deletes at most limit of the changes noted before a time, and says how
	// many went.
	PruneChanges(ctx context.Context, before time.Time, limit int) (int, error)
	// Origin is what the changes noted here bear, and those noted elsewhere do not. It
	// becomes another where nobody knows whether something was committed: when it was,
	// it is read as a change from elsewhere.
	Origin() string
	// Ping tells whether the database answers.
	Ping(ctx context.Context) error

	Leases
}

// Seen is when people, tokens and servers, by their ids, and sessions were last active.
// A server's time is its person's, too. Used is when servers were last used: see
// hub.Idleness.
type Seen struct {
	Users, Tokens, Servers, Used map[int64]time.Time
	Sessions                     map[string]time.Time
}

// NewSeen has seen nobody and nothing yet.
func NewSeen() Seen {
	return Seen{
		Users: map[int64]time.Time{}, Tokens: map[int64]time.Time{}, Servers: map[int64]time.Time{}, Used: map[int64]time.Time{},
		Sessions: map[string]time.Time{},
	}
}

// Empty tells whether nobody and nothing was seen.
func (s Seen) Empty() bool {
	return len(s.Users)+len(s.Tokens)+len(s.Servers)+len(s.Used)+len(s.Sessions) == 0
}

// Tx is what a transaction offers, one small interface a subject.
type Tx interface {
	// Now is the transaction's time: the same at each call. On PostgreSQL it is the
	// server's, so that the clocks of those who ask decide nothing.
	Now() time.Time

	UserTx
	GroupTx
	RoleTx
	ServiceTx
	TokenTx
	SessionTx
	OAuthTx
	ServerTx
	HomeTx
	NodeTx
	ReplicaTx
	ShareTx
	RecordTx
	UsageTx
	IdlenessTx
	DeadlineTx
	QuotaTx
	IdentityTx
	JobTx
	SettingTx
	CountTx
	ChangeTx
	ThrottleTx
	AnnouncementTx
	ViewTx
	VisitTx
	MadeRoleTx
	DeviceTx
}
