package login

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/atriumhub/atrium/internal/bulk"
)

// Secret is a password that somebody is to get, on its way to a hash.
type Secret struct {
	Name     string
	Password string
	Passing  bool   // it must be changed at the next login
	Hash     string // made elsewhere, instead of the password
	Made     string // the hash to keep; empty while there is none
}

// Secrets are by row.
type Secrets map[int]*Secret

// HashAll checks the passwords and makes their hashes, as many at a time as there are
// cores; the pool behind it lets logins go first. A password that is refused fails its
// row. With dryRun they are only checked. The error is that of ctx, or of the machine.
func (l *Logins) HashAll(ctx context.Context, list Secrets, results []bulk.Result, dryRun bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	rows := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		workers.Go(func() {
			for i := range rows {
				made, err := l.hashOf(ctx, list[i], dryRun)
				if err := results[i].Fail(err); err != nil {
					cancel(err)
				}
				list[i].Made = made
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
func (l *Logins) hashOf(ctx context.Context, s *Secret, dryRun bool) (string, error) {
	if s.Hash != "" {
		return s.Hash, l.hasher.Known(s.Hash)
	}
	if err := l.CheckNewPassword(s.Name, s.Password, s.Passing); err != nil {
		return "", err
	}
	if dryRun {
		return "checked", nil
	}
	return l.hasher.Hash(ctx, s.Password)
}
