package tlsfront

import (
	"bytes"
	"context"
	"crypto/tls"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/acmetest"
)

// lockedLog collects what several goroutines log.
type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

const acmeDomain = "hub.atrium.test"

// acmeHub is the two listeners of a hub whose certificate comes from an authority.
type acmeHub struct {
	t          *testing.T
	listen     net.Listener
	redirect   net.Listener // nil: none
	challenges atomic.Int32 // http-01 requests seen
	lookEvery  time.Duration
	log        lockedLog
}

func listenLoopback(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// start serves with certificates kept in folder, until the function it gives is called.
func (h *acmeHub) start(ca *acmetest.Authority, folder string) (stop func()) {
	h.t.Helper()
	o := ACME{
		Email: "ops@atrium.test", Domains: []string{acmeDomain}, Directory: ca.Directory, CAFile: ca.CAFile,
		Folder: folder, Listen: h.listen.Addr(), lookEvery: h.lookEvery,
	}
	if h.redirect != nil {
		o.Redirect = h.redirect.Addr()
	}
	log := slog.New(slog.NewTextHandler(&h.log, nil))
	front, err := New(Options{ACME: &o, Clock: hub.SystemClock, Logger: log})
	if err != nil {
		h.t.Fatal(err)
	}
	quiet := slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	ctx, cancel := context.WithCancel(h.t.Context())
	var wg sync.WaitGroup
	secure := &http.Server{Handler: http.NotFoundHandler(), TLSConfig: front.TLSConfig(), ReadHeaderTimeout: 30 * time.Second, ErrorLog: quiet}
	wg.Go(func() { _ = secure.ServeTLS(h.listen, "", "") })
	servers := []*http.Server{secure}
	if h.redirect != nil {
		next := front.Challenges(Redirect(RedirectOptions{Covers: front.Covers}))
		plain := &http.Server{ReadHeaderTimeout: 30 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/.well-known/acme-challenge/") {
				h.challenges.Add(1)
			}
			next.ServeHTTP(w, r)
		})}
		servers = append(servers, plain)
		wg.Go(func() { _ = plain.Serve(h.redirect) })
	}
	wg.Go(func() { front.Run(ctx) })
	return sync.OnceFunc(func() {
		cancel()
		for _, srv := range servers {
			_ = srv.Close()
		}
		wg.Wait()
		front.Close()
	})
}

// serial waits until the hub shows a certificate that the authority vouches for.
func (h *acmeHub) serial(ca *acmetest.Authority) string {
	h.t.Helper()
	d := tls.Dialer{Config: &tls.Config{RootCAs: ca.Roots(h.t), ServerName: acmeDomain, MinVersion: tls.VersionTLS12}}
	var err error
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		var conn net.Conn
		if conn, err = d.DialContext(h.t.Context(), "tcp", h.listen.Addr().String()); err == nil {
			serial := conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String()
			_ = conn.Close()
			return serial
		}
	}
	h.t.Fatalf("no certificate: %v\n%s", err, h.log.String())
	return ""
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func TestCertificateByTLSALPN(t *testing.T) {
	h := &acmeHub{t: t, listen: listenLoopback(t)}
	ca := acmetest.Start(t, acmetest.Options{HTTPPort: 1, TLSPort: portOf(h.listen)}) // nothing is at port 1
	folder := filepath.Join(t.TempDir(), "acme")
	stop := h.start(ca, folder)
	defer stop()
	first := h.serial(ca)
	if !strings.Contains(h.log.String(), "TLS certificate obtained") {
		t.Error(h.log.String())
	}
	stop()

	// What was got is kept, for its owner only, and used again.
	_ = filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if info, statErr := os.Stat(path); err != nil || statErr != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
		return nil
	})
	again := &acmeHub{t: t, listen: listenLoopback(t)}
	defer again.start(ca, folder)()
	if second := again.serial(ca); second != first {
		t.Errorf("another certificate after a restart: %s, %s", first, second)
	}
}

func TestCertificateByHTTP(t *testing.T) {
	h := &acmeHub{t: t, listen: listenLoopback(t), redirect: listenLoopback(t)}
	ca := acmetest.Start(t, acmetest.Options{HTTPPort: portOf(h.redirect), TLSPort: 1}) // nothing is at port 1
	defer h.start(ca, filepath.Join(t.TempDir(), "acme"))()
	h.serial(ca)
	if h.challenges.Load() == 0 {
		t.Error("there was no challenge over HTTP")
	}
	// Nobody else learns anything there.
	addr := h.redirect.Addr().String()
	status, _ := raw(t, addr, "GET /.well-known/acme-challenge/guess HTTP/1.1\r\nHost: "+acmeDomain+"\r\n\r\n")
	if status == http.StatusOK {
		t.Error("a challenge that nobody set was answered")
	}
	status, header := raw(t, addr, "GET /hub/home HTTP/1.1\r\nHost: "+acmeDomain+"\r\n\r\n")
	if got := header.Get("Location"); got != "https://"+acmeDomain+"/hub/home" {
		t.Errorf("%d %q", status, got)
	}
}

func TestCertificateIsRenewedInTime(t *testing.T) {
	h := &acmeHub{t: t, listen: listenLoopback(t), lookEvery: 200 * time.Millisecond}
	ca := acmetest.Start(t, acmetest.Options{HTTPPort: 1, TLSPort: portOf(h.listen), Validity: 20 * time.Second})
	defer h.start(ca, filepath.Join(t.TempDir(), "acme"))()
	first := h.serial(ca)
	for deadline := time.Now().Add(2 * time.Minute); h.serial(ca) == first; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it is not renewed:\n%s", h.log.String())
		}
	}
	if !strings.Contains(h.log.String(), "renewal=true") {
		t.Error(h.log.String())
	}
}

func TestAuthorityThatIsAwayKeepsNothingFromStarting(t *testing.T) {
	l, gone := listenLoopback(t), listenLoopback(t)
	_ = gone.Close()
	var log lockedLog
	front, err := New(Options{
		ACME: &ACME{
			Email: "ops@atrium.test", Domains: []string{acmeDomain}, Directory: "https://" + gone.Addr().String() + "/dir",
			Folder: t.TempDir(), Listen: l.Addr(),
		},
		Clock: hub.SystemClock, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); front.Run(ctx) }()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(log.String(), "level=ERROR"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing is said of it:\n%s", log.String())
		}
	}
	if front.Name() != acmeDomain || !front.Covers(acmeDomain) || front.Covers("evil.example") {
		t.Error("it does not know its own names")
	}
	cancel()
	<-ended
}

func TestACMESettingsThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "empty.pem"), []byte("nothing"))
	good := ACME{Email: "a@b.c", Domains: []string{acmeDomain}, Directory: "https://127.0.0.1:1/dir", Folder: dir}
	for name, change := range map[string]func(*ACME){
		"no such CA file": func(a *ACME) { a.CAFile = filepath.Join(dir, "none.pem") },
		"CA file empty":   func(a *ACME) { a.CAFile = filepath.Join(dir, "empty.pem") },
		"folder is taken": func(a *ACME) { a.Folder = filepath.Join(dir, "empty.pem", "acme") },
	} {
		a := good
		change(&a)
		if _, err := New(Options{ACME: &a, Clock: hub.SystemClock, Logger: slog.New(slog.DiscardHandler)}); !hub.Is(err, hub.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
