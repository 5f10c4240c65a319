package store

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
	"github.com/atriumhub/atrium/internal/store/migrations"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
)

// refuseOpen checks that a database is refused in one clear sentence.
func refuseOpen(t *testing.T, databaseURL string, code hub.Code, words ...string) {
	t.Helper()
	db, err := Open(t.Context(), Options{URL: databaseURL})
	if err == nil {
		_ = db.Close()
		t.Fatal("opened")
	}
	text := err.Error()
	if !hub.Is(err, code) || strings.ContainsAny(text, "\n") || !strings.HasSuffix(text, ".") || len(text) > 400 {
		t.Errorf("%s: %q is no clear sentence", hub.ErrorCode(err), text)
	}
	if e, ok := errors.AsType[*hub.Error](err); !ok || e.Error() != e.Msg && e.Err == nil {
		t.Errorf("%v is not a hub.Error", err)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q does not say %q", text, word)
		}
	}
	if strings.Contains(text, "s3cret") {
		t.Errorf("%q tells the password", text)
	}
}

func sqliteURL(path string) string { return "sqlite://" + path }

// fillUsers makes people, so that the database has some pages.
func fillUsers(t *testing.T, db *DB, n int) {
	t.Helper()
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%06d", i)
	}
	if err := db.Update(t.Context(), func(tx data.Tx) error {
		_, err := tx.CreateUsers(t.Context(), names, false)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func countUsers(t *testing.T, db *DB) (n int) {
	t.Helper()
	if err := db.View(t.Context(), func(tx data.Tx) (err error) {
		_, n, err = tx.ListUsers(t.Context(), hub.UserQuery{Limit: 1})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOpenBadURL(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"", "mysql://u:s3cret@h/d", "sqlite:", "sqlite:///", "sqlite:x", "/path", "postgres://u:s3cret%@h/d", "postgres://u:s3cret@h:port/d"} {
		refuseOpen(t, u, hub.Invalid, "database URL")
	}
}

// A password with an unescaped @ ended in 'no such host', and told part of the password.
func TestDatabaseURLWithUnescapedCharacters(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "ca.pem")
	for u, words := range map[string][]string{
		"postgres://hub:p@s3cret@127.0.0.1/x":                                          {`unescaped "@"`, "%40"},
		"postgres://hub:p/s3cret@127.0.0.1/x":                                          {`unescaped "/"`, "%2F"},
		"postgres://hub:p@s3cret/w@127.0.0.1/x":                                        {`unescaped "@"`, "%40"},
		"postgres://hub:p s3cret@127.0.0.1/x":                                          {`unescaped " "`, "%20"},
		"postgres://hub:p%s3cret@127.0.0.1/x":                                          {`unescaped "%"`, "%25"},
		"postgres://hub:s3cret@127.0.0.1/x?sslmode=bogus":                              {"sslmode is one of"},
		"postgres://hub:s3cret@127.0.0.1/x?sslmode=verify-full&sslrootcert=" + missing: {"sslrootcert=" + missing, "cannot be read"},
		"postgres://hub:s3cret@127.0.0.1:port/x":                                       {"postgres://USER:PASSWORD@HOST:PORT/DATABASE"},
	} {
		refuseOpen(t, u, hub.Invalid, append(words, "database URL")...)
	}
	for _, u := range []string{"postgres://hub:p%40s%2Fs%25@h/d", "postgres://hub@h/d", "postgres://h/d", "postgres:///d?host=/run", "postgres://u:p?#:[]@h/d", "postgres://u@h/d?application_name=a@b", "sqlite:///x"} {
		if err := engine.CheckURL(u); err != nil {
			t.Errorf("%s: %v", u, err)
		}
	}
}

// A database with a certificate of an authority in house names the cure.
func TestDatabaseWithUnknownAuthority(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil) // for its certificate
	server.StartTLS()
	t.Cleanup(server.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			request := make([]byte, 8) // PostgreSQL's SSLRequest
			if _, err := io.ReadFull(conn, request); err == nil {
				_, _ = conn.Write([]byte("S"))
				_ = tls.Server(conn, server.TLS).Handshake()
			}
			_ = conn.Close()
		}
	}()
	at := "postgres://hub:s3cret@" + l.Addr().String() + "/x?sslmode="
	refuseOpen(t, at+"verify-full", hub.Unavailable, "signed by unknown authority", "sslrootcert=")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	named := strings.Replace(at, "127.0.0.1", "localhost", 1)
	refuseOpen(t, named+"verify-full&sslrootcert="+ca, hub.Unavailable, "example.com", "sslmode=verify-ca")
}

func TestOpenAgain(t *testing.T) {
	t.Parallel()
	onEachEmpty(t, func(t *testing.T, databaseURL string) {
		db := open(t, Options{URL: databaseURL})
		fillUsers(t, db, 3)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if n := countUsers(t, open(t, Options{URL: databaseURL})); n != 3 {
			t.Errorf("%d people left of 3", n)
		}
	})
}

func TestOpenOddPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?c%20d#e&_pragma=x ü.sqlite")
	fillUsers(t, open(t, Options{URL: sqliteURL(path)}), 1)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	db := open(t, Options{URL: "sqlite:///:memory:"})
	fillUsers(t, db, 3)
	if n := countUsers(t, db); n != 3 {
		t.Errorf("%d people of 3", n)
	}
	if n := countUsers(t, open(t, Options{URL: "sqlite:///:memory:"})); n != 0 {
		t.Errorf("%d people in another database", n)
	}
}

