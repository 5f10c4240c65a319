package pyenv

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The file in an environment that says that it is whole: it is written last.
const markerName = "complete.json"

// marker describes a whole environment.
type marker struct {
	Requirements []string `json:"requirements"`
	Python       string   `json:"python"`             // "3.11"
	Packages     string   `json:"packages,omitempty"` // a digest of those that are in it; see Options.digest
	Own          int      `json:"own,omitempty"`      // which version of our own files lies in it
	Lab          string   `json:"lab,omitempty"`      // a digest of our extension of JupyterLab in it
}

// Env is a whole environment.
type Env struct {
	Dir    string
	marker marker
}

// Program is the notebook server's program.
func (e Env) Program() string { return filepath.Join(e.Dir, "bin", "jupyterhub-singleuser") }

// Python is the version of its Python, as 3.11.
func (e Env) Python() string { return e.marker.Python }

// Bin are the folders for people's PATH: the programs of the packages, to be run by the
// first Python on PATH, and the environment's own.
func (e Env) Bin() []string {
	return []string{filepath.Join(e.Dir, ownFolder, "bin"), filepath.Join(e.Dir, "bin")}
}

// JupyterPath is where Jupyter finds the environment's kernels and extensions.
func (e Env) JupyterPath() string { return filepath.Join(e.Dir, "share", "jupyter") }

// python is the environment's own interpreter.
func (e Env) python() string { return filepath.Join(e.Dir, "bin", "python3") }

// currentName is the link beside the environments to the one that new servers use.
const currentName = "current"

// Current is the environment that servers which start now use, among those in dir:
// fs.ErrNotExist where there is none yet. It reads two small files.
func Current(dir string) (Env, error) {
	target, err := os.Readlink(filepath.Join(dir, currentName))
	if errors.Is(err, fs.ErrNotExist) { // one of a version that knew no link
		return open(filepath.Join(dir, formerName()))
	}
	if err != nil {
		return Env{}, fmt.Errorf("find the Python environment: %w", err)
	}
	if filepath.Base(target) != target {
		return Env{}, fmt.Errorf("the link %s leads elsewhere: %w", filepath.Join(dir, currentName), fs.ErrInvalid)
	}
	return open(filepath.Join(dir, target))
}

// open reads what an environment says of itself; fs.ErrNotExist where it is not whole.
func open(dir string) (Env, error) {
	e := Env{Dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, markerName)) //nolint:gosec // in the data directory
	if err == nil {
		err = json.Unmarshal(text, &e.marker)
	}
	if err != nil {
		return Env{}, fmt.Errorf("read the Python environment %s: %w", dir, err)
	}
	return e, nil
}

// use makes an environment the one that new servers use.
func use(e Env) error {
	dir, name := filepath.Split(e.Dir)
	next := filepath.Join(dir, currentName+".new")
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make %s the Python environment: %w", name, err)
	}
	if err := os.Symlink(name, next); err != nil {
		return fmt.Errorf("make %s the Python environment: %w", name, err)
	}
	if err := os.Rename(next, filepath.Join(dir, currentName)); err != nil {
		return fmt.Errorf("make %s the Python environment: %w", name, err)
	}
	return nil
}

// save writes the marker; before it there is all that was written before. For the hub
// alone: the packages are its business.
func (e Env) save() error {
	text, err := json.Marshal(e.marker)
	if err != nil {
		return fmt.Errorf("finish the Python environment: %w", err)
	}
	unix.Sync()
	if err := replace(filepath.Join(e.Dir, markerName), append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("finish the Python environment: %w", err)
	}
	return nil
}

// replace writes a file that has either its old or its new content at every moment.
func replace(path string, text []byte, mode fs.FileMode) error {
	next := path + ".new"
	if err := os.WriteFile(next, text, mode); err != nil { //nolint:gosec // in the data directory
		return err
	}
	if err := os.Chmod(next, mode); err != nil { // whatever the umask
		return err
	}
	return os.Rename(next, path)
}

const folderPrefix = "env-"

// all lists the environments in dir, whole or not.
func all(dir string) ([]string, error) {
	folders, err := filepath.Glob(filepath.Join(dir, folderPrefix+"*"))
	if err != nil {
		return nil, fmt.Errorf("look for Python environments: %w", err)
	}
	return folders, nil
}

// nextFolder is a name for a new environment, after those that lie there.
func nextFolder(dir string) (string, error) {
	folders, err := all(dir)
	if err != nil {
		return "", err
	}
	last := 0
	for _, f := range folders {
		// Names of eight digits are of versions that named environments by a digest.
		if n, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(f), folderPrefix)); err == nil && n < 10_000_000 {
			last = max(last, n)
		}
	}
	return filepath.Join(dir, folderPrefix+strconv.Itoa(last+1)), nil
}

// Remove deletes the environments in dir that are neither the current one nor used, and
// gives their folders. It does nothing while another process makes one.
func Remove(dir string, used func(folder string) bool) (removed []string, err error) {
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDONLY|os.O_CREATE, 0o600) //nolint:gosec // in the data directory
	if err != nil {
		return nil, fmt.Errorf("lock the Python environment: %w", err)
	}
	defer lock.Close()
	if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return nil, nil
	}
	current, err := Current(dir)
	if err != nil {
		return nil, err
	}
	folders, err := all(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		if f == current.Dir || used(f) {
			continue
		}
		if err := os.RemoveAll(f); err != nil {
			return removed, fmt.Errorf("delete an old Python environment: %w", err)
		}
		removed = append(removed, f)
	}
	return removed, nil
}
