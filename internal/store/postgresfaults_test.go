package store

import (
	"net/url"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
)

// A server, database or schema that a hub cannot run on is named at the start, in one sentence
// with the cure; each is a real one.

// withQuery is a database URL with a parameter set otherwise.
func withQuery(t *testing.T, databaseURL, key, value string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(key, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// as is a database URL for another user.
func as(t *testing.T, databaseURL, user string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, "s3cret")
	return u.String()
}

// searchPath is the schema that postgrestest made.
func searchPath(t *testing.T, databaseURL string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("search_path")
}

// role makes a user with the options, who may do nothing, and gives the name.
func role(t *testing.T, databaseURL, options string) string {
	t.Helper()
	name := strings.Replace(searchPath(t, databaseURL), "hubtest_", "hubtest_role_", 1)
	exec := func(statement string) { postgrestest.Exec(t.Context(), t, databaseURL, statement) }
	exec("CREATE ROLE " + name + " LOGIN PASSWORD 's3cret' " + options)
	postgrestest.After(t, databaseURL, "DROP OWNED BY "+name, "DROP ROLE "+name)
	return name
}

func TestPostgresThatIsTooOld(t *testing.T) {
	t.Parallel()
	u := postgrestest.Schema(t)
	schema := searchPath(t, u)
	// What the schema has comes before what PostgreSQL has, where the path says so.
	postgrestest.Exec(t.Context(), t, u, `CREATE FUNCTION `+schema+`.current_setting(name text) RETURNS text LANGUAGE sql AS
		$$ SELECT CASE name WHEN 'server_version' THEN '12.22' WHEN 'server_version_num' THEN '120022' ELSE pg_catalog.current_setting(name) END $$`)
	refuseOpen(t, withQuery(t, u, "search_path", schema+",pg_catalog"), hub.Unavailable, "12.22", "too old", "13")
}

func TestPostgresThatIsAStandby(t *testing.T) {
	t.Parallel()
	u := postgrestest.Schema(t)
	schema := searchPath(t, u)
	postgrestest.Exec(t.Context(), t, u, "CREATE FUNCTION "+schema+".pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'")
	refuseOpen(t, withQuery(t, u, "search_path", schema+",pg_catalog"), hub.Unavailable, "standby", "primary", "target_session_attrs=read-write")
}

func TestPostgresThatIsReadOnly(t *testing.T) {
	t.Parallel()
	u := postgrestest.Schema(t)
	name := strings.Replace(searchPath(t, u), "hubtest_", "hubtest_db_", 1)
	postgrestest.Exec(t.Context(), t, u, "CREATE DATABASE "+name)
	postgrestest.After(t, u, "DROP DATABASE "+name)
	at, err := url.Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	at.Path, at.RawQuery = "/"+name, "sslmode=disable"
	db := open(t, Options{URL: at.String()})
	fillUsers(t, db, 3)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	postgrestest.Exec(t.Context(), t, u, "ALTER DATABASE "+name+" SET default_transaction_read_only = on")
	refuseOpen(t, at.String(), hub.Unavailable, name, "read-only", "default_transaction_read_only")
	postgrestest.Exec(t.Context(), t, u, "ALTER DATABASE "+name+" RESET default_transaction_read_only")
	db = open(t, Options{URL: at.String()})
	if n := countUsers(t, db); n != 3 {
		t.Errorf("%d people left of 3", n)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPostgresWithoutConnectionsLeft(t *testing.T) {
	t.Parallel()
	u := postgrestest.Schema(t)
	who := role(t, u, "CONNECTION LIMIT 0")
	refuseOpen(t, as(t, u, who), hub.Unavailable, who, "no connection left", "23", "max_connections")
}

func TestPostgresSchemaWithoutRights(t *testing.T) {
	t.Parallel()
	u := postgrestest.Schema(t)
	schema, who := searchPath(t, u), role(t, u, "")
	theirs := as(t, u, who)
	grant := func(statement string) { postgrestest.Exec(t.Context(), t, u, statement) }

	refuseOpen(t, theirs, hub.Unavailable, who, "may not use it", "grant USAGE", "search_path")
	grant("GRANT USAGE ON SCHEMA " + schema + " TO " + who)
	refuseOpen(t, theirs, hub.Unavailable, who, "may not make or change tables", "CREATE on the schema")
	open(t, Options{URL: u}) // the tables are somebody else's now
	grant("GRANT CREATE ON SCHEMA " + schema + " TO " + who)
	refuseOpen(t, theirs, hub.Unavailable, who, "owner of the database and of its tables")
}

func TestPostgresSchemaOfOnesOwn(t *testing.T) {
	t.Parallel()
	u := postgrestest.Schema(t)
	schema, who := searchPath(t, u), role(t, u, "")
	postgrestest.Exec(t.Context(), t, u, "GRANT USAGE, CREATE ON SCHEMA "+schema+" TO "+who)
	db := open(t, Options{URL: as(t, u, who)})
	fillUsers(t, db, 3)
	if err := db.Close(); err != nil { // before the user is dropped
		t.Fatal(err)
	}
}
