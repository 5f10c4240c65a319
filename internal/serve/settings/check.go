package settings

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/account"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/serve/setup"
	"github.com/atriumhub/atrium/internal/spawn/local"
	"github.com/atriumhub/atrium/internal/store/engine"
	"github.com/atriumhub/atrium/internal/supervisor"
)

// checkConfig is 'atrium config check': all that is wrong with a file, its values and
// what they name on this machine.
func checkConfig(ctx context.Context, e *command.Env, path string) error {
	cfg, warnings, _ := config.Load(path, e.Environ, os.ReadFile) // its faults are among cfg's
	for _, w := range warnings {
		fmt.Fprintf(e.Err, "atrium: warning: %s\n", w)
	}
	dir, err := filepath.Abs(cfg.DataDir)
	if err != nil {
		return fmt.Errorf("find the data directory: %w", err)
	}
	cfg.DataDir = dir
	m := &machine{ctx: ctx, env: e, cfg: cfg, uid: os.Geteuid(), faults: append(cfg.Faults(), setup.RightsFaults(cfg)...)}
	m.look()
	for _, w := range slices.Concat(m.warnings, setup.ColourWarnings(cfg), cfg.ProfileWarnings()) {
		fmt.Fprintf(e.Err, "atrium: warning: %s\n", w)
	}
	if err := cfg.Told(m.faults); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.Out, "%s is good.\n", path)
	return err
}

// machine looks at the files, programs and accounts that a configuration names, and
// changes nothing.
type machine struct {
	ctx      context.Context //nolint:containedctx // of one look
	env      *command.Env
	cfg      config.Config
	uid      int // who looks
	faults   []config.Fault
	warnings []string
}

func (m *machine) look() {
	m.lookAtDatabase()
	m.lookAtTLS()
	m.lookAtHomes()
	m.lookAtLogo()
	for i, s := range m.cfg.Services {
		m.lookAtService(fmt.Sprintf("services.%d", i), s)
	}
	m.lookAtAccounts()
	_, faults, warnings := setup.Devices(m.ctx, m.cfg)
	m.faults, m.warnings = append(m.faults, faults...), append(m.warnings, warnings...)
	opt, err := setup.LocalOptions(m.env, m.cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		m.fault("spawner.local", err, "spawner.local: %v", err)
		return
	}
	for _, text := range local.LimitWarnings(opt) {
		m.warn("%s", text)
	}
	for _, p := range local.Problems(opt) {
		m.fault(p.Key, p.Err, "%s: %s", p.Key, p.Text)
	}
}

// fault notes what is wrong. What this account may not look at, the hub's may.
func (m *machine) fault(key string, err error, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if m.uid != 0 && errors.Is(err, fs.ErrPermission) {
		m.warn("%s (asked as uid %d; run this as the hub's account to be sure)", text, m.uid)
		return
	}
	m.faults = append(m.faults, config.Fault{Key: key, Text: text})
}

func (m *machine) warn(format string, args ...any) {
	m.warnings = append(m.warnings, fmt.Sprintf(format, args...))
}

func (m *machine) lookAtDatabase() {
	if slices.ContainsFunc(m.faults, func(f config.Fault) bool { return f.Key == "database" }) {
		return // said already
	}
	given := setup.DatabaseURL(m.cfg)
	if err := engine.CheckURL(given); err != nil {
		m.fault("database", nil, "database: %s", command.MessageFor(err))
		return
	}
	path := engine.SQLitePath(given)
	if m.cfg.Database == "" || path == "" || !filepath.IsAbs(path) {
		return // in the data directory, elsewhere, or in memory
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil {
		m.fault("database", err, "database: the folder %s cannot be used: %s", folder, setup.Reason(err))
	} else if !info.IsDir() {
		m.fault("database", nil, "database: %s is not a folder", folder)
	} else if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		m.fault("database", err, "database: the folder %s cannot be written: %s", folder, setup.Reason(err))
	}
}

func (m *machine) lookAtTLS() {
	t := m.cfg.TLS
	if roots, ok := m.read("tls.acme.ca_file", t.ACME.CAFile); ok && !x509.NewCertPool().AppendCertsFromPEM(roots) {
		m.fault("tls.acme.ca_file", nil, "tls.acme.ca_file: %s holds no certificate in PEM form", t.ACME.CAFile)
	}
	cert, certRead := m.read("tls.cert_file", t.CertFile)
	key, keyRead := m.read("tls.key_file", t.KeyFile)
	if !certRead || !keyRead {
		return
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		m.fault("tls.cert_file", nil, "tls.cert_file: %s and %s are no certificate with its key: %v", t.CertFile, t.KeyFile, err)
		return
	}
	m.lookAtCertificate(pair.Leaf)
}

