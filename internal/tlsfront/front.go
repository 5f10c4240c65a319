// Package tlsfront is the hub's own HTTPS: where its certificates come from (files
// that are read again when they change, or an ACME authority), and the plain
// listener beside it that sends browsers over.
package tlsfront

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Options are where certificates come from: CertFile and KeyFile, or ACME.
type Options struct {
	CertFile, KeyFile string
	ACME              *ACME
	Clock             hub.Clock
	Logger            *slog.Logger
}

// Front hands out the certificate for each connection.
type Front struct{ source source }

// source is where certificates come from.
type source interface {
	certificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
	protocols() []string
	covers(host string) bool
	name() string
	challenge(w http.ResponseWriter, r *http.Request) bool
	run(ctx context.Context)
	close()
}

// New reads the files, or prepares the ACME client, which asks for nothing before
// Run. The error is a hub.Invalid one that says what to correct.
func New(o Options) (*Front, error) {
	if o.ACME != nil {
		a, err := newACME(*o.ACME, o.Logger)
		if err != nil {
			return nil, err
		}
		return &Front{a}, nil
	}
	f, err := newFiles(o.CertFile, o.KeyFile, o.Clock, o.Logger)
	if err != nil {
		return nil, err
	}
	return &Front{f}, nil
}

// TLSConfig is the configuration for a server: TLS 1.2 and up, the curves and
// ciphers of Go's defaults, HTTP/2 and HTTP/1.1.
func (f *Front) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: f.source.certificate,
		NextProtos:     f.source.protocols(),
	}
}

// Covers tells whether the certificate is, or will be, good for a host name or
// address without a port.
func (f *Front) Covers(host string) bool { return f.source.covers(host) }

// Name is a host name or address that the certificate is, or will be, good for;
// empty when it has wildcards only.
func (f *Front) Name() string { return f.source.name() }

// Challenges answers an ACME authority's http-01 challenges, and leaves all other
// requests to next.
func (f *Front) Challenges(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f.source.challenge(w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

// Run keeps the certificates fresh until ctx ends: it looks at the files, or gets
// certificates and renews them in time. It can run once.
func (f *Front) Run(ctx context.Context) { f.source.run(ctx) }

// Close frees what New took, where Run did not come to it.
func (f *Front) Close() { f.source.close() }

// overHTTP is what a server offers by ALPN to those who come for pages.
func overHTTP() []string { return []string{"h2", "http/1.1"} }

// HSTS tells browsers with every answer over TLS to come by HTTPS only for so long
// (RFC 6797); nothing is added when that is less than a second.
func HSTS(next http.Handler, maxAge time.Duration) http.Handler {
	if maxAge < time.Second {
		return next
	}
	value := hstsValue(maxAge)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			w.Header().Set("Strict-Transport-Security", value)
		}
		next.ServeHTTP(w, r)
	})
}
