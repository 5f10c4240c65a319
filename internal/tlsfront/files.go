package tlsfront

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

const (
	lookEvery = time.Second      // between two looks at the files for the sake of handshakes
	pollEvery = 10 * time.Second // between two looks when nobody comes
)

// files is a certificate and its key in PEM files, read again when either changes.
type files struct {
	cert, key string
	clock     hub.Clock
	log       *slog.Logger
	current   atomic.Pointer[tls.Certificate]

	mu     sync.Mutex // held by the one who looks
	looked time.Time
	known  [sha256.Size]byte // the files when they were last judged
	doubt  [sha256.Size]byte // the files when they were broken at the last look, and may have been half written
}

func newFiles(cert, key string, clock hub.Clock, log *slog.Logger) (*files, error) {
	f := &files{cert: cert, key: key, clock: clock, log: log, looked: clock()}
	pair, sum, err := f.read()
	if err != nil {
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("The TLS certificate cannot be used: %v. Check tls.cert_file (%s) and tls.key_file (%s).", err, cert, key))
	}
	f.known = sum
	f.use(pair)
	return f, nil
}

// read reads the pair; sum is what the files hold, also when that is no pair. Sums
// rather than times: file systems count time in steps in which a file can be written
// twice.
func (f *files) read() (pair *tls.Certificate, sum [sha256.Size]byte, err error) {
	cert, certErr := os.ReadFile(f.cert)
	key, keyErr := os.ReadFile(f.key)
	content := sha256.New()
	fmt.Fprintf(content, "%d %v %v ", len(cert), certErr, keyErr)
	_, _ = content.Write(cert) // a hash takes everything
	_, _ = content.Write(key)
	content.Sum(sum[:0])
	if err := cmp.Or(certErr, keyErr); err != nil {
		return nil, sum, err
	}
	made, err := tls.X509KeyPair(cert, key)
	return &made, sum, err
}

func (f *files) protocols() []string { return overHTTP() }

func (f *files) challenge(http.ResponseWriter, *http.Request) bool { return false }

func (f *files) close() {}

func (f *files) covers(host string) bool { return f.current.Load().Leaf.VerifyHostname(host) == nil }

func (f *files) name() string {
	leaf := f.current.Load().Leaf
	for _, name := range leaf.DNSNames {
		if !strings.HasPrefix(name, "*") {
			return name
		}
	}
	if len(leaf.IPAddresses) > 0 {
		return leaf.IPAddresses[0].String()
	}
	return ""
}

func (f *files) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.look()
	return f.current.Load(), nil
}

func (f *files) run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f.look()
		}
	}
}

// look reads the pair again when it has changed. A broken one leaves the old in
// use, and is reported once, when it is still broken at the next look: two files are
// hardly ever replaced in one instant.
func (f *files) look() {
	if !f.mu.TryLock() {
		return // somebody looks already
	}
	defer f.mu.Unlock()
	now := f.clock()
	if since := now.Sub(f.looked); since >= 0 && since < lookEvery {
		return
	}
	f.looked = now
	pair, sum, err := f.read()
	switch {
	case sum == f.known:
		f.doubt = sum
	case err == nil:
		f.known, f.doubt = sum, sum
		f.use(pair)
	case f.doubt != sum:
		f.doubt = sum
	default:
		f.known = sum
		f.log.Error("the changed TLS certificate cannot be used; the old one stays in use until the files change again",
			"error", err, "cert_file", f.cert, "key_file", f.key, "expires", f.current.Load().Leaf.NotAfter)
	}
}

func (f *files) use(pair *tls.Certificate) {
	f.current.Store(pair)
	leaf := pair.Leaf
	f.log.Info("TLS certificate read", "cert_file", f.cert, "names", leaf.DNSNames, "addresses", leaf.IPAddresses, "expires", leaf.NotAfter)
	if now := f.clock(); now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		f.log.Warn("the TLS certificate is not valid now: browsers will refuse it", "cert_file", f.cert, "from", leaf.NotBefore, "until", leaf.NotAfter)
	}
}
