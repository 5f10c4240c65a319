package tlsfront

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"github.com/atriumhub/atrium/internal/hub"
)

// ACME is an authority that issues certificates on its own, by RFC 8555, once it has
// seen that the domains lead here: by tls-alpn-01 on the TLS listener, and by http-01
// where there is a plain one.
type ACME struct {
	Email     string   // the account's; setting it agrees to the authority's terms
	Domains   []string // at least one
	Directory string   // the authority's URL
	CAFile    string   // roots for the authority's own HTTPS; empty: the system's
	Folder    string   // account, keys and certificates; for its owner only

	Listen   net.Addr // the TLS listener's
	Redirect net.Addr // the plain listener's, whose requests pass Front.Challenges; nil: none

	lookEvery time.Duration // between two looks at what is to be renewed; 0: the library's ten minutes
}

// authorised are certificates from an ACME authority.
type authorised struct {
	domains []string
	log     *slog.Logger
	zap     *zap.Logger
	config  *certmagic.Config
	issuer  *certmagic.ACMEIssuer
	stop    func() // ends the goroutine that the cache has from its beginning
}

func newACME(o ACME, log *slog.Logger) (*authorised, error) {
	roots, err := readRoots(o.CAFile)
	if err != nil {
		return nil, err
	}
	if err := privateFolder(o.Folder); err != nil {
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("The folder %s for certificates cannot be made: %v.", o.Folder, err))
	}
	a := &authorised{domains: o.Domains, log: log, zap: zapLogger(log)}
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return a.config, nil },
		RenewCheckInterval: o.lookEvery,
		Logger:             a.zap,
	})
	a.stop = sync.OnceFunc(cache.Stop)
	a.config = certmagic.New(cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: o.Folder}, Logger: a.zap,
		DefaultServerName: o.Domains[0], // for clients that name no server
		OnEvent:           a.note,
	})
	issuer := certmagic.ACMEIssuer{
		CA: o.Directory, Email: o.Email, Agreed: true, TrustedRoots: roots, Logger: a.zap,
		DisableHTTPChallenge: o.Redirect == nil,
		AltTLSALPNPort:       port(o.Listen),
		ListenHost:           listenHost(o.Listen),
	}
	if o.Redirect != nil {
		issuer.AltHTTPPort = port(o.Redirect)
	}
	a.issuer = certmagic.NewACMEIssuer(a.config, issuer)
	a.config.Issuers = []certmagic.Issuer{a.issuer}
	return a, nil
}

func (a *authorised) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return a.config.GetCertificate(hello)
}

func (a *authorised) protocols() []string { return append(overHTTP(), "acme-tls/1") }

func (a *authorised) covers(host string) bool { return slices.Contains(a.domains, host) }

func (a *authorised) name() string { return a.domains[0] }

func (a *authorised) challenge(w http.ResponseWriter, r *http.Request) bool {
	return a.issuer.HandleHTTPChallenge(w, r)
}

// run gets what certificates are missing and renews all in time, trying again when
// that fails, until ctx ends.
func (a *authorised) run(ctx context.Context) {
	defer a.close()
	if err := a.config.ManageAsync(ctx, a.domains); err != nil {
		a.log.ErrorContext(ctx, "cannot manage TLS certificates", "domains", a.domains, "error", err)
	}
	<-ctx.Done()
	certmagic.CleanUpOwnLocks(context.WithoutCancel(ctx), a.zap)
}

func (a *authorised) close() { a.stop() }

// note says what operators want to know of a certificate's life; failures are logged
// where they happen.
func (a *authorised) note(ctx context.Context, event string, data map[string]any) error {
	if event == "cert_obtained" {
		a.log.InfoContext(ctx, "TLS certificate obtained", "domain", data["identifier"], "renewal", data["renewal"])
	}
	return nil
}

func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // the system's roots
	}
	pem, err := os.ReadFile(path) //nolint:gosec // the operator's own choice of file
	if err != nil {
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("tls.acme.ca_file cannot be read: %v.", err))
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, hub.Errorf(hub.Invalid, "tls.acme.ca_file: %s holds no certificate in PEM form.", path)
	}
	return roots, nil
}

// privateFolder makes a folder that only its owner can enter, also where it was there.
func privateFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return errors.Unwrap(err)
	}
	return os.Chmod(dir, 0o700) //nolint:gosec // a folder has to be entered
}

func port(a net.Addr) int {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}

// listenHost is the host that a listener is bound to; empty for all.
func listenHost(a net.Addr) string {
	if tcp, ok := a.(*net.TCPAddr); ok && !tcp.IP.IsUnspecified() {
		return tcp.IP.String()
	}
	return ""
}
