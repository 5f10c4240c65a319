package pyenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// interpreter is what a Python says of itself.
type interpreter struct {
	Path    string   `json:"path"` // resolved
	Major   int      `json:"major"`
	Minor   int      `json:"minor"`
	Missing []string `json:"missing"` // of the modules that are needed
}

func (i interpreter) version() string { return fmt.Sprintf("%d.%d", i.Major, i.Minor) }

func (i interpreter) recent() bool { return i.Major == 3 && i.Minor >= oldestMinor }

const probeScript = `
import importlib.util, json, os, sys
missing = [m for m in ("venv", "ensurepip", "ssl", "sqlite3") if importlib.util.find_spec(m) is None]
print(json.dumps({"path": os.path.realpath(sys.executable), "major": sys.version_info[0], "minor": sys.version_info[1], "missing": missing}))
`

// probe runs the interpreter as the user of the servers, who must be able to.
func (o Options) probe(ctx context.Context, path string) (interpreter, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "-I", "-c", probeScript)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + o.Path, "HOME=/nonexistent"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: o.User}
	out, err := cmd.Output()
	var found interpreter
	if err == nil {
		err = json.Unmarshal(out, &found)
	}
	if err != nil {
		return interpreter{}, fmt.Errorf("run %s: %w", path, err)
	}
	return found, nil
}

// candidates are the interpreters to try, best first.
func (o Options) candidates() []string {
	folders := filepath.SplitList(o.Path)
	for _, more := range []string{"/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"} {
		if !o.only && !slices.Contains(folders, more) {
			folders = append(folders, more)
		}
	}
	names := []string{"python3"}
	for minor := 14; minor >= oldestMinor; minor-- {
		names = append(names, fmt.Sprintf("python3.%d", minor))
	}
	var paths []string
	for _, name := range names {
		for _, folder := range folders {
			path := filepath.Join(folder, name)
			if info, err := os.Stat(path); err == nil && filepath.IsAbs(path) && info.Mode().IsRegular() {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// findPython gives an interpreter that is new enough, complete, and that the
// servers' users can run; the error says what to install.
func (o Options) findPython(ctx context.Context) (string, error) {
	var incomplete *interpreter
	var closed, old []string
	for _, path := range o.candidates() {
		found, err := o.probe(ctx, path)
		switch {
		case ctx.Err() != nil:
			return "", fmt.Errorf("look for Python: %w", ctx.Err())
		case errors.Is(err, fs.ErrPermission):
			closed = append(closed, path)
		case err != nil:
			o.Logger.Info("a Python is passed over: it does not run", "path", path, "error", err)
		case !found.recent():
			old = append(old, found.version())
		case len(found.Missing) > 0:
			if incomplete == nil {
				incomplete = &found
			}
		default:
			return found.Path, nil
		}
	}
	if incomplete != nil {
		return "", missingModules(*incomplete)
	}
	why := "none was found"
	if len(old) > 0 {
		why = "only " + strings.Join(slices.Compact(old), ", ") + " was found"
	}
	if len(closed) > 0 {
		why += "; " + strings.Join(closed, ", ") + " cannot be executed by the users of notebook servers"
	}
	return "", hub.Errorf(hub.Unavailable, "Python 3.%d or newer is needed to run notebook servers, and %s: "+
		"install it (Debian, Ubuntu: apt install python3 python3-venv), or set spawner.local.command.", oldestMinor, why)
}

func missingModules(found interpreter) error {
	cure := "install the rest of it"
	if _, err := os.Stat("/etc/debian_version"); err == nil {
		cure = "run apt install python3-venv"
	}
	return hub.Errorf(hub.Unavailable, "%s has no %s, which is needed to make the Python environment for notebook servers: "+
		"%s, or set spawner.local.command.", found.Path, strings.Join(found.Missing, " and no "), cure)
}
