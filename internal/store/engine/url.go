package engine

import (
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/atriumhub/atrium/internal/hub"
)

// CheckURL tells whether a database's URL can be used, without opening anything but the
// certificates that it names. An error is a hub.Error of one sentence, without the
// password.
func CheckURL(rawURL string) error {
	scheme, _, _ := strings.Cut(rawURL, ":")
	switch scheme {
	case "sqlite":
		_, err := sqlitePath(rawURL)
		return err
	case "postgres", "postgresql":
		_, err := postgresConfig(rawURL)
		return err
	}
	// The URL may hold a password, so it is not repeated.
	return hub.Errorf(hub.Invalid, "The database URL must begin with sqlite:/// or postgres://.")
}

// SQLitePath is the file of an SQLite database's URL; empty for PostgreSQL.
func SQLitePath(rawURL string) string {
	path, err := sqlitePath(rawURL)
	if err != nil {
		return ""
	}
	return path
}

// SQLiteFile is the file of a database URL; false for other databases.
func SQLiteFile(url string) (path string, ok bool) {
	if !strings.HasPrefix(url, "sqlite:") {
		return "", false
	}
	path, err := sqlitePath(url)
	return path, err == nil && path != inMemory
}

// unescaped says which character of a PostgreSQL URL's user name or password has to be
// written otherwise; empty where all are right. Without that an @ or / ends the password
// early, and its rest is taken for a host, which then is not found.
func unescaped(rawURL string) string {
	_, rest, _ := strings.Cut(rawURL, "://")
	rest, _, _ = strings.Cut(rest, "?")
	end := strings.LastIndexByte(rest, '@')
	if end < 0 {
		return ""
	}
	for _, c := range []struct{ char, escape string }{{"@", "%40"}, {"/", "%2F"}, {" ", "%20"}} {
		if strings.Contains(rest[:end], c.char) {
			return `an unescaped "` + c.char + `" in the user name or password: write it as ` + c.escape
		}
	}
	if _, err := url.PathUnescape(rest[:end]); err != nil {
		return `an unescaped "%" in the user name or password: write it as %25`
	}
	return ""
}

// badPostgresURL is the sentence about a URL that cannot be read. The driver's own text
// repeats parts of it, and it holds a password.
func badPostgresURL(rawURL string) error {
	const form = "write postgres://USER:PASSWORD@HOST:PORT/DATABASE"
	if bad := unescaped(rawURL); bad != "" {
		return hub.Errorf(hub.Invalid, "The database URL has %s.", bad)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return hub.Errorf(hub.Invalid, "The database URL is not a PostgreSQL URL: %s, with special characters percent-encoded.", form)
	}
	query := u.Query()
	for _, name := range []string{"sslrootcert", "sslcert", "sslkey"} {
		if path := query.Get(name); path != "" && path != "system" {
			if _, err := os.ReadFile(path); err != nil { //nolint:gosec // the operator's own choice
				return hub.Errorf(hub.Invalid, "The database URL names a file that cannot be read, %s=%s: %s.", name, path, rootCause(err))
			}
		}
	}
	if mode := query.Get("sslmode"); mode != "" {
		query.Set("sslmode", "disable")
		u.RawQuery = query.Encode()
		if _, err := pgx.ParseConfig(u.String()); err == nil {
			return hub.Errorf(hub.Invalid, "The database URL has an sslmode, or a certificate for it, that cannot be used: sslmode is one of disable, allow, prefer, require, verify-ca, verify-full.")
		}
	}
	return hub.Errorf(hub.Invalid, "The database URL is not a PostgreSQL URL: %s, with special characters percent-encoded.", form)
}
