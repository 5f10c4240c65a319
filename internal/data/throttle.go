package data

import (
	"context"
	"time"
)

// LoginFailures is what is counted of failed logins under one key, which is a digest of a
// name, an address, or both. What the numbers mean is the throttle's to say.
type LoginFailures struct {
	Key     string
	Count   int
	Last    time.Time // the last failure
	Until   time.Time // up to which they slow down further ones
	Expires time.Time // when they are forgotten
}

// ThrottleTx reads and writes what hubs on the same database count of failed logins.
type ThrottleTx interface {
	// LoginFailures gives those of the keys that are there, expired ones too, in no order.
	LoginFailures(ctx context.Context, keys []string) ([]LoginFailures, error)
	// SetLoginFailures puts each in the place of what is there under its key.
	SetLoginFailures(ctx context.Context, list []LoginFailures) error
	// DeleteLoginFailures is no error where there is nothing under the key.
	DeleteLoginFailures(ctx context.Context, key string) error
	// LoginAddresses gives the addresses from which whoever has the name is logged in, in no
	// order: none where nobody has it.
	LoginAddresses(ctx context.Context, name string) ([]string, error)
}
