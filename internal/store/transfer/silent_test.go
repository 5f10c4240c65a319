package transfer

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/migrations"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
	"github.com/atriumhub/atrium/internal/testkit/tcptest"
)

// shortPatience is how long these tests wait for a silent database.
const shortPatience = 300 * time.Millisecond

// heard calls hear with each thing that an export gives, and keeps nothing.
type heard struct{ hear func(what string) }

func (h heard) Table(name string, _, _ []string) error { h.hear("table " + name); return nil }
func (h heard) Row([]any) error                        { h.hear("row"); return nil }
func (h heard) Sequence(string, int64) error           { h.hear("sequence"); return nil }

// wantUnavailable runs what must not hang on a silent database, which speaks again then.
func wantUnavailable(t *testing.T, what string, way *tcptest.Proxy, do func(ctx context.Context, silence func()) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	speak := func() {}
	err := do(ctx, sync.OnceFunc(func() { speak = way.Silence() }))
	if ctx.Err() != nil || !hub.Is(err, hub.Unavailable) {
		t.Errorf("%s: %v, %v", what, err, ctx.Err())
	}
	speak()
}

// A backup of a database that falls silent ends with an error, wherever it had come to.
func TestExportFromASilentDatabaseEnds(t *testing.T) {
	t.Parallel()
	db, way, url := far(t)
	fillUsers(t, db, 20_000) // more than lies in buffers on the way
	for _, at := range []string{"table users", "row", "sequence"} {
		wantUnavailable(t, "at a "+at, way, func(ctx context.Context, silence func()) error {
			s, err := OpenSnapshot(ctx, url)
			if err != nil {
				t.Fatal(err)
			}
			s.db.Patience = shortPatience
			err = s.Export(ctx, heard{func(what string) {
				if what == at {
					silence()
				}
			}})
			return errors.Join(err, s.Close())
		})
	}
}

// A restore into a database that falls silent ends with an error, wherever it had come to.
func TestImportIntoASilentDatabaseEnds(t *testing.T) {
	t.Parallel()
	version, err := migrations.Known()
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"the schema", "the rows", "the end"} {
		way, url := tcptest.ForURL(t, postgrestest.Schema(t))
		wantUnavailable(t, "at "+at, way, func(ctx context.Context, silence func()) error {
			db, err := openEmpty(ctx, url)
			if err != nil {
				t.Fatal(err)
			}
			db.Patience = shortPatience
			if at == "the schema" {
				silence()
			}
			return (&target{db, slog.New(slog.DiscardHandler)}).fill(ctx, url, version, func(into Rows) error {
				if at == "the rows" {
					silence()
				}
				err := into.Table("groups", []string{"id", "name"}, []string{KindInteger, KindText})
				err = errors.Join(err, into.Row([]any{int64(1), "staff"}))
				if at == "the end" {
					silence()
				}
				return err
			})
		})
	}
}
