package python

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/obs"
	"github.com/atriumhub/atrium/internal/serve/setup"
	"github.com/atriumhub/atrium/internal/spawn/local"
	"github.com/atriumhub/atrium/internal/spawn/local/pyenv"
)

// New is 'atrium python'.
func New(e *command.Env) *cobra.Command {
	var f setup.Flags
	cmd := &cobra.Command{
		Use: "python", Short: "Look after the Python that notebooks run in", Args: cobra.NoArgs,
		Long: `Look after the Python environment that the hub installs for notebook servers, with
what spawner.local.python.packages asks for. Run it where the hub runs, as the hub's user;
the hub goes on meanwhile.

It is used unless spawner.local.command, or a jupyterhub-singleuser on PATH, names another.`,
		Example: `  atrium python status
  sudo atrium python upgrade --config /etc/atrium.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := cmd.PersistentFlags()
	flags.StringVarP(&f.Config, "config", "c", "", "YAML `file` with the hub's configuration")
	flags.StringVar(&f.DataDir, "data-dir", "", "`folder` with the hub's data")
	cmd.AddCommand(newPythonStatus(e, &f), newPythonInstall(e, &f), newPythonUpgrade(e, &f), newPythonWheel(e))
	return cmd
}

func newPythonStatus(e *command.Env, f *setup.Flags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "Say what is installed", Args: cobra.NoArgs,
		Example: "  atrium python status\n  atrium python status --json | jq -r '.versions.numpy'",
		RunE:    func(cmd *cobra.Command, _ []string) error { return pythonStatus(cmd.Context(), e, *f, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "answer with JSON on standard output, for programs")
	return cmd
}

func newPythonInstall(e *command.Env, f *setup.Flags) *cobra.Command {
	return &cobra.Command{
		Use: "install", Short: "Install what the configuration asks for and is missing", Args: cobra.NoArgs,
		Long: `Install those of spawner.local.python.packages that are missing, as the hub does by itself
whenever it starts. What is installed already stays as it is, so running notebooks are not
disturbed, and find the new packages at once. Where there is no environment yet, it is made.`,
		Example: "  sudo atrium python install --config /etc/atrium.yaml",
		RunE:    func(cmd *cobra.Command, _ []string) error { return pythonInstall(cmd.Context(), e, *f) },
	}
}

func newPythonUpgrade(e *command.Env, f *setup.Flags) *cobra.Command {
	return &cobra.Command{
		Use: "upgrade", Short: "Bring the newest versions", Args: cobra.NoArgs,
		Long: `Make a new environment with the newest versions of everything that the hub and
spawner.local.python.packages allow, and without packages that are not asked for any more.
Servers that start from then on use it; those that run keep the old one until they stop.
Where it fails, nothing has changed. What people have installed for themselves stays.`,
		Example: "  sudo atrium python upgrade --config /etc/atrium.yaml",
		RunE:    func(cmd *cobra.Command, _ []string) error { return pythonUpgrade(cmd.Context(), e, *f) },
	}
}

// pythonOf is the environments of the configured hub.
func pythonOf(e *command.Env, f setup.Flags) (local.Options, pyenv.Options, error) {
	cfg, err := loadPython(e, f)
	if err != nil {
		return local.Options{}, pyenv.Options{}, err
	}
	opt, err := setup.LocalOptions(e, cfg, obs.Logger(e.Err, cfg.Log.Level, cfg.Log.Format))
	if err != nil {
		return opt, pyenv.Options{}, err
	}
	return opt, local.Python(opt, e.Err), nil
}

func loadPython(e *command.Env, f setup.Flags) (config.Config, error) {
	cfg, err := setup.Load(e, f)
	if err != nil {
		return cfg, err
	}
	if argv := cfg.Spawner.Local.Command; len(argv) > 0 {
		return cfg, hub.Errorf(hub.Invalid, "This hub's notebook servers run %s (spawner.local.command): look after its Python where it is from. "+
			"Without that key the hub installs one of its own.", strings.Join(argv, " "))
	}
	if err := setup.DataDirThere(cfg); err != nil {
		return cfg, err
	}
	return cfg, nil
}

func pythonInstall(ctx context.Context, e *command.Env, f setup.Flags) error {
	lo, opt, err := pythonOf(e, f)
	if err != nil {
		return err
	}
	if err := local.MakePython(lo); err != nil {
		return err
	}
	env, err := pyenv.Provision(ctx, opt)
	if err != nil {
		return err
	}
	lacked, err := env.Lacks(opt)
	if err != nil {
		return err
	}
	if env, err = pyenv.Install(ctx, opt); err != nil {
		return err
	}
	if !lacked {
		fmt.Fprintf(e.Err, "Nothing was missing in %s. 'atrium python upgrade' brings newer versions.\n", env.Dir)
		return nil
	}
	fmt.Fprintf(e.Err, "Installed in %s; notebooks find it at once.\n", env.Dir)
	return nil
}

func pythonUpgrade(ctx context.Context, e *command.Env, f setup.Flags) error {
	lo, opt, err := pythonOf(e, f)
	if err != nil {
		return err
	}
	if err := local.MakePython(lo); err != nil {
		return err
	}
	// Before, not after: a server that starts right now may still be led to the one of today.
	if _, err := local.UnusedPython(lo); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	before := map[string]string{}
	if former, err := pyenv.Current(opt.Dir); err == nil {
		if before, err = former.Versions(ctx); err != nil {
			opt.Logger.WarnContext(ctx, "what was installed before cannot be told", "error", err)
		}
	}
	env, err := pyenv.Upgrade(ctx, opt)
	if err != nil {
		return err
	}
	after, err := env.Versions(ctx)
	if err != nil {
		return err
	}
	for _, d := range pyenv.Compare(before, after) {
		fmt.Fprintln(e.Out, difference(d))
	}
	use, err := local.PythonUse(lo)
	if err != nil {
		return err
	}
	running := 0
	for _, n := range use {
		running += n
	}
	fmt.Fprintf(e.Err, "Servers that start from now on use %s. %s\n", env.Dir, keepers(running))
	return nil
}

// keepers tells of the servers that an upgrade leaves alone.
func keepers(running int) string {
	switch running {
	case 0:
		return "None runs in the old one."
	case 1:
		return "One that runs keeps the old one until it stops."
	}
	return fmt.Sprintf("%d that run keep the old one until they stop.", running)
}

func difference(d pyenv.Difference) string {
	switch {
	case d.Before == "":
		return fmt.Sprintf("%s %s (new)", d.Name, d.After)
	case d.After == "":
		return fmt.Sprintf("%s %s (gone)", d.Name, d.Before)
	}
	return fmt.Sprintf("%s %s → %s", d.Name, d.Before, d.After)
}

// pythonState is what is told of the environments.
type pythonState struct {
	Path     string            `json:"path"`
	Python   string            `json:"python"`
	Packages []string          `json:"packages"`
	Missing  bool              `json:"missing"` // of the packages
	Servers  map[string]int    `json:"servers"` // that run, by environment
	Versions map[string]string `json:"versions"`
}

func pythonStatus(ctx context.Context, e *command.Env, f setup.Flags, asJSON bool) error {
	lo, opt, err := pythonOf(e, f)
	if err != nil {
		return err
	}
	env, err := pyenv.Current(opt.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return hub.Errorf(hub.Invalid, "There is no Python environment in %s yet: 'atrium python install' makes one, and so does the first start of a hub "+
			"that finds no jupyterhub-singleuser.", opt.Dir)
	}
	if err != nil {
		return err
	}
	state := pythonState{Path: env.Dir, Python: env.Python(), Packages: opt.Packages}
	if state.Missing, err = env.Lacks(opt); err != nil {
		return err
	}
	if state.Versions, err = env.Versions(ctx); err != nil {
		return err
	}
	if state.Servers, err = local.PythonUse(lo); err != nil {
		return err
	}
	if asJSON {
		enc := json.NewEncoder(e.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(state)
	}
	_, err = fmt.Fprint(e.Out, state.told())
	return err
}

func (s pythonState) told() string {
	var b strings.Builder
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "%-13s"+format+"\n", append([]any{what}, args...)...)
	}
	line("Environment", "%s", s.Path)
	line("Python", "%s", s.Python)
	line("Jupyter", "jupyterhub %s, jupyterlab %s", s.Versions["jupyterhub"], s.Versions["jupyterlab"])
	switch {
	case len(s.Packages) == 0:
		line("Packages", "none asked for")
	case s.Missing:
		line("Packages", "%s: not all of them are installed; 'atrium python install' does it", strings.Join(s.Packages, ", "))
	default:
		line("Packages", "%s: installed", strings.Join(s.Packages, ", "))
	}
	for _, folder := range slices.Sorted(maps.Keys(s.Servers)) {
		old := ""
		if folder != s.Path {
			old = ", which is deleted when nobody uses it any more"
		}
		line("In use by", "%s in %s%s", command.Servers(s.Servers[folder]), filepath.Base(folder), old)
	}
	line("All", "%s", strings.Join(versionList(s.Versions), " "))
	return b.String()
}

func versionList(versions map[string]string) []string {
	list := make([]string, 0, len(versions))
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		list = append(list, name+"="+versions[name])
	}
	return list
}
