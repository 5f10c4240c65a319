package backups

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/backup"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/homedir"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/serve/setup"
	"github.com/atriumhub/atrium/internal/store"
	"github.com/atriumhub/atrium/internal/store/engine"
	"github.com/atriumhub/atrium/internal/store/transfer"
)

type backupFlags struct {
	setup.Flags
	force bool
}

// NewBackup is 'atrium backup'.
func NewBackup(e *command.Env) *cobra.Command {
	var f backupFlags
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Write all that the hub knows into one file, while it runs",
		Long: `Write the hub's database, as it is at one moment, and what belongs to it into one file:
people with their passwords' hashes, groups, tokens, servers, the audit log, whose home is
what, and which machine this is. The hub may run meanwhile, on SQLite or PostgreSQL; the
file can be restored into either. Run it on the hub's machine, as the hub's user.

Not in it: the files in people's homes, which a program for files backs up (with their
owners: rsync -a --numeric-ids), the configuration, and certificates.

The file can be read by its owner alone: with what is in it one could be anybody.
FILE - is standard output.`,
		Example: `  atrium backup hub-$(date +%Y%m%d).backup
  atrium backup --config /etc/atrium.yaml /backups/hub.backup --force
  atrium backup - | ssh elsewhere 'cat > hub.backup'`,
		Args: command.OneName("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return writeBackup(cmd.Context(), e, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.Config, "config", "c", "", "YAML `file` with the configuration")
	flags.StringVar(&f.DataDir, "data-dir", "", "`folder` with the hub's data")
	flags.BoolVar(&f.force, "force", false, "overwrite a file that is there")
	return cmd
}

func writeBackup(ctx context.Context, e *command.Env, f backupFlags, file string) error {
	cfg, err := setup.Load(e, f.Flags)
	if err != nil {
		return err
	}
	if file == "-" {
		_, err := backUp(ctx, e, cfg, e.Out)
		return err
	}
	if _, err := os.Lstat(file); err == nil && !f.force {
		return hub.Errorf(hub.Conflict, "There is a file %s. Choose another name, or overwrite it with --force.", file)
	}
	out, err := createAlone(file + ".part")
	if err != nil {
		return hub.Wrap(hub.Invalid, err, fmt.Sprintf("The file %s cannot be written: %s.", file, setup.Reason(err)))
	}
	count, err := backUp(ctx, e, cfg, out)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(out.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	size := int64(0)
	if info, err := os.Stat(file); err == nil {
		size = info.Size()
	}
	fmt.Fprintf(e.Err, "✅ %s: %d rows, records of homes: %d, %s\n", file, count.Rows, count.Homes, backup.Size(size))
	fmt.Fprintf(e.Err, "ℹ️  The files in people's homes are not in it: back up %s, too. How to restore: atrium restore --help\n", homesText(cfg))
	return nil
}

// createAlone makes a file that its owner alone can read, whatever was there: in a folder
// that others can write to, it may have been theirs.
func createAlone(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator's own choice
}

func homesText(cfg config.Config) string {
	if dir := setup.HomesDir(cfg); dir != "" {
		return dir
	}
	return "the homes of the machine's accounts"
}

// backUp writes a backup of what is there at this moment.
func backUp(ctx context.Context, e *command.Env, cfg config.Config, out io.Writer) (count backup.Counts, err error) {
	snapshot, err := transfer.OpenSnapshot(ctx, setup.DatabaseURL(cfg))
	if err != nil {
		return count, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	m := backup.Manifest{Atrium: command.Version(), Schema: snapshot.Version, Engine: snapshot.Engine, Host: setup.Hostname(), Made: hub.SystemClock()}
	if m.HubID, err = snapshot.Setting(ctx, "hub.id"); err != nil {
		return count, err
	}
	if m.NodeID, err = readNodeID(cfg.DataDir); err != nil {
		return count, err
	}
	records, err := homedir.Records(setup.HomesDir(cfg))
	if err != nil {
		return count, err
	}
	m.PlaceID, m.Homes = records.PlaceID, records.Dir
	w, err := backup.NewWriter(out, m)
	if err != nil {
		return count, err
	}
	p := newProgress(e.Err, "Backing up")
	defer p.end()
	if err := snapshot.Export(ctx, counting{w, p}); err != nil {
		return count, err
	}
	for r, err := range records.All {
		if err != nil { // one damaged record keeps nobody else's from the backup
			fmt.Fprintf(e.Err, "⚠️  The record of the home %s is not in the backup: %s\n", r.HomeID, command.MessageFor(err))
			continue
		}
		if err := w.Home(r); err != nil {
			return count, err
		}
		p.add(1)
	}
	return w.Count, w.End()
}

// readNodeID is the id of the machine; empty where it has none.
func readNodeID(dataDir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, "node-id")) //nolint:gosec // in the data directory
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read this machine's id: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// counting tells of rows on their way.
type counting struct {
	backup.Rows
	progress *progress
}

func (c counting) Row(values []any) error {
	c.progress.add(1)
	return c.Rows.Row(values)
}

type restoreFlags struct {
	setup.Flags
	replace bool
}

// NewRestore is 'atrium restore'.
func NewRestore(e *command.Env) *cobra.Command {
	var f restoreFlags
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Make a hub's database again from a backup, here or on another machine",
		Long: `Make a hub's database again from a file that 'atrium backup' wrote, on the same machine or
another one, in SQLite or PostgreSQL, whichever the backup came from. The hub must not run.
Run this as the hub's user.

It takes an empty database. With --replace an SQLite file that is there is kept under
another name; for PostgreSQL make a new database.

Copy the homes to their place with their owners (rsync -a --numeric-ids), before or after;
the folder .atrium in them says whose they are, and what of it is missing comes out of the
backup. Until somebody's files are there, their servers do not start: nobody finds an empty
home where their work should be.

On a machine with another id, servers that ran on the old one are given up with
'atrium servers forget'.`,
		Example: `  atrium restore hub-20261130.backup
  atrium restore hub.backup --config /etc/atrium.yaml --replace`,
		Args: command.OneName("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return restore(cmd.Context(), e, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.Config, "config", "c", "", "YAML `file` with the configuration")
	flags.StringVar(&f.DataDir, "data-dir", "", "`folder` for the hub's data")
	flags.BoolVar(&f.replace, "replace", false, "put an SQLite database that is there aside")
	return cmd
}

func restore(ctx context.Context, e *command.Env, f restoreFlags, file string) (err error) {
	cfg, err := setup.Load(e, f.Flags)
	if err != nil {
		return err
	}
	in, err := os.Open(file) //nolint:gosec // the operator's own choice
	if err != nil {
		return hub.Wrap(hub.Invalid, err, fmt.Sprintf("The backup %s cannot be read: %s.", file, setup.Reason(err)))
	}
	defer in.Close()
	r, err := backup.Open(in)
	if err != nil {
		return err
	}
	unlock, err := setup.PrepareDataDir(cfg.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	aside, err := putAside(cfg, f.replace)
	if err != nil {
		return err
	}
	records, count, err := fillDatabase(ctx, e, cfg, r)
	if err != nil {
		return errors.Join(err, aside.back())
	}
	m := r.Manifest
	fmt.Fprintf(e.Err, "✅ Restored %d rows of the hub as it was on %s (Atrium %s, %s)\n", count.Rows, m.Made.Format("2006-01-02 15:04 UTC"), m.Atrium, m.Engine)
	if aside.to != "" {
		fmt.Fprintf(e.Err, "ℹ️  The database that was there is kept as %s\n", aside.to)
	}
	if err := closeClaims(ctx, e, cfg); err != nil {
		return err
	}
	if err := restoreNode(e, cfg.DataDir, m); err != nil {
		return err
	}
	if err := restoreHomes(e, cfg, m, records); err != nil {
		return err
	}
	fmt.Fprintln(e.Err, "➡️  Start it: atrium serve")
	return nil
}

// fillDatabase makes the database, and gives the records of homes that were in the backup.
func fillDatabase(ctx context.Context, e *command.Env, cfg config.Config, r *backup.Reader) (records []hub.HomeRecord, count backup.Counts, err error) {
	p := newProgress(e.Err, "Restoring")
	defer p.end()
	err = transfer.Import(ctx, setup.DatabaseURL(cfg), r.Manifest.Schema, nil, func(rows transfer.Rows) error {
		count, err = r.Replay(counting{rows, p}, func(h hub.HomeRecord) error {
			records = append(records, h)
			return nil
		})
		return err
	})
	return records, count, err
}

// closeClaims keeps those who have a home from setting their first password by logging in:
// what has come into the home since the backup, it does not know.
func closeClaims(ctx context.Context, e *command.Env, cfg config.Config) (err error) {
	db, err := store.Open(ctx, store.Options{URL: setup.DatabaseURL(cfg)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var closed []int64
	err = db.Update(ctx, func(tx data.Tx) (err error) {
		closed, err = tx.CloseClaims(ctx, "")
		return err
	})
	if n := len(closed); n > 0 {
		fmt.Fprintf(e.Err, "⚠️  People who have a home, and had not set their first password yet: %d. They cannot set it by logging in any more, since others' work "+
			"may be in the home: see atrium users list --without-password, and set one for them\n", n)
	}
	return err
}

// putAside makes room for an SQLite database.
func putAside(cfg config.Config, replace bool) (moved, error) {
	path, ok := engine.SQLiteFile(setup.DatabaseURL(cfg))
	if !ok {
		return moved{}, nil
	}
	_, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return moved{}, nil
	case err != nil:
		return moved{}, fmt.Errorf("look at the database: %w", err)
	case !replace:
		return moved{}, hub.Errorf(hub.Conflict, "There is a database %s. To put it aside and restore the backup in its place, say --replace.", path)
	}
	m := moved{from: path, to: path + ".before-" + hub.SystemClock().Format("20060102T150405")}
	return m, m.move(m.from, m.to)
}

// moved is a database that was put aside; the zero value is none.
type moved struct{ from, to string }

func (m moved) move(from, to string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(from+suffix, to+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("move the database: %w", err)
		}
	}
	return nil
}

// back brings it back after the restore failed.
func (m moved) back() error {
	if m.from == "" {
		return nil
	}
	return m.move(m.to, m.from)
}

// restoreNode gives a machine that has no id that of the backup's.
func restoreNode(e *command.Env, dataDir string, m backup.Manifest) error {
	here, err := readNodeID(dataDir)
	if err != nil || m.NodeID == "" {
		return err
	}
	switch here {
	case m.NodeID:
		return nil
	case "":
		if err := disk.WriteFile(filepath.Join(dataDir, "node-id"), []byte(m.NodeID+"\n"), 0o600); err != nil {
			return fmt.Errorf("write this machine's id: %w", err)
		}
		fmt.Fprintf(e.Err, "ℹ️  This data directory is the node %s now, as that of the backup was (%s): do not start the hub there any more\n", m.NodeID, m.Host)
		return nil
	}
	fmt.Fprintf(e.Err, "ℹ️  This machine is the node %s; the backup was made on %s (%s). Servers on record as running there: atrium servers forget %s\n", here, m.NodeID, m.Host, m.NodeID)
	return nil
}

// restoreHomes writes the records of homes that have none, and says what is missing of
// their files.
func restoreHomes(e *command.Env, cfg config.Config, m backup.Manifest, records []hub.HomeRecord) (err error) {
	dir := setup.HomesDir(cfg)
	if dir == "" || m.PlaceID == "" {
		return nil
	}
	l := cfg.Spawner.Local
	place, err := homedir.Open(homedir.Options{
		Dir: dir, HubID: m.HubID, Root: os.Geteuid() == 0, UIDRange: l.UIDRange, Registry: l.UIDRegistry, PlaceID: m.PlaceID,
		Clock: hub.SystemClock,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, place.Close()) }()
	if place.ID() != m.PlaceID {
		fmt.Fprintf(e.Err, "⚠️  Warning: the homes in %s are not those of the backup, which were in %s on %s. People whose home was there need those files: "+
			"put them in place of these, with the folder .atrium, or see atrium homes list\n", dir, m.Homes, m.Host)
		return nil
	}
	written, missing := 0, 0
	var failed error
	for _, r := range records {
		ok, err := place.Import(r)
		if err != nil { // one that is damaged keeps nobody else from theirs
			failed = errors.Join(failed, err)
			continue
		}
		if ok {
			written++
		}
		if !place.Present(r) {
			missing++
		}
	}
	fmt.Fprintf(e.Err, "✅ Records of homes in %s: %d, of them from the backup: %d\n", dir, len(records), written)
	if missing > 0 {
		fmt.Fprintf(e.Err, "⚠️  Homes whose files are not there yet: %d. Copy them from a backup of %s, with their owners (rsync -a --numeric-ids)\n", missing, m.Homes)
	}
	return failed
}
