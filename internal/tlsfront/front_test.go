package tlsfront

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// secure serves what a front's certificates are for, and gives its address.
func secure(t *testing.T, f *Front, h http.Handler) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{
		Handler: h, TLSConfig: f.TLSConfig(), ReadHeaderTimeout: 30 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = srv.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = srv.Close(); <-ended })
	return l.Addr().String()
}

func TestServesHTTP2AndTheNewCertificateToNewConnections(t *testing.T) {
	x := newFixture(t, "hub.example")
	addr := secure(t, &Front{x.files}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	get := func(name string) string {
		tr := &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: x.ca.roots(), ServerName: name, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2: true,
		}
		defer tr.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+addr, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Client{Transport: tr, Timeout: 30 * time.Second}).Do(req)
		if err != nil {
			return err.Error()
		}
		defer func() { _ = res.Body.Close() }()
		body, _ := io.ReadAll(res.Body)
		return string(body)
	}
	if got := get("hub.example"); got != "HTTP/2.0" {
		t.Errorf("over %s", got)
	}
	cert, key := x.ca.issue("new.example")
	write(t, x.cert, cert)
	write(t, x.key, key)
	x.watch.pass(lookEvery)
	if got := get("new.example"); got != "HTTP/2.0" {
		t.Errorf("after the change: %s", got)
	}
}

func TestOffersWhatBrowsersNeed(t *testing.T) {
	x := newFixture(t, "hub.example")
	addr := secure(t, &Front{x.files}, http.NotFoundHandler())
	for _, c := range []struct {
		offer      []string
		minV, maxV uint16
		protocol   string
		version    uint16 // 0: refused
	}{
		{[]string{"h2", "http/1.1"}, tls.VersionTLS12, tls.VersionTLS13, "h2", tls.VersionTLS13},
		{[]string{"http/1.1"}, tls.VersionTLS12, tls.VersionTLS13, "http/1.1", tls.VersionTLS13}, // websockets
		{nil, tls.VersionTLS12, tls.VersionTLS12, "", tls.VersionTLS12},
		{nil, tls.VersionTLS10, tls.VersionTLS11, "", 0},
		{[]string{"acme-tls/1"}, tls.VersionTLS12, tls.VersionTLS13, "", 0},
	} {
		d := tls.Dialer{Config: &tls.Config{
			RootCAs: x.ca.roots(), ServerName: "hub.example", NextProtos: c.offer,
			MinVersion: c.minV, MaxVersion: c.maxV,
		}}
		conn, err := d.DialContext(t.Context(), "tcp", addr)
		if err != nil {
			if c.version != 0 {
				t.Errorf("%v: %v", c.offer, err)
			}
			continue
		}
		state := conn.(*tls.Conn).ConnectionState()
		_ = conn.Close()
		if state.NegotiatedProtocol != c.protocol || state.Version != c.version {
			t.Errorf("%v: %q with %s", c.offer, state.NegotiatedProtocol, tls.VersionName(state.Version))
		}
	}
}
