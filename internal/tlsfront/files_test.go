package tlsfront

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/hub"
)

// The ACME library's locks end some seconds after they were given back, and its rate
// limiters with the process.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.keepLockfileFresh"),
		goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.(*RingBufferRateLimiter).loop"),
	)
}

// watch is a clock that a test sets.
type watch struct{ at atomic.Int64 }

func newWatch() *watch {
	w := &watch{}
	w.at.Store(time.Now().UnixNano())
	return w
}

func (w *watch) now() time.Time       { return time.Unix(0, w.at.Load()).UTC() }
func (w *watch) pass(d time.Duration) { w.at.Add(int64(d)) }

// fixture is a pair on disk and what reads it.
type fixture struct {
	*files
	t     *testing.T
	ca    *testCA
	watch *watch
	log   *bytes.Buffer
}

func newFixture(t *testing.T, hosts ...string) *fixture {
	t.Helper()
	x := &fixture{t: t, ca: newTestCA(t), watch: newWatch(), log: &bytes.Buffer{}}
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	pem, secret := x.ca.issue(hosts...)
	write(t, cert, pem)
	write(t, key, secret)
	var err error
	if x.files, err = newFiles(cert, key, x.watch.now, slog.New(slog.NewTextHandler(x.log, nil))); err != nil {
		t.Fatal(err)
	}
	return x
}

// names are those of the certificate that the next connection gets, a while later.
func (x *fixture) names() string {
	x.t.Helper()
	x.watch.pass(lookEvery)
	return x.namesNow()
}

func (x *fixture) namesNow() string {
	x.t.Helper()
	pair, err := x.certificate(&tls.ClientHelloInfo{})
	if err != nil {
		x.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		x.t.Fatal(err)
	}
	return strings.Join(leaf.DNSNames, " ")
}

func (x *fixture) want(names string) {
	x.t.Helper()
	if got := x.names(); got != names {
		x.t.Errorf("the certificate is for %q, not %q\n%s", got, names, x.log)
	}
}

// complaints are how often the log says that a pair cannot be used.
func (x *fixture) complaints(want int) {
	x.t.Helper()
	if got := strings.Count(x.log.String(), "level=ERROR"); got != want {
		x.t.Errorf("%d complaints, want %d:\n%s", got, want, x.log)
	}
}

func TestPairIsReadAgainWhenItChanges(t *testing.T) {
	x := newFixture(t, "one.example")
	x.want("one.example")
	cert, key := x.ca.issue("two.example")
	write(t, x.cert, cert)
	write(t, x.key, key)
	x.want("two.example")

	// Renamed into place, as careful programs do.
	cert, key = x.ca.issue("three.example")
	write(t, x.cert+".new", cert)
	write(t, x.key+".new", key)
	for _, path := range []string{x.cert, x.key} {
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	x.want("three.example")
	x.complaints(0)
	if x.covers("one.example") || !x.covers("three.example") || x.name() != "three.example" {
		t.Error("it does not know its own names")
	}
}

func TestLooksAtMostOncePerSecond(t *testing.T) {
	x := newFixture(t, "one.example")
	x.watch.pass(lookEvery - 1)
	cert, key := x.ca.issue("two.example")
	write(t, x.cert, cert)
	write(t, x.key, key)
	if got := x.namesNow(); got != "one.example" {
		t.Errorf("it looked again at once: %s", got)
	}
	x.watch.pass(1)
	if got := x.namesNow(); got != "two.example" {
		t.Errorf("it did not look a second later: %s", got)
	}
	// A clock that is set back must not keep it from looking.
	cert, key = x.ca.issue("three.example")
	write(t, x.cert, cert)
	write(t, x.key, key)
	x.watch.pass(-24 * time.Hour)
	if got := x.namesNow(); got != "three.example" {
		t.Errorf("it waits for the clock to come back: %s", got)
	}
}

func TestBrokenPairLeavesTheOldInUse(t *testing.T) {
	x := newFixture(t, "one.example")
	cert, key := x.ca.issue("two.example")
	for name, breakIt := range map[string]func(){
		"garbage":      func() { write(t, x.cert, []byte("no certificate")) },
		"another key":  func() { write(t, x.cert, cert) },
		"empty":        func() { write(t, x.key, nil) },
		"gone":         func() { _ = os.Remove(x.key) },
		"half written": func() { write(t, x.cert, cert[:len(cert)/2]) },
	} {
		x.log.Reset()
		breakIt()
		x.want("one.example")
		x.complaints(0) // perhaps it is being written
		x.want("one.example")
		x.complaints(1)
		for range 5 {
			x.want("one.example")
		}
		x.complaints(1)
		if strings.Contains(x.log.String(), "PRIVATE") {
			t.Errorf("%s: the log shows what is in the files", name)
		}
	}
	x.log.Reset()
	write(t, x.cert, cert)
	write(t, x.key, key)
	x.want("two.example")
	x.complaints(0)
}

// Certificate and key are two files: between the two writes they do not fit.
func TestPairThatIsBeingReplacedIsNoComplaint(t *testing.T) {
	x := newFixture(t, "one.example")
	cert, key := x.ca.issue("two.example")
	write(t, x.cert, cert)
	x.want("one.example")
	write(t, x.key, key)
	x.want("two.example")
	x.complaints(0)
}

// Kubernetes keeps a secret's files behind links, and turns one link for all at once.
func TestSecretOfKubernetesIsFollowed(t *testing.T) {
	ca, clock := newTestCA(t), newWatch()
	dir := t.TempDir()
	version := func(name, host string) {
		cert, key := ca.issue(host)
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, "tls.crt"), cert)
		write(t, filepath.Join(dir, name, "tls.key"), key)
		if err := os.Symlink(name, filepath.Join(dir, "..data_tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	version("..2026_01", "one.example")
	for _, name := range []string{"tls.crt", "tls.key"} {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	x := &fixture{t: t, ca: ca, watch: clock, log: &bytes.Buffer{}}
	var err error
	if x.files, err = newFiles(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"), clock.now, slog.New(slog.NewTextHandler(x.log, nil))); err != nil {
		t.Fatal(err)
	}
	x.want("one.example")
	version("..2026_02", "two.example")
	x.want("two.example")
	x.complaints(0)
}

func TestFilesThatCannotBeUsedAreNamed(t *testing.T) {
	x := newFixture(t, "one.example")
	if _, err := New(Options{CertFile: x.key, KeyFile: x.cert, Clock: x.watch.now, Logger: slog.New(slog.DiscardHandler)}); !hub.Is(err, hub.Invalid) ||
		!strings.Contains(err.Error(), "tls.cert_file") || strings.Contains(err.Error(), "PRIVATE KEY-----") {
		t.Errorf("two files mixed up: %v", err)
	}
	if _, err := New(Options{CertFile: x.cert + "x", KeyFile: x.key, Clock: x.watch.now, Logger: slog.New(slog.DiscardHandler)}); !hub.Is(err, hub.Invalid) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestCertificateThatIsOverIsReported(t *testing.T) {
	x := newFixture(t, "one.example")
	late := newWatch()
	late.pass(48 * time.Hour)
	var log bytes.Buffer
	if _, err := newFiles(x.cert, x.key, late.now, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "level=WARN") {
		t.Error(log.String())
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	x := newFixture(t, "one.example")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); (&Front{x.files}).Run(ctx) }()
	cancel()
	<-ended
}
