package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
)

// credentialsFile is where a generated administrator's credentials are written.
const credentialsFile = "admin-credentials.json" //nolint:gosec // a name

// credentials is that file's form; scripts read it.
type credentials struct {
	URL      string `json:"url"`
	Username string `json:"username"`
	Password string `json:"password"`
	APIToken string `json:"api_token"`
}

// ensureAdmin applies the administrator's credentials from the configuration, or
// makes some at the first start.
func (p *parts) ensureAdmin(ctx context.Context) error {
	given := p.cfg.Admin
	if given.Password != "" || given.Token != "" {
		done, err := p.app.ApplyAdmin(ctx, app.AdminCredentials{
			Username: given.Username, Password: string(given.Password), Token: string(given.Token),
		})
		if done.Warning != "" {
			fmt.Fprintf(p.env.err, "atrium: warning: %s\n", done.Warning)
		}
		if done.Changed {
			fmt.Fprintf(p.env.err, "Administrator %s: credentials applied from the configuration\n", given.Username)
		}
		return err
	}
	path := filepath.Join(p.cfg.DataDir, credentialsFile)
	needed, err := p.app.NeedsAdmin(ctx)
	if err != nil {
		return err
	}
	if !needed {
		return refreshURL(path, p.url)
	}
	c := credentials{URL: p.url, Username: given.Username, Password: hub.NewPassword(), APIToken: hub.NewToken()}
	// Written first: a crash in between leaves a file that the next start overwrites,
	// never an administrator whose password nobody has.
	if err := writeCredentials(path, c); err != nil {
		return err
	}
	done, err := p.app.ApplyAdmin(ctx, app.AdminCredentials{Username: c.Username, Password: c.Password, Token: c.APIToken, First: true})
	if err != nil {
		return err
	}
	if done.Late { // another hub on the same database has set one up just now
		return os.Remove(path)
	}
	p.firstWords = firstWords(p.env.err, path, c)
	return nil
}

// firstWords tells where the new administrator's password is, and on a terminal what
// it is: anything else is a log, which others read.
func firstWords(out io.Writer, path string, c credentials) string {
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
	c, there := readCredentials(path)
	if !there || c.URL == url {
		return nil
	}
	c.URL = url
	return writeCredentials(path, c)
}

// readCredentials reads the file; false where there is none, or one of somebody's own,
// which is left alone.
func readCredentials(path string) (c credentials, there bool) {
	b, err := os.ReadFile(path) //nolint:gosec // the hub's own file
	return c, err == nil && json.Unmarshal(b, &c) == nil
}

// credentialsOf reads the file where it has the credentials of the one with the name.
func credentialsOf(path, name string) (credentials, bool) {
	c, there := readCredentials(path)
	theirs, err := hub.UserName(c.Username)
	if asked, askedErr := hub.UserName(name); !there || err != nil || askedErr != nil || asked != theirs {
		return credentials{}, false
	}
	return c, true
}

// rewriteCredentials is writeCredentials for a file that stays its owner's: whoever does
// this may be root, and the hub not.
func rewriteCredentials(path string, c credentials) error {
	before, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("write the administrator's credentials: %w", err)
	}
	if err := writeCredentials(path, c); err != nil {
		return err
	}
	if owner := disk.Owner(before); os.Geteuid() == 0 && owner != 0 {
		if err := os.Lchown(path, int(owner), -1); err != nil {
			return fmt.Errorf("give the administrator's credentials to the hub's account: %w", err)
		}
	}
	return nil
}

// writeCredentials writes the file whole or not at all, for its owner only.
func writeCredentials(path string, c credentials) error {
	b, err := json.MarshalIndent(c, "", "  ") //nolint:gosec // the file is there to hold them
	if err != nil {
		return fmt.Errorf("write the administrator's credentials: %w", err)
	}
	if err := disk.WriteFile(path, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the administrator's credentials: %w", err)
	}
	return nil
}
