package engine

import (
	"context"
	"database/sql"
	"regexp"
	"sync"
)

// maxStatements bounds how many statements are kept: there are fewer in this package.
const maxStatements = 512

// statements keeps SQLite's statements prepared: to parse one of our joins takes
// longer than to run it. pgx does the same by itself. A statement is prepared after the
// first transaction that used it, since a transaction may hold the only connection.
// nil keeps none.
type statements struct {
	pool      *sql.DB
	parameter *regexp.Regexp

	mu     sync.RWMutex
	by     map[string]*sql.Stmt
	wanted map[string]struct{}
}

func newStatements(pool *sql.DB) *statements {
	return &statements{pool: pool, parameter: regexp.MustCompile(`\$[0-9]+`), by: map[string]*sql.Stmt{}, wanted: map[string]struct{}{}}
}

// in gives the statement for a transaction; nil while it is not prepared.
func (s *statements) in(ctx context.Context, t *sql.Tx, query string) *sql.Stmt {
	if s == nil {
		return nil
	}
	s.mu.RLock()
	st := s.by[query]
	s.mu.RUnlock()
	if st != nil {
		return t.StmtContext(ctx, st)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.by)+len(s.wanted) < maxStatements {
		s.wanted[query] = struct{}{}
	}
	return nil
}

// prepare prepares what was asked for. That one cannot be costs nothing but time: it is
// asked for again.
func (s *statements) prepare(ctx context.Context) {
	if s == nil {
		return
	}
	for query := range s.take() {
		st, err := s.pool.PrepareContext(ctx, s.steady(query))
		if err != nil {
			return
		}
		s.keep(query, st)
	}
}

// steady keeps SQLite from planning a statement anew whenever it gets other parameters,
// which takes longer than to run most of ours. It does so where a value could change the
// plan: after LIMIT, or beside a column that has an index for some of the rows alone. What
// an expression comes to, as of a parameter with a plus before it, it does not ask.
func (s *statements) steady(query string) string { return s.parameter.ReplaceAllString(query, "+$0") }

// take gives what is wanted, which is wanted no more.
func (s *statements) take() map[string]struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.wanted) == 0 {
		return nil
	}
	wanted := s.wanted
	s.wanted = map[string]struct{}{}
	return wanted
}

func (s *statements) keep(query string, st *sql.Stmt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by[query] != nil {
		_ = st.Close() // somebody else was quicker
		return
	}
	s.by[query] = st
}

// close ends all statements, before their connections are closed.
func (s *statements) close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.by {
		_ = st.Close()
	}
	s.by = map[string]*sql.Stmt{}
}
