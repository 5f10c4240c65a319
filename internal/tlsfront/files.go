package tlsfront

import (
	"context"
	"crypto/tls"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
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
	known  pairStamp  // of the pair that was last judged
	doubt  *pairStamp // of a pair that was broken at the last look, and may be half written
}

func newFiles(cert, key string, clock hub.Clock, log *slog.Logger) (*files, error) {
	f := &files{cert: cert, key: key, clock: clock, log: log, looked: clock()}
	f.known = stampOf(cert, key)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("The TLS certificate cannot be used: %v. Check tls.cert_file (%s) and tls.key_file (%s).", err, cert, key))
	}
	f.use(&pair)
	return f, nil
}

func (f *files) protocols() []string { return overHTTP() }

func (f *files) challenge(http.ResponseWriter, *http.Request) bool { return false }

func (f *files) close() {}

func (f *files) covers(host string) bool { return f.current.Load().Leaf.VerifyHostname(host) == nil }

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
	stamp := stampOf(f.cert, f.key)
	if stamp.same(f.known) {
		f.doubt = nil
		return
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	switch {
	case !stampOf(f.cert, f.key).same(stamp): // being written; the next look will tell
	case err == nil:
		f.known, f.doubt = stamp, nil
		f.use(&pair)
	case f.doubt == nil || !f.doubt.same(stamp):
		f.doubt = &stamp
	default:
		f.known, f.doubt = stamp, nil
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

// pairStamp tells one state of the two files from another; symbolic links are
// followed, so that a link put elsewhere is a change.
type pairStamp struct{ cert, key fs.FileInfo } // nil: not there

func stampOf(cert, key string) pairStamp {
	stat := func(path string) fs.FileInfo {
		info, err := os.Stat(path)
		if err != nil {
			return nil
		}
		return info
	}
	return pairStamp{stat(cert), stat(key)}
}

func (s pairStamp) same(other pairStamp) bool {
	return sameFile(s.cert, other.cert) && sameFile(s.key, other.key)
}

func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
