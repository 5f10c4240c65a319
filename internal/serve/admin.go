package serve

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/credentials"
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/obs"
	"github.com/atriumhub/atrium/internal/serve/setup"
	"github.com/atriumhub/atrium/internal/store"
)

// newAdmin is 'atrium admin'.
func newAdmin(e *command.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "admin", Short: "Look after the hub from its own machine", Args: cobra.NoArgs,
		Example: "  atrium admin reset-password",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newResetPassword(e))
	return cmd
}

type resetFlags struct {
	setup.Flags
	username string
	stdin    bool
}

func newResetPassword(e *command.Env) *cobra.Command {
	var f resetFlags
	cmd := &cobra.Command{
		Use:   "reset-password",
		Short: "Give an administrator a new password when all is lost",
		Long: `Work on the data directory itself: give somebody administrator's rights and a new
password, lift a suspension, and end their sessions and tokens. Whoever can write the data
directory may do this. A hub on SQLite must be stopped for it; its notebook servers go on
meanwhile. Beside one on PostgreSQL it works at once.

Without --stdin a password is made and printed once. Where DATA_DIR/admin-credentials.json
has the credentials of the same administrator, the new password and a new token are
written there; not a password from --stdin, which is yours alone.`,
		Example: `  atrium admin reset-password
  atrium admin reset-password --data-dir ./data --username teacher01
  pass show hub | atrium admin reset-password --stdin`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return resetPassword(cmd.Context(), e, f) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.Config, "config", "c", "", "YAML `file` with the configuration")
	flags.StringVar(&f.DataDir, "data-dir", "", "`folder` with the hub's data")
	flags.StringVar(&f.username, "username", "", "whose password (default: the configured administrator, else admin)")
	flags.BoolVar(&f.stdin, "stdin", false, "read the new password from standard input")
	return cmd
}

func resetPassword(ctx context.Context, e *command.Env, f resetFlags) (err error) {
	cfg, err := setup.Load(e, f.Flags)
	if err != nil {
		return err
	}
	if err := setup.DataDirThere(cfg); err != nil {
		return err
	}
	name := cmp.Or(f.username, cfg.Admin.Username)
	password, generated, err := newPassword(e, f.stdin)
	if err != nil {
		return err
	}
	path := filepath.Join(cfg.DataDir, credentials.File)
	kept, known := credentials.Of(path, name)
	if known {
		kept.APIToken, kept.Password = hub.NewToken(), ""
		if generated {
			kept.Password = password
		}
	}
	made, err := resetAdmin(ctx, e, cfg, name, password, kept.APIToken)
	if err != nil {
		return err
	}
	if generated {
		fmt.Fprintln(e.Out, password)
	}
	if made {
		fmt.Fprintf(e.Err, "There was nobody called %s: they were made.\n", name)
	}
	fmt.Fprintf(e.Err, "%s is an administrator and has a new password; their sessions and tokens are ended.\n", name)
	if !known {
		return nil
	}
	if err := credentials.Rewrite(path, kept); err != nil {
		return fmt.Errorf("%w: what is in it is not true any more, delete it", err)
	}
	fmt.Fprintf(e.Err, "A new token of theirs is in %s\n", path)
	return nil
}

// resetAdmin opens the database for the one change. Hubs on the same PostgreSQL find it there
// within a second.
func resetAdmin(ctx context.Context, e *command.Env, cfg config.Config, name, password, token string) (made bool, err error) {
	log := obs.Logger(e.Err, cfg.Log.Level, cfg.Log.Format)
	relay := &mirror.Relay{}
	db, err := store.Open(ctx, store.Options{URL: setup.DatabaseURL(cfg), Bus: relay, Logger: log})
	if hub.Is(err, hub.Conflict) {
		return false, hub.Wrap(hub.Conflict, err, fmt.Sprintf("The hub is running on %s, and while it does, nobody else can write its database. "+
			"Stop it, run this again, and start it: its notebook servers go on meanwhile. "+
			"Another administrator can set the password without that, with atrium users set-passwords.", cfg.DataDir))
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return newApp(cfg, access.DefaultRights(), devices.Inventory{}, db, db.Now, relay, "", newHasher(cfg, nil), log).ResetAdmin(ctx, name, password, token)
}

// newPassword reads the password from standard input, or makes one.
func newPassword(e *command.Env, stdin bool) (password string, generated bool, err error) {
	if !stdin {
		return hub.NewPassword(), true, nil
	}
	if file, ok := e.In.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		fmt.Fprint(e.Err, "New password: ")
		b, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(e.Err)
		return string(b), false, err
	}
	line, err := bufio.NewReader(io.LimitReader(e.In, 8<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), false, nil
}