// lookAtCertificate warns of what browsers will not take; the hub starts all the same.
func (m *machine) lookAtCertificate(leaf *x509.Certificate) {
	if now := time.Now(); now.After(leaf.NotAfter) {
		m.warn("tls.cert_file: the certificate has expired on %s", leaf.NotAfter.UTC().Format(time.DateOnly))
	} else if now.Before(leaf.NotBefore) {
		m.warn("tls.cert_file: the certificate is good from %s on only", leaf.NotBefore.UTC().Format(time.DateOnly))
	}
	u, err := url.Parse(m.cfg.PublicOrigin())
	if err != nil || u.Hostname() == "" {
		return
	}
	hosts := []string{u.Hostname()}
	if m.cfg.Subdomains() {
		hosts = append(hosts, "a-person."+u.Hostname())
	}
	for _, host := range hosts {
		if leaf.VerifyHostname(host) != nil {
			m.warn("tls.cert_file: the certificate is for %s, and not for %s, where public_url leads", strings.Join(leaf.DNSNames, ", "), host)
		}
	}
}

// read is the content of a file that the key names; false where it names none, or one
// that cannot be read.
func (m *machine) read(key, path string) ([]byte, bool) {
	if path == "" {
		return nil, false
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own choice
	if err != nil {
		m.fault(key, err, "%s: %s cannot be read: %s", key, path, setup.Reason(err))
		return nil, false
	}
	return text, true
}

// lookAtHomes looks at a folder for homes that is not in the data directory: one that
// is a mount point of another disk is there before the hub is.
func (m *machine) lookAtHomes() {
	dir := m.cfg.Spawner.Local.Homes
	if dir == "" {
		return
	}
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		info, err = os.Stat(filepath.Dir(dir)) // it will be made
	}
	switch {
	case err != nil:
		m.fault("spawner.local.homes", err, "spawner.local.homes: %s cannot be used: %s", dir, setup.Reason(err))
	case !info.IsDir():
		m.fault("spawner.local.homes", nil, "spawner.local.homes: %s is not a folder", dir)
	}
}

func (m *machine) lookAtLogo() {
	path := m.cfg.Pages.LogoFile
	if !filepath.IsAbs(path) {
		return // there is none, or it is said already
	}
	if _, err := setup.ReadLogo(path); err != nil {
		m.fault("pages.logo_file", err, "pages.logo_file: %v", err)
	}
}

func (m *machine) lookAtService(at string, s config.Service) {
	where := "services: " + s.Name
	if s.APITokenFile != "" {
		if _, err := setup.ServiceToken(s); err != nil {
			m.fault(at+".api_token_file", errors.Unwrap(err), "%s", command.MessageFor(err))
		}
	}
	if len(s.Command) == 0 || s.Command[0] == "" {
		return
	}
	m.lookAtProgram(at, where, s)
	if s.Cwd != "" {
		if info, err := os.Stat(s.Cwd); err != nil {
			m.fault(at+".cwd", err, "%s: cwd: %s cannot be entered: %s", where, s.Cwd, setup.Reason(err))
		} else if !info.IsDir() {
			m.fault(at+".cwd", nil, "%s: cwd: %s is not a folder", where, s.Cwd)
		}
	}
	if s.User == "" {
		return
	}
	who, err := account.Lookup(m.ctx, s.User)
	switch {
	case errors.Is(err, account.ErrAbsent):
		m.fault(at+".user", nil, "%s: user: there is no account %q on this machine", where, s.User)
	case err != nil:
		m.fault(at+".user", nil, "%s: user: %v", where, err)
	case m.uid != 0 && int(who.UID) != m.uid:
		m.warn("%s: user: only a hub that runs as root can run it as %q", where, s.User)
	}
}

func (m *machine) lookAtProgram(at, where string, s config.Service) {
	path, ok := s.Environment["PATH"]
	if !ok {
		if path, ok = m.env.Lookup("PATH"); !ok {
			path = setup.ServicePath
		}
	}
	program := s.Command[0]
	if strings.Contains(program, "/") && !filepath.IsAbs(program) {
		program = filepath.Join(s.Cwd, program) // where it is looked for when it starts
	}
	if _, err := supervisor.Program(program, path); err != nil {
		m.fault(at+".command", err, "%s: command: %v", where, err)
	}
}

// lookAtAccounts looks for those who are named, where people are accounts of the machine.
func (m *machine) lookAtAccounts() {
	if !m.cfg.Spawner.Local.SystemUsers {
		return
	}
	if m.uid != 0 {
		m.warn("spawner.local.system_users: only a hub that runs as root can start servers as other accounts; started as uid %d it is refused", m.uid)
	}
	seen := map[string]bool{}
	look := func(names ...string) {
		for _, name := range names {
			if name == "" || seen[name] {
				continue
			}
			seen[name] = true
			if _, err := account.Lookup(m.ctx, name); err != nil {
				m.warn("spawner.local.system_users: %q is named here and has no account on this machine, so no server can be started for them", name)
			}
		}
	}
	look(m.cfg.Admin.Username)
	for _, r := range m.cfg.Roles {
		look(r.Users...)
	}
	for _, name := range slices.Sorted(maps.Keys(m.cfg.Groups)) {
		look(m.cfg.Groups[name].Users...)
	}
}
