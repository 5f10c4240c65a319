package e2e_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/acmetest"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// newPair writes a certificate that vouches for itself, for this machine, and its
// key, where tls.cert_file and tls.key_file point; it gives what trusts it.
func (h *hub) newPair() *x509.CertPool {
	h.t.Helper()
	cert, secret, err := hubtest.Pair()
	if err != nil {
		h.t.Fatal(err)
	}
	for name, text := range map[string][]byte{"tls.crt": cert, "tls.key": secret} {
		if err := os.WriteFile(filepath.Join(h.dir, name), text, 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	return roots
}

// trusting is a client's transport that speaks HTTP/2 where it can, as browsers do.
func trusting(roots *x509.CertPool) *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true}
}

// tlsHub is a hub that speaks HTTPS by certificate files, with JupyterLab.
type tlsHub struct {
	*hub
	api, redirect string // host:port
	roots         *x509.CertPool
}

func newTLSHub(t *testing.T) *tlsHub {
	t.Helper()
	h := newHub(t, options{})
	x := &tlsHub{hub: h, api: hubtest.FreeAddr(t), redirect: hubtest.FreeAddr(t), roots: h.newPair()}
	h.URL = "https://" + h.Addr
	config := jupyterConfig(t) + "auth:\n  dummy:\n    password: open sesame\n" +
		"hub_listen: " + x.api + "\ntls:\n  cert_file: " + filepath.Join(h.dir, "tls.crt") + "\n  key_file: " + filepath.Join(h.dir, "tls.key") +
		"\n  redirect_listen: " + x.redirect + "\n  hsts: 1h\n"
	if err := os.WriteFile(h.configFile(), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *tlsHub) client() *http.Client {
	client := plainClient()
	client.Transport = trusting(x.roots)
	return client
}

func (x *tlsHub) as(token string) *api {
	a := x.As(token)
	a.http = x.client()
	return a
}

// Everything works over HTTPS: pages over HTTP/2, cookies that plain HTTP never
// sees, a kernel's websocket, notebook servers that reach the hub by a way of their
// own, also after a restart.
func TestTLS(t *testing.T) {
	t.Parallel()
	x := newTLSHub(t)
	x.Start()
	checkTLSAnswers(t, x)
	browser := x.Browser()
	browser.http.Transport = trusting(x.roots)
	checkSecureCookies(t, x)

	alice := x.as(adminToken).NewUser("alice")
	alice.http = x.client()
	browser.LogIn("alice", "open sesame", "")
	alice.StartServer("alice")
	if lab := browser.Open("/user/alice/lab"); lab.Status != http.StatusOK || !strings.HasPrefix(lab.Path, "/user/alice/lab") {
		t.Fatalf("opening the notebook server leads to %s with status %d", lab.Path, lab.Status)
	}
	notebook := browser.Notebook("alice")
	kernel := notebook.StartKernel()
	if got := kernel.Run("6*7"); got != "42" {
		t.Errorf("6*7 is %q", got)
	}

	x.Stop()
	x.roots = x.newPair() // the browser's transport still trusts the former one alone
	x.Start()
	browser.http.Transport = trusting(x.roots)
	notebook.client = browser.http
	if got := notebook.Connect(kernel.ID).Run("6*8"); got != "48" {
		t.Errorf("6*8 is %q after a restart", got)
	}

	x.roots = x.newPair()
	eventually(t, "the new certificate is shown", startPatience, func() bool {
		_, err := x.as("").Try(http.MethodGet, "/hub/health", nil)
		return err == nil
	})
	alice.http = x.client()
	alice.StopServer("alice")
	if said := x.Stop(); strings.Contains(said, "PRIVATE") || strings.Contains(said, "warning: listening") {
		t.Error(said)
	}
}

func checkTLSAnswers(t *testing.T, x *tlsHub) {
	t.Helper()
	res, err := x.client().Get(x.URL + "/hub/health")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.ProtoMajor != 2 || res.TLS == nil || res.Header.Get("Strict-Transport-Security") != "max-age=3600" {
		t.Errorf("%s, %v", res.Proto, res.Header)
	}
	for target, want := range map[string]struct {
		status   int
		location string
	}{
		"http://" + x.redirect + "/hub/login?next=%2Fhub%2Fhome": {http.StatusPermanentRedirect, x.URL + "/hub/login?next=%2Fhub%2Fhome"},
		"http://" + x.api + "/hub/api":                           {http.StatusOK, ""},
		"http://" + x.api + "/hub/login":                         {http.StatusNotFound, ""},
		"http://" + x.api + "/user/alice/":                       {http.StatusNotFound, ""},
		"http://" + x.api + "/hub/api/../login":                  {http.StatusNotFound, ""},
		"http://" + x.Addr + "/hub/login":                        {http.StatusBadRequest, ""},
	} {
		got, err := send(plainClient(), must(http.NewRequest(http.MethodGet, target, nil)))
		if err != nil || got.Status != want.status || got.Header.Get("Location") != want.location {
			t.Errorf("%s: %d %q, %v", target, got.Status, got.Header.Get("Location"), err)
		}
	}
	forged := must(http.NewRequest(http.MethodGet, "http://"+x.redirect+"/hub/login", nil))
	forged.Host = "evil.example"
	if got, err := send(plainClient(), forged); err != nil || got.Status != http.StatusBadRequest {
		t.Errorf("a forged Host: %d %v %v", got.Status, got.Header, err)
	}
}

func checkSecureCookies(t *testing.T, x *tlsHub) {
	t.Helper()
	browser := x.Browser()
	browser.http.Transport = trusting(x.roots)
	form := browser.Open("/hub/login")
	browser.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := browser.http.PostForm(x.URL+"/hub/login", url.Values{
		"username": {"bob"}, "password": {"open sesame"}, "_xsrf": {form.XSRF(t)},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusFound || len(res.Cookies()) == 0 {
		t.Errorf("the login answers %s with %v", res.Status, res.Cookies())
	}
	for _, c := range res.Cookies() {
		if !c.Secure {
			t.Errorf("%s goes over plain HTTP, too", c.Name)
		}
	}
}

// With a domain, a mail address and two ports, the hub gets its certificate itself.
func TestACME(t *testing.T) {
	t.Parallel()
	h := newHub(t, options{})
	redirect := hubtest.FreeAddr(t)
	ca := acmetest.Start(t, acmetest.Options{HTTPPort: portOf(t, redirect), TLSPort: portOf(t, h.Addr)})
	h.URL = "https://hub.atrium.test:" + strconv.Itoa(portOf(t, h.Addr))
	config := trivialConfig() + "hub_listen: " + hubtest.FreeAddr(t) + "\ntls:\n  redirect_listen: " + redirect +
		"\n  acme:\n    email: ops@atrium.test\n    domains: [hub.atrium.test]\n    directory_url: " + ca.Directory + "\n    ca_file: " + ca.CAFile + "\n"
	if err := os.WriteFile(h.configFile(), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	h.Start()
	client := h.As("")
	client.http.Transport = &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: ca.Roots(t)},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, h.Addr)
		},
	}
	eventually(t, "the certificate is there", 2*startPatience, func() bool {
		got, err := client.Try(http.MethodGet, "/hub/health", nil)
		return err == nil && got.Status == http.StatusOK
	})
	if info, err := os.Stat(filepath.Join(h.DataDir, "acme")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder with the keys: %v, %v", info, err)
	}
	h.Stop()
}

func portOf(t *testing.T, addr string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return must(strconv.Atoi(port))
}
