package people

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/atriumhub/atrium/internal/bulk"
)

// secret is a password that somebody is to get, on its way to a hash.
type secret struct {
	name     string
	password string
	passing  bool   // it must be changed at the next login
	hash     string // made elsewhere, instead of the password
	made     string // the hash to keep; empty while there is none
}

// secrets are by row.
type secrets map[int]*secret

// hash checks the passwords and makes their hashes, as many at a time as there are
// cores; the pool behind it lets logins go first. A password that is refused fails its
// row. With dryRun they are only checked. The error is that of ctx, or of the machine.
func (pe *People) hash(ctx context.Context, list secrets, results []bulk.Result, dryRun bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	rows := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		workers.Go(func() {
			for i := range rows {
				made, err := pe.hashOf(ctx, list[i], dryRun)
				if err := results[i].Fail(err); err != nil {
					cancel(err)
				}
				list[i].made = made
			}
		})
	}
	for _, i := range slices.Sorted(maps.Keys(list)) {
		if ctx.Err() != nil {
			break
		}
		rows <- i
	}
	close(rows)
	workers.Wait()
	return context.Cause(ctx)
}

// hashOf checks one password and makes its hash; with dryRun, a word in its place.
func (pe *People) hashOf(ctx context.Context, s *secret, dryRun bool) (string, error) {
	if s.hash != "" {
		return s.hash, pe.hasher.Known(s.hash)
	}
	if err := pe.logins.CheckNewPassword(s.name, s.password, s.passing); err != nil {
		return "", err
	}
	if dryRun {
		return "checked", nil
	}
	return pe.hasher.Hash(ctx, s.password)
}
