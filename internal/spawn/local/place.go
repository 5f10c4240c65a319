package local

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/atriumhub/atrium/internal/spawn/local/pyenv"
)

// place is where somebody's own Python packages go, in their home: a virtual
// environment on top of the managed one. Notebooks and terminals run its Python, so pip
// writes there and finds what it wrote at once, newer versions of the managed
// environment's packages among it. The server runs the managed one's Python alone, and
// starts whatever was installed.
//
// It belongs to the person, who may delete it: each start makes what is missing, and
// leads it to the managed environment of the day.
type place struct {
	Env    string // folder of the managed environment
	Python string // version of its Python, as 3.11
}

// placeFor is nil where servers run another program than the managed environment's.
func placeFor(env pyenv.Env) *place {
	if env.Dir == "" {
		return nil
	}
	return &place{Env: env.Dir, Python: env.Python()}
}

// placeIn is the folder in a home.
func placeIn(home string) string { return filepath.Join(home, ".local", "share", "atrium", "python") }

// pythonPath is the folders for PATH of a server of the managed environment.
func pythonPath(env pyenv.Env, home string) []string {
	return append([]string{filepath.Join(placeIn(home), "bin"), filepath.Join(home, ".local", "bin")}, env.Bin()...)
}

// pythonEnvironment is what lets Python, pip, Jupyter and login shells find the place.
func pythonEnvironment(env pyenv.Env, home string) map[string]string {
	folder := placeIn(home)
	return map[string]string{
		"VIRTUAL_ENV": folder,
		// pip install --user, which many instructions say, goes to the same place.
		"PYTHONUSERBASE": folder,
		// The managed one first: what comes with a person's own ipykernel would run in the server's Python.
		"JUPYTER_PATH": env.JupyterPath() + string(filepath.ListSeparator) + filepath.Join(folder, "share", "jupyter"),
		// As JupyterLab: nobody's programs ask the internet for news by themselves.
		"PIP_DISABLE_PIP_VERSION_CHECK": "1",
	}
}

// make brings the place up to date, as the person. Two servers of theirs may do so at
// once: each file is replaced whole, by the same.
func (p place) make(home string) error {
	folder := placeIn(home)
	packages := filepath.Join("lib", "python"+p.Python, "site-packages")
	for _, dir := range []string{"bin", packages} {
		if err := os.MkdirAll(filepath.Join(folder, dir), 0o755); err != nil { //nolint:gosec // the home around it is closed
			return err
		}
	}
	settings, err := os.ReadFile(filepath.Join(p.Env, "pyvenv.cfg"))
	if err != nil {
		return err
	}
	interpreter, err := filepath.EvalSymlinks(filepath.Join(p.Env, "bin", "python3"))
	if err != nil {
		return err
	}
	err = errors.Join(
		keep(filepath.Join(folder, "pyvenv.cfg"), placeSettings(string(settings)), 0o644),
		keep(filepath.Join(folder, packages, "_atrium.pth"), p.path(folder, packages), 0o644),
		lead(filepath.Join(folder, "bin", "python3"), interpreter),
		lead(filepath.Join(folder, "bin", "python"), "python3"),
		lead(filepath.Join(folder, "bin", "python"+p.Python), "python3"),
	)
	for _, name := range []string{"pip", "pip3"} { // one that pip itself has written since stays
		if _, absent := os.Lstat(filepath.Join(folder, "bin", name)); absent != nil {
			err = errors.Join(err, keep(filepath.Join(folder, "bin", name), pipScript, 0o755))
		}
	}
	return err
}

const pipScript = "#!/bin/sh\nexec \"${0%/*}/python3\" -m pip \"$@\"\n"

// placeSettings is the managed environment's pyvenv.cfg for the one on top. Python takes
// every word but true for false; pip refuses --user at the word false.
func placeSettings(managed string) string {
	var b strings.Builder
	for line := range strings.Lines(managed) {
		key, _, _ := strings.Cut(line, "=")
		switch strings.TrimSpace(key) {
		case "home", "version", "executable":
			b.WriteString(line)
		}
	}
	b.WriteString("include-system-site-packages = no\n")
	return b.String()
}

// path is the line by which Python finds the managed environment's packages, after the
// person's own. Other Pythons of the same version read it, too, since PYTHONUSERBASE is
// theirs as well: they are to find nothing there.
func (p place) path(folder, packages string) string {
	return fmt.Sprintf("import os, site, sys; os.path.realpath(sys.prefix) == os.path.realpath(%s) and (site.addsitedir(%s), setattr(site, 'ENABLE_USER_SITE', True))\n",
		pythonText(folder), pythonText(filepath.Join(p.Env, packages)))
}

// pythonText is a text as Python writes it; JSON's way is one of Python's.
func pythonText(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// keep writes a file unless it is what it should be.
func keep(path, text string, mode fs.FileMode) error {
	if now, err := os.ReadFile(path); err == nil && string(now) == text { //nolint:gosec // the person's own
		return nil
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".atrium-*")
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	err = errors.Join(err, file.Chmod(mode), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// lead makes a symbolic link unless it is what it should be.
func lead(path, target string) error {
	if now, err := os.Readlink(path); err == nil && now == target {
		return nil
	}
	next := path + ".atrium-" + rand.Text()
	if err := os.Symlink(target, next); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		_ = os.Remove(next)
		return err
	}
	return nil
}
