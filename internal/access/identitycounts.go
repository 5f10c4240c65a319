package access

import "sync/atomic"

// IdentityCounts is what Identities holds in memory, and how often it was there.
type IdentityCounts struct {
	Tokens, Sessions           int
	TokenHits, TokenMisses     uint64
	SessionHits, SessionMisses uint64
}

// lookups counts how often something was in memory, or not.
type lookups struct{ hits, misses atomic.Uint64 }

func (l *lookups) note(hit bool) {
	if hit {
		l.hits.Add(1)
		return
	}
	l.misses.Add(1)
}

// Counts tells how much is kept in memory, and how well that serves.
func (i *Identities) Counts() IdentityCounts {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return IdentityCounts{
		Tokens: len(i.young.tokens) + len(i.old.tokens), Sessions: len(i.young.sessions) + len(i.old.sessions),
		TokenHits: i.tokenLookups.hits.Load(), TokenMisses: i.tokenLookups.misses.Load(),
		SessionHits: i.sessionLookups.hits.Load(), SessionMisses: i.sessionLookups.misses.Load(),
	}
}
