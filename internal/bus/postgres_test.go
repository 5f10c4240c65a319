package bus

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/atriumhub/atrium/internal/data"
)

// waitFor polls until the condition holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited too long for %s", what)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// database makes a database of the test's own and gives its URL.
func database(t *testing.T) string {
	t.Helper()
	server := os.Getenv("HUBTEST_POSTGRES")
	if server == "" {
		if os.Getenv("HUBTEST_REQUIRE") != "" {
			t.Fatal("HUBTEST_POSTGRES is not set")
		}
		t.Skip("HUBTEST_POSTGRES is not set: no PostgreSQL to test with")
	}
	name := fmt.Sprintf("bus_%d_%d", os.Getpid(), time.Now().UnixNano())
	admin := connect(t, server)
	exec(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { exec(t, connect(t, server), "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exec(t *testing.T, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// replica is a bus with one subscriber, on a database for its notifications and a table of
// changes that all of the test share.
func replica(t *testing.T, url string, l *table, name string) (*Postgres, *record) {
	t.Helper()
	applied, r := &record{}, &record{}
	b, err := NewPostgres(t.Context(), PostgresOptions{
		URL: url, Log: named{l, name}, Logger: quiet(),
		Apply: func(changes ...data.Change) { applied.add(changes) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(); b.Wait() })
	b.Subscribe(t.Context(), "test", func(changes []data.Change) {
		for _, c := range changes {
			if c.UserID != ownUser && !slices.Contains(applied.all(), c) {
				t.Errorf("%v is told before it is applied", c)
			}
		}
		r.add(changes)
	})
	return b, r
}

// named is a table as one of its processes sees it.
type named struct {
	*table
	name string
}

func (n named) Origin() string { return n.name }

var resync = data.Change{Kind: data.Resync}

// ownUser is whom the changes are of that a process publishes itself.
const ownUser = -1

func own(id int64) data.Change { return data.Change{Kind: data.ServerChanged, ID: id, UserID: ownUser} }

// What one process notes and publishes, the other reads, and each hears its own once.
func TestPostgresBetweenProcesses(t *testing.T) {
	url, l := database(t), newTable("")
	a, gotA := replica(t, url, l, "a")
	_, gotB := replica(t, url, l, "b")
	l.write("a", user(1), user(2))
	a.Publish(t.Context(), own(1))
	waitFor(t, "a's changes at b", func() bool { return len(gotB.all()) == 2 })
	l.write("b", user(3))
	waitFor(t, "b's change at a, which nobody told of", func() bool { return len(gotA.all()) == 2 })
	if diff := cmp.Diff([]data.Change{own(1), user(3)}, gotA.all()); diff != "" {
		t.Errorf("a (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(people(1, 3), gotB.all()); diff != "" {
		t.Errorf("b (-want +got):\n%s", diff)
	}
}

// notified waits until a notification of one wakes the other.
func notified(t *testing.T, from, at *Postgres) {
	t.Helper()
	waitFor(t, "a notification", func() bool {
		from.Publish(t.Context(), own(1))
		select {
		case <-at.wake:
			return true
		default:
			return false
		}
	})
}

// withoutTail is a bus that reads nothing, so that a test sees what wakes it.
func withoutTail(t *testing.T, url string, quietly time.Duration) *Postgres {
	t.Helper()
	b, err := newPostgres(t.Context(), PostgresOptions{URL: url, Log: newTable(""), Logger: quiet(), Apply: func(...data.Change) {}}, quietly)
	if err != nil {
		t.Fatal(err)
	}
	b.start(t.Context())
	t.Cleanup(func() { b.Close(); b.Wait() })
	return b
}

func TestPostgresLosesItsConnections(t *testing.T) {
	url := database(t)
	a, _ := replica(t, url, newTable(""), "a")
	b := withoutTail(t, url, quietTime)
	notified(t, a, b)
	exec(t, connect(t, url), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	notified(t, a, b)
}

// Trying a quiet connection neither ends it nor loses what comes meanwhile.
func TestPostgresTriesAQuietConnection(t *testing.T) {
	url := database(t)
	a, _ := replica(t, url, newTable(""), "a")
	b := withoutTail(t, url, time.Millisecond)
	for range 50 {
		notified(t, a, b)
	}
}

// A hub of a version before this one says in the notification what it changed, and notes nothing.
func TestPostgresHearsAnOlderVersion(t *testing.T) {
	url, l := database(t), newTable("")
	b, got := replica(t, url, l, "b")
	notified(t, b, withoutTail(t, url, quietTime)) // b's connections are there
	waitFor(t, "a resync", func() bool {
		exec(t, connect(t, url), "SELECT pg_notify($1, $2)", channel, `{"o":"x","c":[{"k":"user","i":1,"u":1}]}`)
		return slices.Contains(got.all(), resync)
	})
}

func TestPostgresAway(t *testing.T) {
	l := newTable("")
	b, got := replica(t, "postgres://atrium@127.0.0.1:1/atrium?sslmode=disable", l, "b")
	for i := range int64(3) {
		b.Publish(t.Context(), own(i))
	}
	waitFor(t, "this process's own changes", func() bool { return len(got.all()) == 3 })
}

func TestPostgresURLKeepsItsPassword(t *testing.T) {
	_, err := NewPostgres(t.Context(), PostgresOptions{URL: "postgres://atrium:hunter2@127.0.0.1:notaport/atrium", Log: newTable(""), Logger: quiet()})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error: %v; want one without the password", err)
	}
}
