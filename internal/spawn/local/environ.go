package local

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local/accounts"
	"github.com/atriumhub/atrium/internal/spawn/local/limits"
	"github.com/atriumhub/atrium/internal/spawn/local/uservenv"
)

const plainPath = "/usr/local/bin:/usr/bin:/bin"

// environment is all that the server gets: the kept variables of the hub's own,
// what belongs to the account, what the hub says, what the run is launched with. The
// address comes last, since the hub looks for the server there.
func (d *Driver) environment(spec spawn.Spec, who accounts.Account, c command, url string) []string {
	env := map[string]string{"PATH": plainPath}
	for _, name := range d.opt.EnvKeep {
		// Whatever the list says: the hub's own configuration, with its passwords, stays here.
		if value, ok := d.opt.Lookup(name); ok && !strings.HasPrefix(name, "ATRIUM_") {
			env[name] = value
		}
	}
	maps.Copy(env, map[string]string{"USER": who.Name, "LOGNAME": who.Name, "HOME": who.Home, "SHELL": who.Shell})
	var folders []string
	switch {
	case c.own.Dir != "":
		folders = uservenv.Path(c.own, who.Home)
		maps.Copy(env, uservenv.Environment(c.own, who.Home))
	case c.venv != "":
		folders = []string{filepath.Join(c.venv, "bin")}
		env["VIRTUAL_ENV"] = c.venv
	}
	if len(folders) > 0 {
		own := strings.Join(folders, string(filepath.ListSeparator))
		env["PATH"] = own + string(filepath.ListSeparator) + env["PATH"]
		env[accounts.LoginPath] = own
	}
	maps.Copy(env, limits.Environment(spec.Launch.Limits))
	maps.Copy(env, spec.Env)
	maps.Copy(env, spec.Launch.Environment)
	env["JUPYTERHUB_SERVICE_URL"] = url
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if name != "" && !strings.ContainsAny(name, "=\x00") && !strings.Contains(env[name], "\x00") {
			list = append(list, name+"="+env[name])
		}
	}
	return list
}

// venvOf is the virtual environment that the program belongs to, or nothing.
func venvOf(program string) string {
	folder := filepath.Dir(filepath.Dir(program))
	if _, err := os.Stat(filepath.Join(folder, "pyvenv.cfg")); filepath.IsAbs(program) && err == nil {
		return folder
	}
	return ""
}
