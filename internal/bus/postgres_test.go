package bus

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

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

// replica is a bus with one subscriber, that has begun to listen.
func replica(t *testing.T, url string) (*Postgres, *record) {
	t.Helper()
	return replicaThatTries(t, url, quietTime)
}

func replicaThatTries(t *testing.T, url string, every time.Duration) (*Postgres, *record) {
	t.Helper()
	b, err := newPostgres(url, quiet(), every)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(); b.Wait() })
	r := &record{}
	b.Subscribe(t.Context(), "test", r.add)
	waitFor(t, "the bus to listen", func() bool { return len(r.all()) > 0 })
	return b, r
}

var resync = data.Change{Kind: data.Resync}

func TestPostgresBetweenReplicas(t *testing.T) {
	url := database(t)
	a, gotA := replica(t, url)
	b, gotB := replica(t, url)
	fromA := []data.Change{{Kind: data.TokenRevoked, UserID: 7, Key: strings.Repeat("f", 64)}, user(7)}
	a.Publish(t.Context(), fromA[0])
	a.Publish(t.Context(), fromA[1])
	waitFor(t, "a's changes at b", func() bool { return len(gotB.all()) >= 3 })
	b.Publish(t.Context(), data.Change{Kind: data.ServerChanged, ID: 1, UserID: 2})
	waitFor(t, "b's change at a", func() bool { return len(gotA.all()) >= 4 })
	// A last one from a, so that an echo of b's own would have come by then.
	a.Publish(t.Context(), user(9))
	waitFor(t, "the last change at b", func() bool { return len(gotB.all()) >= 5 })

	want := []data.Change{resync, fromA[0], fromA[1], {Kind: data.ServerChanged, ID: 1, UserID: 2}, user(9)}
	if diff := cmp.Diff(want, gotA.all()); diff != "" {
		t.Errorf("a (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, gotB.all()); diff != "" {
		t.Errorf("b (-want +got):\n%s", diff)
	}
}

// What a hub had changed, and was killed before it said so, the others show once it is back.
func TestAHubThatComesBackLetsTheOthersReadAnew(t *testing.T) {
	url := database(t)
	_, others := replica(t, url)
	back, err := NewPostgres(url, quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { back.Close(); back.Wait() })
	waitFor(t, "the other replica to be told", func() bool { return len(others.all()) >= 2 })
	if diff := cmp.Diff([]data.Change{resync, resync}, others.all()); diff != "" {
		t.Errorf("the other (-want +got):\n%s", diff)
	}
}

func TestPostgresManyChanges(t *testing.T) {
	url := database(t)
	a, _ := replica(t, url)
	_, gotB := replica(t, url)
	const n = 3000
	for i := range int64(n) {
		a.Publish(t.Context(), data.Change{Kind: data.SessionRevoked, UserID: i, Key: strings.Repeat("e", 64)})
	}
	waitFor(t, "all changes", func() bool { return len(gotB.all()) >= n+1 })
	for i, c := range gotB.all()[1:] {
		if c.UserID != int64(i) {
			t.Fatalf("change %d is of %d", i, c.UserID)
		}
	}
}

func TestPostgresLosesItsConnections(t *testing.T) {
	url := database(t)
	a, gotA := replica(t, url)
	_, gotB := replica(t, url)
	exec(t, connect(t, url), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	a.Publish(t.Context(), user(1))
	contains := func(r *record, c data.Change, times int) func() bool {
		return func() bool {
			for _, got := range r.all() {
				if got == c {
					times--
				}
			}
			return times <= 0
		}
	}
	waitFor(t, "a resync at a", func() bool { return contains(gotA, resync, 2)() })
	waitFor(t, "a resync at b", func() bool { return contains(gotB, resync, 2)() })
	a.Publish(t.Context(), user(2))
	waitFor(t, "a change at b, over new connections", contains(gotB, user(2), 1))
}

// Trying a quiet connection neither ends it nor loses what comes meanwhile.
func TestPostgresTriesAQuietConnection(t *testing.T) {
	url := database(t)
	a, _ := replica(t, url)
	_, got := replicaThatTries(t, url, time.Millisecond)
	var want []data.Change
	for i := range int64(50) {
		a.Publish(t.Context(), user(i))
		want = append(want, user(i))
		waitFor(t, "the change", func() bool { return len(got.all()) >= len(want)+1 })
	}
	if diff := cmp.Diff(append([]data.Change{resync}, want...), got.all()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPostgresHearsNonsense(t *testing.T) {
	url := database(t)
	_, got := replica(t, url)
	exec(t, connect(t, url), "SELECT pg_notify($1, $2)", channel, "{not json")
	waitFor(t, "a resync", func() bool { return len(got.all()) == 2 })
	if diff := cmp.Diff([]data.Change{resync, resync}, got.all()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPostgresSendsTheLastWord(t *testing.T) {
	url := database(t)
	a, _ := replica(t, url)
	_, gotB := replica(t, url)
	a.Publish(t.Context(), user(1))
	a.Close()
	a.Wait()
	waitFor(t, "the change that was published before the end", func() bool { return len(gotB.all()) >= 2 })
}

func TestPostgresAway(t *testing.T) {
	b, err := NewPostgres("postgres://atrium@127.0.0.1:1/atrium?sslmode=disable", quiet())
	if err != nil {
		t.Fatal(err)
	}
	var r record
	b.Subscribe(t.Context(), "test", r.add)
	for i := range int64(3) {
		b.Publish(t.Context(), user(i))
	}
	waitFor(t, "this replica's own changes", func() bool { return len(r.all()) == 3 })
	b.Close()
	b.Wait()
}

func TestPostgresURLKeepsItsPassword(t *testing.T) {
	_, err := NewPostgres("postgres://atrium:hunter2@127.0.0.1:notaport/atrium", quiet())
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error: %v; want one without the password", err)
	}
}

func TestMessages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changes := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) data.Change {
			return data.Change{
				Kind:   rapid.SampledFrom([]data.ChangeKind{data.UserChanged, data.ServerChanged, data.TokenRevoked, data.SessionRevoked, data.Resync}).Draw(t, "kind"),
				ID:     rapid.Int64().Draw(t, "id"),
				UserID: rapid.Int64().Draw(t, "user"),
				Key:    rapid.StringMatching(`[0-9a-f]{0,64}|[<>&"é]{0,20}`).Draw(t, "key"),
			}
		}), 0, 300).Draw(t, "changes")
		payloads, err := encode("me", changes)
		if err != nil {
			t.Fatal(err)
		}
		var got []data.Change
		for _, p := range payloads {
			if len(p) >= 8000 {
				t.Fatalf("a payload of %d bytes", len(p))
			}
			origin, some, err := decode(p)
			if err != nil || origin != "me" {
				t.Fatalf("decode = %q, %v", origin, err)
			}
			got = append(got, some...)
		}
		if len(got) != len(changes) || len(got) > 0 && !cmp.Equal(changes, got) {
			t.Fatalf("round trip:\n%s", cmp.Diff(changes, got))
		}
	})
}

func TestMessageTooLong(t *testing.T) {
	payloads, err := encode("me", []data.Change{user(1), {Kind: data.TokenRevoked, Key: strings.Repeat("x", 10_000)}, user(2)})
	if err != nil || len(payloads) != 1 {
		t.Fatalf("%d payloads, %v", len(payloads), err)
	}
	_, got, err := decode(payloads[0])
	if diff := cmp.Diff([]data.Change{user(1), resync, user(2)}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
