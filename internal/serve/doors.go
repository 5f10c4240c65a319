package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/serve/setup"
	"github.com/atriumhub/atrium/internal/tlsfront"
)

// doors are the ways into the hub: the public one, and where that speaks TLS a plain
// one of loopback for notebook servers, and perhaps one that sends browsers to HTTPS.
type doors struct {
	public, api, redirect net.Listener // the latter two nil where there are none
	front                 *tlsfront.Front
	servers               []*http.Server
}

// openDoors listens, and reads or prepares the certificates. Nothing is answered yet.
func openDoors(ctx context.Context, cfg config.Config, log *slog.Logger) (d *doors, err error) {
	d = &doors{}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.public, err = listen(ctx, cfg.Listen, "--listen"); err != nil || !cfg.TLS.On() {
		return d, err
	}
	if cfg.HubListen != "" {
		if d.api, err = listen(ctx, cfg.HubListen, "hub_listen"); err != nil {
			return d, err
		}
	}
	if cfg.TLS.RedirectListen != "" {
		if d.redirect, err = listen(ctx, cfg.TLS.RedirectListen, "tls.redirect_listen"); err != nil {
			return d, err
		}
	}
	d.front, err = tlsfront.New(d.certificates(cfg, log))
	return d, err
}

func (d *doors) certificates(cfg config.Config, log *slog.Logger) tlsfront.Options {
	o := tlsfront.Options{CertFile: cfg.TLS.CertFile, KeyFile: cfg.TLS.KeyFile, Clock: hub.SystemClock, Logger: log}
	if a := cfg.TLS.ACME; a.On() {
		o.ACME = &tlsfront.ACME{
			Email: a.Email, Domains: a.Domains, Directory: a.DirectoryURL, CAFile: a.CAFile,
			Folder: filepath.Join(cfg.DataDir, "acme"), Listen: d.public.Addr(),
		}
		if d.redirect != nil {
			o.ACME.Redirect = d.redirect.Addr()
		}
	}
	return o
}

// open answers at all doors with what h says. What ends a door early comes through
// the channel.
func (d *doors) open(h http.Handler, cfg config.Config, log *slog.Logger) <-chan error {
	failed := make(chan error, 3)
	public := newHTTPServer(h, log)
	d.servers = []*http.Server{public}
	if d.front == nil {
		go func() { failed <- public.Serve(d.public) }()
		return failed
	}
	public.Handler = tlsfront.HSTS(h, cfg.TLS.HSTS.Std())
	public.TLSConfig = d.front.TLSConfig()
	public.Protocols.SetHTTP2(true)
	public.Protocols.SetUnencryptedHTTP2(false)
	go func() { failed <- public.ServeTLS(d.public, "", "") }()
	if d.api != nil {
		srv := newHTTPServer(onlyAPI(cfg.BaseURL, h), log)
		d.servers = append(d.servers, srv)
		go func() { failed <- srv.Serve(d.api) }()
	}
	if d.redirect != nil {
		srv := newRedirectServer(d.front.Challenges(tlsfront.Redirect(d.redirects(cfg))), log)
		d.servers = append(d.servers, srv)
		go func() { failed <- srv.Serve(d.redirect) }()
	}
	return failed
}

// redirects are the names that browsers may be sent to: the public URL's, those right
// below it, which are people's, and those that certificates are got for; without a
// public URL those of the certificate.
func (d *doors) redirects(cfg config.Config) tlsfront.RedirectOptions {
	o := tlsfront.RedirectOptions{Hosts: cfg.TLS.ACME.Domains, Covers: d.front.Covers}
	if u, err := url.Parse(cfg.PublicOrigin()); err == nil && u.Host != "" {
		o.Default, o.Port = u.Hostname(), u.Port()
		o.Hosts = append([]string{o.Default}, o.Hosts...)
		return o
	}
	if _, port, err := net.SplitHostPort(d.public.Addr().String()); err == nil {
		o.Port = port
	}
	return o
}

// newRedirectServer serves short answers to short requests, to anybody.
func newRedirectServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second,
		MaxHeaderBytes: 64 << 10, // as much as the hub itself takes: browsers send it the same cookies
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// onlyAPI leaves out all that notebook servers do not ask the hub for.
func onlyAPI(base string, h http.Handler) http.Handler {
	root := base + "hub/api"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clean := path.Clean(r.URL.Path) == strings.TrimSuffix(r.URL.Path, "/")
		if !clean || r.URL.Path != root && !strings.HasPrefix(r.URL.Path, root+"/") {
			http.Error(w, "Only the hub's API is here; its pages are at the public address.", http.StatusNotFound)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// keepFresh keeps the certificates fresh until ctx ends.
func (d *doors) keepFresh(ctx context.Context) {
	if d.front != nil {
		d.front.Run(ctx)
	}
}

// shut lets requests finish until ctx ends, and cuts the others.
func (d *doors) shut(ctx context.Context, log *slog.Logger) {
	var wg sync.WaitGroup
	for _, srv := range d.servers {
		wg.Go(func() {
			if err := srv.Shutdown(ctx); err != nil {
				log.InfoContext(ctx, "some requests were cut", "error", err)
				_ = srv.Close()
			}
		})
	}
	wg.Wait()
}

// close frees the addresses; those of servers are free already.
func (d *doors) close() {
	for _, l := range []net.Listener{d.public, d.api, d.redirect} {
		if l != nil {
			_ = l.Close()
		}
	}
	if d.front != nil {
		d.front.Close()
	}
}

// publicURL is where people find the hub.
func (d *doors) publicURL(cfg config.Config) string {
	if cfg.PublicURL != "" {
		return cfg.PublicOrigin() + cfg.BaseURL
	}
	if d.front == nil {
		return localURL("http", d.public.Addr()) + cfg.BaseURL
	}
	at, err := url.Parse(localURL("https", d.public.Addr()))
	if err != nil { // an address and a port
		return ""
	}
	// At a name that the certificate is not for, browsers would warn.
	if name := d.front.Name(); name != "" && !d.front.Covers(at.Hostname()) {
		at.Host = net.JoinHostPort(name, at.Port())
	}
	return strings.TrimSuffix(at.String(), ":443") + cfg.BaseURL
}

// connectURL is where notebook servers on this machine find the hub.
func (d *doors) connectURL(cfg config.Config) string {
	switch {
	case cfg.HubConnectURL != "":
		return strings.TrimSuffix(cfg.HubConnectURL, "/")
	case d.api != nil:
		return localURL("http", d.api.Addr())
	}
	return localURL("http", d.public.Addr())
}

func localURL(scheme string, addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil { // a listener's own address always has both
		return scheme + "://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// listen opens an address; setting is where another one is chosen.
func listen(ctx context.Context, addr, setting string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("The address %s is in use. Stop what listens there, or choose another with %s.", addr, setting))
	}
	if err != nil {
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("Cannot listen on %s: %s. Choose another address with %s.", addr, setup.Reason(err), setting))
	}
	return l, nil
}
