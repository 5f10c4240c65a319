package pyenv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/atriumhub/atrium/jupyterlab"
)

// ownVersion goes up when what finish writes becomes another.
const ownVersion = 2

// ownFolder is for what is the hub's alone, below the environment.
const ownFolder = "share/atrium"

// finish brings the hub's own files in an environment up to date: one may have been
// made by a version that wrote others.
func (e *Env) finish() error {
	if e.marker.Own == ownVersion && e.marker.Lab == jupyterlab.Digest() {
		return nil
	}
	if err := e.writeOwn(); err != nil {
		return err
	}
	e.owned()
	return e.save()
}

// owned notes that the hub's own files are those of this version.
func (e *Env) owned() { e.marker.Own, e.marker.Lab = ownVersion, jupyterlab.Digest() }

// writeOwn writes what makes Jupyter in the environment one of this hub.
func (e Env) writeOwn() error {
	err := errors.Join(e.writeSettings(), e.writeKernel(), e.writePrograms(), e.writeExtension())
	if err != nil {
		return fmt.Errorf("write the hub's own files into the Python environment: %w", err)
	}
	return nil
}

// loginShell is the program of JupyterLab's terminals.
func (e Env) loginShell() string { return filepath.Join(e.Dir, ownFolder, "login-shell") }

// writeSettings makes JupyterLab ask no site of the internet by itself, not offer to
// install extensions where nobody but the hub can write, and open terminals with the
// environment's programs. People can set the first otherwise for themselves.
func (e Env) writeSettings() error {
	return errors.Join(
		e.writeJSON("share/jupyter/lab/settings/overrides.d/atrium.json", map[string]any{
			"@jupyterlab/apputils-extension:notification": map[string]any{"fetchNews": "false", "checkForUpdates": false},
		}),
		e.writeJSON("etc/jupyter/jupyter_server_config.json", map[string]any{
			"LabApp":    map[string]any{"extension_manager": "readonly"},
			"ServerApp": map[string]any{"terminado_settings": map[string]any{"shell_command": []string{e.loginShell()}}},
		}),
		e.write(ownFolder+"/login-shell", []byte(loginShellScript), 0o755),
	)
}

// loginShellScript runs the login scripts of the machine and of the person, as terminals
// do under JupyterHub, and then puts back what /etc/profile takes away on many systems:
// the folders of PATH in which the person's Python is. NOTEBOOK_PATH is the hub's word.
const loginShellScript = `#!/bin/sh
case "${SHELL:=/bin/sh}" in
*/csh | */tcsh) exec "$SHELL" -l ;; # takes no other argument beside -l
esac
exec "$SHELL" -l -c 'exec env PATH="$NOTEBOOK_PATH:$PATH" "$SHELL"'
`

// writeKernel lets notebooks run the first Python on PATH, which is the person's own,
// while the server, which must start whatever they install, stays with this one's.
func (e Env) writeKernel() error {
	const name = "share/jupyter/kernels/python3/kernel.json"
	text, err := os.ReadFile(filepath.Join(e.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no notebooks here
	}
	if err != nil {
		return err
	}
	var spec map[string]any
	if err := json.Unmarshal(text, &spec); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	argv, _ := spec["argv"].([]any)
	if len(argv) == 0 || argv[0] == envProgram {
		return nil
	}
	spec["argv"] = append([]any{envProgram, "python3"}, argv[1:]...)
	return e.writeJSON(name, spec)
}

// writeExtension installs the hub's extension of JupyterLab, as pip would: it is a few files, and no index is asked. Servers
// that run go on with what they have read; of versions before, the files that pages may still load stay.
func (e Env) writeExtension() error {
	site := filepath.Join("lib", "python"+e.marker.Python, "site-packages")
	if _, err := os.Stat(filepath.Join(e.Dir, site, "jupyter_server")); err != nil {
		return nil //nolint:nilerr // no JupyterLab here
	}
	former, err := filepath.Glob(filepath.Join(e.Dir, site, "atrium_jupyterlab-*.dist-info"))
	if err != nil {
		return err
	}
	for _, dir := range former {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	for name, text := range jupyterlab.Installed(site) {
		if err := e.write(name, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// envProgram runs the first program of a name on PATH.
const envProgram = "/usr/bin/env"

// writePrograms makes copies of the packages' programs that run under the first Python
// on PATH, so that they find what the person has installed. Those that the server
// consists of, and Python's own, are left out.
func (e Env) writePrograms() error {
	entries, err := os.ReadDir(filepath.Join(e.Dir, "bin"))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if !entry.Type().IsRegular() || ownProgram(name) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(e.Dir, "bin", name)) //nolint:gosec // of the environment
		if err != nil {
			return err
		}
		rest, ok := e.script(text)
		if !ok {
			continue // found in bin itself
		}
		if err := e.write(filepath.Join(ownFolder, "bin", name), append([]byte("#!"+envProgram+" python3\n"), rest...), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// ownProgram tells of programs that must stay with the environment's own Python.
func ownProgram(name string) bool {
	return strings.HasPrefix(name, "python") || strings.HasPrefix(name, "pip") || strings.HasPrefix(name, "jupyterhub")
}

// script is the text of one of pip's scripts without the lines that say which Python
// runs it: one, or three of a shell where the path is long.
func (e Env) script(text []byte) (rest []byte, ok bool) {
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	if bytes.HasPrefix(first, []byte("#!"+filepath.Join(e.Dir, "bin", "python"))) {
		return rest, true
	}
	second, after, _ := bytes.Cut(rest, []byte("\n"))
	third, after, _ := bytes.Cut(after, []byte("\n"))
	if string(first) == "#!/bin/sh" && bytes.HasPrefix(second, []byte("'''exec' ")) && string(third) == "' '''" {
		return after, true
	}
	return nil, false
}

func (e Env) writeJSON(name string, value any) error {
	text, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	return e.write(name, append(text, '\n'), 0o644)
}

// write puts a file into the environment, for everybody to read.
func (e Env) write(name string, text []byte, mode fs.FileMode) error {
	path := filepath.Join(e.Dir, name)
	if err := makeOpen(filepath.Dir(path)); err != nil {
		return err
	}
	return replace(path, text, mode)
}

// makeOpen makes folders that everybody may enter, whatever the umask.
func makeOpen(dir string) error {
	if err := os.Mkdir(dir, 0o755); err == nil { //nolint:gosec // notebook servers' users read what is in it
		return os.Chmod(dir, 0o755) //nolint:gosec // likewise
	} else if errors.Is(err, fs.ErrExist) {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeOpen(filepath.Dir(dir)); err != nil {
		return err
	}
	return makeOpen(dir)
}
