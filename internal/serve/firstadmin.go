package serve

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/credentials"
	"github.com/atriumhub/atrium/internal/hub"
)

// ensureAdmin applies the administrator's credentials from the configuration, or
// makes some at the first start.
func (p *parts) ensureAdmin(ctx context.Context) error {
	given := p.cfg.Admin
	if given.Password != "" || given.Token != "" {
		done, err := p.app.ApplyAdmin(ctx, bootstrap.AdminCredentials{
			Username: given.Username, Password: string(given.Password), Token: string(given.Token),
		})
		if done.Warning != "" {
			fmt.Fprintf(p.env.Err, "atrium: warning: %s\n", done.Warning)
		}
		if done.Changed {
			fmt.Fprintf(p.env.Err, "Administrator %s: credentials applied from the configuration\n", given.Username)
		}
		return err
	}
	path := filepath.Join(p.cfg.DataDir, credentials.File)
	needed, err := p.app.NeedsAdmin(ctx)
	if err != nil {
		return err
	}
	if !needed {
		return refreshURL(path, p.url)
	}
	c := credentials.Credentials{URL: p.url, Username: given.Username, Password: hub.NewPassword(), APIToken: hub.NewToken()}
	// Written first: a crash in between leaves a file that the next start overwrites,
	// never an administrator whose password nobody has.
	if err := credentials.Write(path, c); err != nil {
		return err
	}
	done, err := p.app.ApplyAdmin(ctx, bootstrap.AdminCredentials{Username: c.Username, Password: c.Password, Token: c.APIToken, First: true})
	if err != nil {
		return err
	}
	if done.Late { // another hub on the same database has set one up just now
		return os.Remove(path)
	}
	p.firstWords = firstWords(p.env.Err, path, c)
	return nil
}

// firstWords tells where the new administrator's password is, and on a terminal what
// it is: anything else is a log, which others read.
func firstWords(out io.Writer, path string, c credentials.Credentials) string {
	if f, ok := out.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return fmt.Sprintf("\n  The administrator of this hub is %s; the password, and an API token, are in %s\n\n", c.Username, path)
	}
	return fmt.Sprintf(`
  The administrator of this hub, shown once:

    Username   %s
    Password   %s

  Also in %s, with an API token.

`, c.Username, c.Password, path)
}

// refreshURL brings the address in the file up to date, when there is a file: the
// command line reads it to find the hub.
func refreshURL(path, url string) error {
	c, there := credentials.Read(path)
	if !there || c.URL == url {
		return nil
	}
	c.URL = url
	return credentials.Write(path, c)
}
