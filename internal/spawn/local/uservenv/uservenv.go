package uservenv

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

// Venv is a virtual environment in the user's home for their own Python packages, on top
// of the managed one. Notebooks and terminals run its Python, so that pip installs there,
// also newer versions of the managed environment's packages. The server itself runs the
// managed environment's Python, so that it starts whatever was installed.
//
// It belongs to the user, who may delete it: each start creates what is missing, and links it
// to the current managed environment.
type Venv struct {
	Env    string // folder of the managed environment
	Python string // version of its Python, as 3.11
}

// For is nil if servers do not run the managed environment's program.
func For(env pyenv.Env) *Venv {
	if env.Dir == "" {
		return nil
	}
	return &Venv{Env: env.Dir, Python: env.Python()}
}

// Dir is its folder in a home.
func Dir(home string) string {
	return filepath.Join(home, ".local", "share", "atrium", "python")
}

// Path is the folders for PATH of a server of the managed environment.
func Path(env pyenv.Env, home string) []string {
	return append([]string{filepath.Join(Dir(home), "bin"), filepath.Join(home, ".local", "bin")}, env.Bin()...)
}

// Environment is what lets Python, pip, Jupyter and login shells find the place.
func Environment(env pyenv.Env, home string) map[string]string {
	folder := Dir(home)
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

// Create creates or updates it, as the user. Two of their servers may do so at once: each file
// is replaced atomically, by the same content.
func (v Venv) Create(home string) error {
	folder := Dir(home)
	packages := filepath.Join("lib", "python"+v.Python, "site-packages")
	for _, dir := range []string{"bin", packages} {
		if err := os.MkdirAll(filepath.Join(folder, dir), 0o755); err != nil { //nolint:gosec // the home around it is closed
			return err
		}
	}
	settings, err := os.ReadFile(filepath.Join(v.Env, "pyvenv.cfg"))
	if err != nil {
		return err
	}
	interpreter, err := filepath.EvalSymlinks(filepath.Join(v.Env, "bin", "python3"))
	if err != nil {
		return err
	}
	err = errors.Join(
		writeIfChanged(filepath.Join(folder, "pyvenv.cfg"), userVenvConfig(string(settings)), 0o644),
		writeIfChanged(filepath.Join(folder, packages, "_atrium.pth"), v.pthLine(folder, packages), 0o644),
		symlinkTo(filepath.Join(folder, "bin", "python3"), interpreter),
		symlinkTo(filepath.Join(folder, "bin", "python"), "python3"),
		symlinkTo(filepath.Join(folder, "bin", "python"+v.Python), "python3"),
	)
	for _, name := range []string{"pip", "pip3"} { // one that pip itself has written since stays
		if _, absent := os.Lstat(filepath.Join(folder, "bin", name)); absent != nil {
			err = errors.Join(err, writeIfChanged(filepath.Join(folder, "bin", name), pipScript, 0o755))
		}
	}
	return err
}

const pipScript = "#!/bin/sh\nexec \"${0%/*}/python3\" -m pip \"$@\"\n"

// userVenvConfig is its pyvenv.cfg, from the managed environment's. It says "no" because pip
// refuses --user at the word false; Python takes every word but true for false.
func userVenvConfig(managed string) string {
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

// pthLine is the line with which Python finds the managed environment's packages, after the
// user's own. Other Pythons of the same version read it too, because of PYTHONUSERBASE; for
// them it does nothing.
func (v Venv) pthLine(folder, packages string) string {
	return fmt.Sprintf("import os, site, sys; os.path.realpath(sys.prefix) == os.path.realpath(%s) and (site.addsitedir(%s), setattr(site, 'ENABLE_USER_SITE', True))\n",
		pythonString(folder), pythonString(filepath.Join(v.Env, packages)))
}

// pythonString is a string literal of Python; one of JSON is valid in Python.
func pythonString(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// writeIfChanged writes a file atomically unless it has this content.
func writeIfChanged(path, text string, mode fs.FileMode) error {
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

// symlinkTo makes a symbolic link atomically unless it has this target.
func symlinkTo(path, target string) error {
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
