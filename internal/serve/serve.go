package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/auth/dummy"
	"github.com/atriumhub/atrium/internal/auth/native"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/forwarded"
	"github.com/atriumhub/atrium/internal/homedir"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/oauth"
	"github.com/atriumhub/atrium/internal/obs"
	"github.com/atriumhub/atrium/internal/proxy"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/reconcile"
	"github.com/atriumhub/atrium/internal/replica"
	"github.com/atriumhub/atrium/internal/serve/setup"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/store"
	"github.com/atriumhub/atrium/internal/telemetry"
)

type serveFlags struct {
	setup.Flags
	role                 string
	newHomes, stopStrays bool // for this start alone
}

// newServe is 'atrium serve'.
func newServe(e *command.Env) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the hub",
		Long: `Run the hub: the pages, the REST API and the proxy to the notebook servers, in one process.

It listens on 127.0.0.1:8000, keeps its data in /var/lib/atrium (as root) or
~/.local/share/atrium, and at the first start makes an administrator, whose
password it writes to DATA_DIR/admin-credentials.json and shows once on a terminal.

SIGTERM and SIGINT end the hub, as does closing its terminal, and leave the notebook
servers running; the next start finds them again. With --stop-servers they end with it.`,
		Example: `  atrium serve
  atrium serve --config /etc/atrium.yaml
  atrium serve --data-dir ./data --listen 127.0.0.1:9000 --stop-servers`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), e, f) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.Config, "config", "c", "", "YAML `file` with the configuration")
	flags.StringVar(&f.DataDir, "data-dir", "", "`folder` for the database, homes and logs")
	flags.StringVar(&f.Listen, "listen", "", "`host:port` to listen on (default 127.0.0.1:8000)")
	flags.StringVar(&f.role, "role", "all", "what this process does: `all`")
	flags.BoolVar(&f.StopServers, "stop-servers", false, "stop the notebook servers of this hub when it ends")
	flags.BoolVar(&f.stopStrays, "stop-strays", false, "stop notebook servers that run here and that the database does not know of")
	flags.BoolVar(&f.newHomes, "new-homes", false, "begin with new homes where the former ones are gone for good")
	return cmd
}

