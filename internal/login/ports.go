package login

import "context"

// PasswordHasher hashes and checks passwords in a bounded pool.
type PasswordHasher interface {
	Hash(ctx context.Context, password string) (string, error)
	// Verify tells whether the password is right, and whether its hash should be
	// made anew with today's cost. hash "" takes as long as a real one and is false.
	Verify(ctx context.Context, hash, password string) (ok, rehash bool, err error)
	// Known is hub.Invalid for a hash, made elsewhere, that Verify could not read.
	Known(hash string) error
}

// Throttle slows down guessing. Only failures count. Each Check that lets an attempt
// pass is followed by Failed or Succeeded; an attempt that was never decided, since
// the database was away say, is forgotten in time.
type Throttle interface {
	// Check is a hub.Limit error with RetryAfter while name or address must wait; others are
	// the database's, where it counts there.
	Check(ctx context.Context, name, address string) error
	Failed(ctx context.Context, name, address string)
	Succeeded(ctx context.Context, name, address string)
	// Undecided is for an attempt that was neither: there is no password yet.
	Undecided(name, address string)
}