func TestOpenNewerSchema(t *testing.T) {
	t.Parallel()
	last, err := migrations.Known()
	if err != nil {
		t.Fatal(err)
	}
	onEachEngine(t, func(t *testing.T, databaseURL string) {
		db := open(t, Options{URL: databaseURL})
		if _, err := db.on.Writer.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, TRUE)"); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		refuseOpen(t, databaseURL, hub.Unavailable, "4711", strconv.FormatInt(last, 10), "newer Atrium", "backup")
	})
}

func TestOpenTogether(t *testing.T) {
	t.Parallel()
	databaseURL := postgrestest.Schema(t)
	errs := make(chan error)
	for range 3 {
		go func() {
			db, err := Open(t.Context(), Options{URL: databaseURL})
			if err == nil {
				err = db.Close()
			}
			errs <- err
		}()
	}
	for range 3 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestOpenBrokenFile(t *testing.T) {
	t.Parallel()
	whole := filepath.Join(t.TempDir(), "whole.sqlite")
	db := open(t, Options{URL: sqliteURL(whole)})
	fillUsers(t, db, 5000)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		word    string
	}{
		"text":              {[]byte("This is no database, but text long enough for a header of one hundred bytes, which SQLite reads first of all."), "not an SQLite database"},
		"another format":    {append([]byte("PK\x03\x04"), content[4:]...), "not an SQLite database"},
		"cut short":         {content[:len(content)/2], "damaged"},
		"holes":             {punch(content, 4096*20), "damaged"},
		"a broken schema":   {punch(content, 4096/2), "damaged"},
		"only its own name": {content[:100], "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "broken.sqlite")
			if err := os.WriteFile(path, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			refuseOpen(t, sqliteURL(path), hub.Unavailable, path, c.word, "backup")
			if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, c.content) {
				t.Errorf("the broken file was changed (%v)", err)
			}
		})
	}
}

// punch overwrites what is from an offset on with something else.
func punch(content []byte, from int) []byte {
	broken := bytes.Clone(content)
	copy(broken[from:], bytes.Repeat([]byte("\xa5\x5a"), 4096))
	return broken
}

func TestOpenUnusablePath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refuseOpen(t, sqliteURL(filepath.Join(dir, "missing", "a.sqlite")), hub.Unavailable, filepath.Join(dir, "missing"), "does not exist")
	refuseOpen(t, sqliteURL(filepath.Join(file, "a.sqlite")), hub.Unavailable, file, "not a file in a folder")
	refuseOpen(t, sqliteURL(dir), hub.Unavailable, dir, "not a file in a folder")
}

func TestOpenWithoutRights(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a.sqlite")
	open(t, Options{URL: sqliteURL(path)})
	other := filepath.Join(dir, "other.sqlite")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	refuseOpen(t, sqliteURL(filepath.Join(dir, "new.sqlite")), hub.Unavailable, "cannot be written", "right")
	refuseOpen(t, sqliteURL(other), hub.Unavailable, "cannot be written", "right")
}

func TestFileModes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.sqlite")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	fillUsers(t, open(t, Options{URL: sqliteURL(path)}), 100)
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}

func TestOneHubAtATime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.sqlite")
	db := open(t, Options{URL: sqliteURL(path)})
	refuseOpen(t, sqliteURL(path), hub.Conflict, "Another hub is running on this data directory")
	fillUsers(t, db, 1) // the first one goes on
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, Options{URL: sqliteURL(path)})
}

func TestOpenUnreachablePostgres(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	refuseOpen(t, "postgres://atrium:s3cret@"+address+"/hub?sslmode=disable", hub.Unavailable, address, "cannot be reached", "refused")
	refuseOpen(t, "postgres://atrium:s3cret@db.invalid/hub", hub.Unavailable, "db.invalid:5432", "cannot be reached")
}

func TestPostgresRefuses(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(postgrestest.Schema(t))
	if err != nil {
		t.Fatal(err)
	}
	missing := *u
	missing.Path = "/no_such_database"
	refuseOpen(t, missing.String(), hub.Unavailable, u.Host, "no database no_such_database", "createdb")

	stranger := *u
	stranger.User = url.UserPassword("hubtest_nobody", "s3cret")
	refuseOpen(t, stranger.String(), hub.Unavailable, u.Host, "hubtest_nobody", "password")

	noSchema := *u
	noSchema.RawQuery = "search_path=no_such_schema"
	refuseOpen(t, noSchema.String(), hub.Unavailable, "schema", "search_path")
}