// serve starts the hub, and returns when it was told to end and has ended.
func serve(ctx context.Context, e *command.Env, f serveFlags) (err error) {
	if f.role != "all" {
		return &command.UsageError{Err: fmt.Errorf("--role %s: this version runs hub and proxy in one process only; use --role all", f.role)}
	}
	cfg, err := setup.Load(e, f.Flags)
	if err != nil {
		return err
	}
	if err := checkExposure(e, cfg, os.Geteuid()); err != nil {
		return err
	}
	defer outliveReader()()
	log := obs.Logger(e.Err, cfg.Log.Level, cfg.Log.Format)
	for _, w := range setup.PlainWarnings(cfg) {
		log.WarnContext(ctx, "plain HTTP beyond this machine", "problem", w) // for those who read the log alone
	}
	unlock, err := setup.PrepareDataDir(cfg.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	doors, err := openDoors(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer doors.close()
	p, err := build(ctx, e, cfg, doors, f, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	return p.run(ctx)
}

// outliveReader lets the hub go on when nobody reads what it writes any more, as when
// the other end of `atrium serve | tee log` has ended, until the function it gives is
// called. Not by ignoring the signal, which the notebook servers would inherit.
func outliveReader() (end func()) {
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	return func() { signal.Stop(broken) }
}

// parts is the hub put together.
type parts struct {
	cfg        config.Config
	doors      *doors
	url        string
	log        *slog.Logger
	env        *command.Env
	store      *store.DB
	bus        changeFeed
	relay      *mirror.Relay
	app        *app.App
	homes      *homedir.Place // nil: people's homes are no business of the hub's
	disks      *disk.Watch
	driver     spawn.Driver
	proxy      *proxy.Proxy
	handler    http.Handler // what the doors open to: the proxy, guarded
	lease      *replica.Lease
	reconciler *reconcile.Reconciler
	services   serviceRunner
	metrics    *telemetry.Metrics
	uptime     hub.Elapsed
	found      time.Duration // how long it took at the start to find the servers that run
	firstWords string        // shown once, right before the hub says that it is ready
	asked      chan *bool    // a request to end; says whether the notebook servers end too, nil as configured
}

// build wires the parts. Nothing runs yet when it returns.
func build(ctx context.Context, e *command.Env, cfg config.Config, doors *doors, f serveFlags, log *slog.Logger) (p *parts, err error) {
	p = &parts{
		cfg: cfg, log: log, env: e, doors: doors, url: doors.publicURL(cfg), relay: &mirror.Relay{}, asked: make(chan *bool, 1),
		metrics: telemetry.New(telemetry.Options{Version: command.Version(), Clock: hub.SystemClock, Logger: log}), uptime: hub.NewElapsed(),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.store, err = store.Open(ctx, store.Options{
		URL: setup.DatabaseURL(cfg), Bus: p.relay, Observe: p.metrics.Transaction,
		Reserve: cfg.Disk.ReserveBytes, Logger: log,
	}); err != nil {
		return p, err
	}
	// The bus after the store, which says in one sentence why a database is not there.
	if p.bus, err = newBus(ctx, cfg, p.store, p.relay, log); err != nil {
		return p, err
	}
	p.relay.Next = p.bus
	rights, err := setup.Rights(cfg)
	if err != nil {
		return p, err
	}
	declared, err := declared(cfg)
	if err != nil {
		return p, err
	}
	inventory, err := devicesHere(ctx, cfg, log)
	if err != nil {
		return p, err
	}
	hasher := newHasher(cfg, p.metrics.Hash)
	p.app = newApp(cfg, rights, inventory, p.store, p.store.Now, p.relay, doors.connectURL(cfg), hasher, log)
	if err := p.buildDriver(ctx, f.newHomes); err != nil {
		return p, err
	}
	p.watchDisks(ctx)
	if err := p.strays(ctx, f.stopStrays); err != nil {
		return p, err
	}
	if declared, err = p.withTokens(ctx, declared); err != nil {
		return p, err
	}
	if err := p.buildServices(ctx, declared); err != nil {
		return p, err
	}
	// Last, so that a password is made only by a start that gets as far as showing it.
	if err := p.ensureAdmin(ctx); err != nil {
		return p, err
	}
	if err := p.app.ApplyConfig(ctx, declared); err != nil {
		return p, err
	}
	if err := p.lease.Join(ctx); err != nil {
		return p, err
	}
	p.reconciler = reconcile.New(reconcile.Options{
		App: p.app, Driver: p.driver, Lease: p.lease,
		Starts: cfg.Spawner.ConcurrentStarts,
		Start:  cfg.Spawner.StartTimeout.Std(), HTTP: cfg.Spawner.HTTPTimeout.Std(),
		Observer: p.metrics, Clock: p.store.Now, Logger: log,
	})
	p.lease.OnGone(func() { p.reconciler.Apply(data.Change{Kind: data.ServerChanged}) })
	p.app.OnLook(p.reconciler.Look)
	p.app.OnLogs(p.reconciler.Log)
	if err := p.buildHTTP(ctx); err != nil {
		return p, err
	}
	p.readMetrics(hasher)
	return p, nil
}

// devicesHere is what the configuration has of this machine's devices.
func devicesHere(ctx context.Context, cfg config.Config, log *slog.Logger) (devices.Inventory, error) {
	inventory, faults, warnings := setup.Devices(ctx, cfg)
	for _, text := range warnings {
		log.WarnContext(ctx, "devices of this machine", "reason", text)
	}
	if len(inventory.List) > 0 {
		texts := make([]string, len(inventory.List))
		for i, d := range inventory.List {
			texts[i] = d.Text()
		}
		log.InfoContext(ctx, "servers can have devices of this machine; they are assigned, which keeps nobody from using others", "devices", strings.Join(texts, ", "))
	}
	return inventory, cfg.Told(faults)
}

func newApp(cfg config.Config, rights *access.Rights, inventory devices.Inventory, db data.Store, clock hub.Clock, relay *mirror.Relay, connect string, hasher *native.Hasher, log *slog.Logger) *app.App {
	conf := app.Config{
		Base: cfg.BaseURL, PublicURL: cfg.PublicOrigin(), Label: siteOf(cfg).Label, ConnectURL: connect,
		Shared: shared(cfg), NamedLimit: cfg.Servers.NamedLimit, TokenLimit: cfg.Tokens.Limit,
		SessionAge: cfg.Session.MaxAge.Std(), OAuthAge: cfg.OAuth.TokenMaxAge.Std(),
		AuditAge: cfg.Retention.Audit.Std(), EventsAge: cfg.Retention.Events.Std(),
		Launch: setup.Launch(cfg), Profiles: cfg.ProfileSet(), Devices: inventory,
		Quota: quota.Config{
			Enabled: cfg.Quota.Enabled, Rate: cfg.Quota.CPURate, FromStart: cfg.Quota.ChargeFrom == "start", Rates: cfg.Rates(), Accelerators: cfg.AcceleratorTexts(), Refresh: quota.Rules(cfg.Quota.Refresh), MinimumToStart: cfg.Quota.MinimumToStart, Default: cfg.Quota.DefaultQuota,
			DefaultMinutes: cfg.Quota.DefaultMinutes, Grace: cfg.Quota.Grace.Std(),
		},
		Logins: loginMethods(cfg), Rights: rights,
		ServerTokenScopes: cfg.Spawner.TokenScopes, ServerClientScopes: cfg.Spawner.ClientScopes,
		Culling:   setup.Culling(cfg),
		Passwords: login.PasswordPolicy{MinLength: cfg.Auth.Native.Password.MinLength, Classes: cfg.Auth.Native.Password.Classes},
		ClaimAge:  claimAge(cfg),

		PasswordTokens: cfg.Auth.PasswordTokens.Enabled, PasswordTokenAge: cfg.Auth.PasswordTokens.MaxAge.Std(),
	}
	n := cfg.Auth.Native
	var counts data.Store // of failed logins
	if shared(cfg) {
		counts = db
	}
	return app.New(app.Deps{
		Config: conf, Store: db, Relay: relay, Clock: clock, Logger: log,
		Hasher: hasher,
		Throttle: native.NewThrottle(native.ThrottleOptions{
			PerNameFailures: n.Throttle.PerNameFailures, PerNameWindow: n.Throttle.PerNameWindow.Std(),
			PerAddressFailures: n.Throttle.PerAddressFailures, PerAddressWindow: n.Throttle.PerAddressWindow.Std(),
			Clock: clock, Shared: counts, Logger: log,
		}),
	})
}

// loginMethods are the ways to log in that are configured; the hub's own passwords are asked last.
func loginMethods(cfg config.Config) (methods login.Methods) {
	if cfg.Auth.Dummy.Active() {
		methods = append(methods, login.Method{
			Slug: "dummy", Check: dummy.New(string(cfg.Auth.Dummy.Password)), Names: login.NamesArePeople, Trial: true,
		})
	}
	if cfg.Auth.Native.Enabled {
		methods = append(methods, login.NativeMethod())
	}
	return methods
}

// claimAge is for how long people may set their first password by logging in. The
// machine's own accounts own files from the beginning, so nobody may claim them.
func claimAge(cfg config.Config) time.Duration {
	if cfg.Spawner.Local.SystemUsers {
		return 0
	}
	return time.Duration(cfg.Auth.Native.ClaimDays) * 24 * time.Hour
}

// buildHTTP wires the pages and the REST API behind the proxy.
func (p *parts) buildHTTP(ctx context.Context) error {
	key, err := p.app.Secret(ctx, "xsrf.key")
	if err != nil {
		return err
	}
	linkKey, err := p.app.Secret(ctx, "link.key")
	if err != nil {
		return err
	}
	trusted, err := p.cfg.TrustedPrefixes()
	if err != nil {
		return err
	}
	pages, err := newPages(p.cfg)
	if err != nil {
		return err
	}
	api, err := httpapi.New(httpapi.Options{
		App: p.app, Base: p.cfg.BaseURL, OAuth: oauth.New(p.app), Pages: pages, XSRFKey: []byte(key),
		TrustedProxies: trusted, PublicURL: p.cfg.PublicOrigin(), FrameAncestors: p.cfg.FrameAncestors,
		SlowStart: p.cfg.Spawner.SlowStartWait.Std(), SlowStop: p.cfg.Spawner.SlowStopWait.Std(),
		Metrics: p.metrics.Handler(), MetricsOpen: !p.cfg.Metrics.Authenticate, Observer: p.metrics,
		Clock: p.store.Now, Logger: p.log, Version: command.Version(), Shutdown: p.end, Borrowed: p.borrowed,
	})
	if err != nil {
		return err
	}
	p.proxy = proxy.New(proxy.Options{
		Base: p.cfg.BaseURL, Hub: api, Identities: p.app.Identities(), MayAccess: p.app.MayReach, OnVisit: p.app.Enter, TrustedProxies: trusted,
		Unavailable: func(w http.ResponseWriter, r *http.Request, route proxy.Route, err error) {
			switch {
			case errors.Is(err, proxy.ErrIdentityUnavailable):
				api.IdentityUnavailable(w, r)
			case route.ServiceID != 0:
				api.ServiceUnavailable(w, r)
			default:
				api.Unavailable(w, r)
			}
		},
		VerifyPeer: peerVerifier(p.driver),
		Clock:      p.store.Now, Logger: p.log,
		SessionCookie: endpoint.SessionCookie,
		LinkKey:       []byte(linkKey),
		HubCookies: []string{
			endpoint.LoginCookie, endpoint.HostLoginCookie, "__Host-" + endpoint.SessionCookie,
			endpoint.FrameSessionCookie, endpoint.FrameLoginCookie, endpoint.FrameHostLoginCookie,
		},
		FrameAncestors: p.cfg.FrameAncestors, FrameCookie: endpoint.FrameSessionCookie,
	})
	if p.handler, err = p.guard(p.proxy); err != nil {
		return err
	}
	p.app.OnServiceUse(p.proxy.ServicesUsed)
	p.app.OnRoutes(p.route)
	began := p.uptime()
	err = p.checkRoutes(ctx)
	p.found = p.uptime() - began
	return err
}

func proxyRoutes(site hub.Site, routed mirror.Routed) []proxy.Route {
	routes := make([]proxy.Route, 0, len(routed.Servers)+len(routed.Services))
	for _, s := range routed.Servers {
		upstream, err := url.Parse(s.Upstream)
		if err != nil {
			continue // drivers give addresses that parse
		}
		routes = append(routes, proxy.Route{
			Host: site.UserHostname(s.UserName), Prefix: hub.ServerPath(site.Base, s.UserName, s.Name), ServerID: s.ID, UserID: s.UserID,
			Upstream: upstream, ClientID: s.ClientID,
		})
	}
	for _, v := range routed.Services {
		upstream, err := url.Parse(v.URL)
		if err != nil {
			continue // checked when it was written down
		}
		routes = append(routes, proxy.Route{
			Host: site.ServiceHostname(v.Name), Prefix: hub.ServicePath(site.Base, v.Name), ServiceID: v.ID, Upstream: upstream, ClientID: v.ClientID,
		})
	}
	return routes
}

// end asks the hub to end. A second request says nothing new.
func (p *parts) end(stopServers *bool) {
	select {
	case p.asked <- stopServers:
	default:
	}
}

// run serves until ctx ends, then drains.
func (p *parts) run(ctx context.Context) error {
	loops, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	p.bus.Subscribe(loops, "hub", func(changes []data.Change) {
		if slices.Contains(changes, data.Change{Kind: data.Resync}) {
			p.metrics.Resync()
		}
		p.proxy.Apply(changes...)
		p.reconciler.Apply(changes...)
	})
	g, loops := errgroup.WithContext(loops)
	g.Go(func() error { p.lease.Run(loops); return nil })
	g.Go(func() error { return p.reconciler.Run(loops) })
	g.Go(func() error { return p.housekeeping(loops) })
	g.Go(func() error { p.cull(loops); return nil })
	g.Go(func() error { p.refreshQuotas(loops); return nil })
	g.Go(func() error { return p.tendHomes(loops) })
	g.Go(func() error { return p.packHomes(loops) })
	g.Go(func() error { p.app.RunJobs(loops); p.app.Close(); return nil })
	g.Go(func() error { p.disks.Run(loops); return nil })
	g.Go(func() error { p.keepRoom(loops); return nil })
	g.Go(func() error { p.proxy.Run(loops); return nil })
	g.Go(func() error { paceGC(loops); return nil })

	g.Go(func() error { p.doors.keepFresh(loops); return nil })
	failed := p.doors.open(p.handler, p.cfg, p.log)
	g.Go(func() error { p.services.Run(loops); return nil })
	p.metrics.Started(p.uptime(), p.found)
	fmt.Fprintf(p.env.Err, "%sAtrium is ready at %s\n", p.firstWords, p.url)
	var err error
	select {
	case <-ctx.Done():
		err = p.lastWords(loops)
	case servers := <-p.asked:
		if servers != nil {
			p.cfg.Servers.StopWithHub = *servers
		}
		err = p.lastWords(loops)
	case err = <-failed:
	case <-loops.Done():
	}
	p.shutdown(loops)
	stopLoops()
	return errors.Join(err, g.Wait(), p.leave(ctx))
}

// leave lets other replicas take over what this one drove, at once.
func (p *parts) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leavePatience)
	defer cancel()
	if err := p.lease.Leave(ctx); err != nil {
		p.log.WarnContext(ctx, "cannot give this hub's servers back; others take them once its lease is over", "error", err)
	}
	return nil
}

func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler: h, Protocols: protocols,
		ReadHeaderTimeout: 20 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ConnContext: forwarded.ConnContext,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// shutdown closes websockets and event streams with a word, lets requests finish, and writes down
// what was not yet.
func (p *parts) shutdown(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.cfg.DrainTimeout.Std())
	defer cancel()
	p.app.EndEvents()
	if err := p.proxy.Drain(ctx); err != nil {
		p.log.InfoContext(ctx, "some connections were cut", "error", err)
	}
	p.doors.shut(ctx, p.log)
	if err := p.flushActivity(ctx); err != nil {
		p.log.WarnContext(ctx, "cannot write the last activity", "error", err)
	}
}

func (p *parts) close() error {
	var errs []error
	if p.driver != nil {
		errs = append(errs, p.driver.Close())
	}
	if p.homes != nil {
		errs = append(errs, p.homes.Close())
	}
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	if p.bus != nil {
		p.bus.Close()
		p.bus.Wait()
	}
	return errors.Join(errs...)
}
