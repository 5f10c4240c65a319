package local

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/spawn/local/pyenv"
)

// Provision makes the managed Python environment where it is missing, whether or
// not servers use it, and gives the path of its jupyterhub-singleuser. It shows how
// it gets on; nil shows nothing.
func (d *Driver) Provision(ctx context.Context, progress io.Writer) (string, error) {
	dir := filepath.Join(d.opt.DataDir, "python")
	if err := disk.MakeFolder(dir, d.mode(0o755)); err != nil {
		return "", err
	}
	return pyenv.Provision(ctx, pyenv.Options{
		Dir: dir, Path: d.path(), User: d.anybody(), Lookup: d.opt.Lookup, Progress: progress, Logger: d.log,
	})
}

// anybody is a user with no more rights than a notebook server's, nil where servers
// run as the hub itself.
func (d *Driver) anybody() *syscall.Credential {
	switch {
	case !d.root:
		return nil
	case d.opt.SystemUsers:
		return &syscall.Credential{Uid: 65534, Gid: 65534}
	default:
		return &syscall.Credential{Uid: d.opt.UIDRange[1], Gid: d.opt.UIDRange[1]}
	}
}

// removeOldEnvironments deletes environments of former versions of the hub that no
// server runs in any more.
func (d *Driver) removeOldEnvironments() error {
	current := pyenv.Current(filepath.Join(d.opt.DataDir, "python"))
	all, err := filepath.Glob(filepath.Join(d.opt.DataDir, "python", "env-*"))
	if err != nil {
		return fmt.Errorf("look for old Python environments: %w", err)
	}
	records, err := d.files.all()
	if err != nil {
		return err
	}
	for _, dir := range all {
		used := dir == current
		for _, rec := range records {
			used = used || rec.alive() && strings.HasPrefix(rec.Program, dir+"/")
		}
		if used {
			continue
		}
		d.log.Info("an old Python environment is deleted", "path", dir)
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("delete an old Python environment: %w", err)
		}
	}
	return nil
}
