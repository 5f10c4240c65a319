package transfer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store"
	"github.com/atriumhub/atrium/internal/store/engine"
	"github.com/atriumhub/atrium/internal/store/migrations"
)

// dump keeps what a database holds. It implements Rows.
type dump struct{ Lines []line }

type line struct {
	Table          string
	Columns, Kinds []string
	Values         []any
	Sequence       string
	Last           int64
}

func (d *dump) Table(name string, columns, kinds []string) error {
	d.Lines = append(d.Lines, line{Table: name, Columns: columns, Kinds: kinds})
	return nil
}

func (d *dump) Row(values []any) error {
	d.Lines = append(d.Lines, line{Values: values})
	return nil
}

func (d *dump) Sequence(table string, last int64) error {
	d.Lines = append(d.Lines, line{Sequence: table, Last: last})
	return nil
}

func (d *dump) replay(rows Rows) error {
	for _, l := range d.Lines {
		var err error
		switch {
		case l.Table != "":
			err = rows.Table(l.Table, l.Columns, l.Kinds)
		case l.Sequence != "":
			err = rows.Sequence(l.Sequence, l.Last)
		default:
			err = rows.Row(slices.Clone(l.Values))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func export(t *testing.T, url string) (*dump, int64) {
	t.Helper()
	s, err := OpenSnapshot(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	d := &dump{}
	if err := errors.Join(s.Export(t.Context(), d), s.Close()); err != nil {
		t.Fatal(err)
	}
	return d, s.Version
}

// filled is a dump with three rows in every table that there is: whatever columns and
// tables come to be, they are in it.
func filled(t *testing.T) (*dump, int64) {
	t.Helper()
	url := migratedSQLite(t)
	open(t, url)
	empty, version := export(t, url)
	d := &dump{}
	for _, l := range empty.Lines {
		switch {
		case l.Table != "":
			d.Lines = append(d.Lines, l)
			for i := range int64(3) {
				row := make([]any, len(l.Columns))
				for c, kind := range l.Kinds {
					row[c] = map[string]any{KindInteger: i + 1, KindBoolean: i == 1, KindText: fmt.Sprintf("%c\"\\'\n%d", 'ä', i)}[kind]
				}
				d.Lines = append(d.Lines, line{Values: row})
			}
		case l.Sequence != "":
			d.Lines = append(d.Lines, line{Sequence: l.Sequence, Last: 1 << 40})
		}
	}
	for _, table := range []string{"users", "servers", "tokens", "audit"} { // what has ids of its own
		if !slices.ContainsFunc(d.Lines, func(l line) bool { return l.Sequence == table }) {
			d.Lines = append(d.Lines, line{Sequence: table, Last: 1 << 40})
		}
	}
	return d, version
}

// rows are the lines that are no sequences: these come in another order, or not at all
// for tables whose ids were never given out.
func (d *dump) rows() []line {
	return slices.DeleteFunc(slices.Clone(d.Lines), func(l line) bool { return l.Sequence != "" })
}

func TestBackupIsRestoredIntoEitherEngine(t *testing.T) {
	t.Parallel()
	want, version := filled(t)
	for from, source := range engines() {
		for to, target := range engines() {
			t.Run(from+" to "+to, func(t *testing.T) {
				first, second := source(t), target(t)
				if err := Import(t.Context(), first, version, nil, want.replay); err != nil {
					t.Fatal(err)
				}
				between, _ := export(t, first)
				if err := Import(t.Context(), second, version, nil, between.replay); err != nil {
					t.Fatal(err)
				}
				got, _ := export(t, second)
				if diff := cmp.Diff(want.rows(), got.rows()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				db := open(t, second)
				if err := db.Update(t.Context(), func(tx data.Tx) error {
					us, err := tx.CreateUsers(t.Context(), []string{"newcomer"}, false)
					if err == nil && us[0].ID <= 1<<40 {
						t.Errorf("somebody got the number %d, which was given out before", us[0].ID)
					}
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestEveryTableIsInABackup(t *testing.T) {
	t.Parallel()
	db, err := engine.LookAt(t.Context(), migratedSQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Readers.QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var there []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		there = append(there, name)
	}
	listed := append(tables(), "changes") // who reads a restored database begins anew
	slices.Sort(there)
	slices.Sort(listed)
	if diff := cmp.Diff(there, listed); diff != "" || rows.Err() != nil {
		t.Errorf("%v (-there +in a backup):\n%s", rows.Err(), diff)
	}
}

// A backup is of one moment, whatever is written meanwhile, and the hub goes on.
func TestBackupWhileTheHubRuns(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		db := open(t, url)
		fillUsers(t, db, 3)
		s, err := OpenSnapshot(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := db.Update(t.Context(), func(tx data.Tx) error {
			_, err := tx.CreateUsers(t.Context(), []string{"late"}, false)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		d := &dump{}
		if err := s.Export(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		people := 0
		for _, l := range d.Lines {
			if len(l.Values) > 1 && (l.Values[1] == "late" || l.Values[1] == "000001") {
				people++
			}
		}
		if people != 1 {
			t.Errorf("%d of those two are in it", people)
		}
	})
}

func TestImportThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	good, version := filled(t)
	for engine, fresh := range engines() {
		t.Run(engine, func(t *testing.T) {
			url := fresh(t)
			failure := errors.New("the file is cut off")
			for what, bad := range map[string]func(Rows) error{
				"cut off": func(rows Rows) error { return errors.Join(good.replay(rows), failure) },
				"a table of another's": func(rows Rows) error {
					return rows.Table("users; DROP TABLE users", []string{"id"}, []string{KindInteger})
				},
				"a column of another's": func(rows Rows) error {
					return rows.Table("users", []string{"id, name"}, []string{KindInteger})
				},
				"a kind of another's": func(rows Rows) error { return rows.Table("users", []string{"id"}, []string{"blob"}) },
				"an unknown column": func(rows Rows) error {
					return errors.Join(rows.Table("users", []string{"nothing"}, []string{KindInteger}), rows.Row([]any{int64(1)}))
				},
				"too few values": func(rows Rows) error {
					return errors.Join(rows.Table("users", []string{"id", "name"}, []string{KindInteger, KindText}), rows.Row([]any{int64(1)}))
				},
				"a sequence of another's": func(rows Rows) error { return rows.Sequence("nothing", 1) },
			} {
				if err := Import(t.Context(), url, version, nil, bad); err == nil {
					t.Errorf("%s: it was taken", what)
				}
			}
			if err := Import(t.Context(), url, version, nil, good.replay); err != nil { // as into one never used
				t.Fatal(err)
			}
			err := Import(t.Context(), url, version, nil, good.replay)
			if !hub.Is(err, hub.Conflict) || !strings.Contains(err.Error(), "not empty") {
				t.Errorf("into one with people: %v", err)
			}
			if got, _ := export(t, url); !cmp.Equal(good.rows(), got.rows()) {
				t.Error("what was there is gone")
			}
		})
	}
}

// Whoever is killed while restoring leaves no database that a hub would start on, as if it
// were a new one.
func TestRestoreThatWasKilledIsNoHub(t *testing.T) {
	t.Parallel()
	good, version := filled(t)
	onEachEmpty(t, func(t *testing.T, url string) {
		refused := func(what string, err error) {
			t.Helper()
			if !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), "restore") {
				t.Errorf("%s: %v", what, err)
			}
		}
		look := func() error { // as a hub that is started meanwhile
			db, err := store.Open(t.Context(), store.Options{URL: url})
			if err == nil {
				err = db.Close()
			}
			return err
		}
		db, err := openEmpty(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Writer.ExecContext(t.Context(), "CREATE TABLE "+migrations.Unfinished+" (begun BIGINT)"); err != nil {
			t.Fatal(err)
		}
		p, err := migrations.NewProvider(t.Context(), db.Writer, db.Dialect)
		if err == nil {
			_, err = p.UpTo(t.Context(), version)
		}
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		refused("a hub starts", look())
		refused("restored again", Import(t.Context(), url, version, nil, good.replay))
		refused("a hub starts afterwards", look())
	})
}

func TestAHubThatStartsWhileABackupIsRestoredWaits(t *testing.T) {
	t.Parallel()
	good, version := filled(t)
	url := engines()["postgres"](t)
	err := Import(t.Context(), url, version, nil, func(rows Rows) error {
		if db, err := store.Open(t.Context(), store.Options{URL: url}); !hub.Is(err, hub.Unavailable) {
			t.Errorf("a hub started on it: %v %v", db, err)
		}
		return good.replay(rows)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := export(t, url); !cmp.Equal(good.rows(), got.rows()) {
		t.Error("it is not what was in the backup")
	}
	open(t, url)
}

func TestBackupOfAnOlderVersionIsRestored(t *testing.T) {
	t.Parallel()
	url := sqliteURL(filepath.Join(t.TempDir(), "old.sqlite"))
	old := &dump{}
	columns, kinds := []string{"id", "name", "admin", "created"}, []string{KindInteger, KindText, KindBoolean, KindInteger}
	old.Lines = []line{{Table: "users", Columns: columns, Kinds: kinds}, {Values: []any{int64(7), "ann", true, int64(5)}}}
	const before = 2 // homes, groups' roles, and more came later
	if err := Import(t.Context(), url, before, nil, old.replay); err != nil {
		t.Fatal(err)
	}
	if n := countUsers(t, open(t, url)); n != 1 {
		t.Errorf("%d people", n)
	}
}

func TestSnapshotsThatAreRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none.sqlite")
	if _, err := OpenSnapshot(t.Context(), sqliteURL(path)); !hub.Is(err, hub.NotFound) || !strings.Contains(err.Error(), path) {
		t.Errorf("no database: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("one was made: %v", err)
	}
	onEachEngine(t, func(t *testing.T, url string) {
		if err := open(t, url).Close(); err != nil {
			t.Fatal(err)
		}
		db, err := engine.Take(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Writer.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, TRUE)"); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenSnapshot(t.Context(), url); !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), "4711") {
			t.Errorf("a newer schema: %v", err)
		}
		if err := Import(context.WithoutCancel(t.Context()), engines()["sqlite"](t), 4711, nil, (&dump{}).replay); !hub.Is(err, hub.Unavailable) {
			t.Errorf("a backup of a newer schema: %v", err)
		}
	})
}
