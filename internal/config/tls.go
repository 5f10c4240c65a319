package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// TLS is how the hub itself speaks HTTPS. Nothing set: it speaks plain HTTP.
type TLS struct {
	CertFile       string   `yaml:"cert_file" doc:"PEM file with the certificate and those between it and the root. Read again when it changes."`
	KeyFile        string   `yaml:"key_file" doc:"PEM file with its key. Read again when it changes."`
	ACME           ACME     `yaml:"acme"`
	RedirectListen string   `yaml:"redirect_listen" doc:"Host and port of a plain listener that sends browsers to HTTPS, as :80, and answers ACME's http-01 challenges. Empty: none."`
	HSTS           Duration `yaml:"hsts" doc:"How long browsers are told to come by HTTPS only (Strict-Transport-Security); 0s: they are not told."`
}

// ACME is certificates from an authority that speaks ACME (RFC 8555).
type ACME struct {
	Email        string   `yaml:"email" doc:"Where the certificate authority writes to. Setting it agrees to the authority's terms."`
	Domains      []string `yaml:"domains" doc:"Domains to get certificates for, as [hub.example.org]."`
	DirectoryURL string   `yaml:"directory_url" doc:"The authority's directory; the default is Let's Encrypt's."`
	CAFile       string   `yaml:"ca_file" doc:"PEM file with the roots that the authority's own HTTPS is checked against, for one in house. Default: the system's."`
}

const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

// On tells whether the hub itself speaks HTTPS.
func (t TLS) On() bool { return t.CertFile != "" || t.KeyFile != "" || t.ACME.On() }

// On tells whether certificates come from an ACME authority.
func (a ACME) On() bool { return a.Email != "" || len(a.Domains) > 0 }

func (t *TLS) normalise() {
	for i, d := range t.ACME.Domains {
		t.ACME.Domains[i] = strings.ToLower(strings.TrimSuffix(d, "."))
	}
}

// validateTLS checks that there is one source of certificates, whole, and that what
// needs one has one.
func (c Config) validateTLS(f *faults) {
	t := c.TLS
	f.check(t.KeyFile != "" || t.CertFile == "", "tls.key_file: it is empty; name the file with the key of tls.cert_file")
	f.check(t.CertFile != "" || t.KeyFile == "", "tls.cert_file: it is empty; name the file with the certificate of tls.key_file")
	f.check(!t.ACME.On() || t.CertFile == "" && t.KeyFile == "", "tls.acme: certificates come from files or from ACME, not from both; remove tls.cert_file and tls.key_file, or tls.acme")
	t.ACME.validate(f)
	f.check(t.RedirectListen == "" || hostPort(t.RedirectListen), "tls.redirect_listen: %q is not HOST:PORT, as :80", t.RedirectListen)
	f.check(t.RedirectListen == "" || t.On(), "tls.redirect_listen: there is no HTTPS to send browsers to; set tls.cert_file and tls.key_file, or tls.acme")
	f.check(t.HSTS == 0 || t.HSTS.Std() >= time.Second, "tls.hsts: browsers know whole seconds only; write 1s or more, as 180d")
	f.check(t.HSTS == 0 || t.On(), "tls.hsts: it is sent over HTTPS only; set tls.cert_file and tls.key_file, or tls.acme, or let the proxy in front send it")
	if !t.On() {
		return
	}
	f.check(c.HubListen != "" || c.HubConnectURL != "", "hub_listen: with tls, notebook servers need a plain address; write 127.0.0.1:8081, or set hub_connect_url")
	f.check(c.HubListen == "" || hostPort(c.HubListen), "hub_listen: %q is not HOST:PORT, as 127.0.0.1:8081", c.HubListen)
	f.check(!sameAddress(c.HubListen, c.Listen), "hub_listen: with tls, notebook servers need an address other than listen; choose another port")
	f.check(t.RedirectListen == "" || !sameAddress(t.RedirectListen, c.Listen), "tls.redirect_listen: HTTP and HTTPS need an address each; choose another port")
	f.check(t.RedirectListen == "" || !sameAddress(t.RedirectListen, c.HubListen), "tls.redirect_listen: it is that of hub_listen; choose another port")
	f.check(!strings.HasPrefix(c.PublicURL, "http://"), "public_url: with tls it must begin with https://")
}

// sameAddress tells whether two addresses are spelt alike; any free port is never
// taken already.
func sameAddress(a, b string) bool { return a == b && !strings.HasSuffix(a, ":0") }

func (a ACME) validate(f *faults) {
	if !a.On() {
		f.check(a.CAFile == "", "tls.acme: there is an authority and nothing to ask it for; set tls.acme.email and tls.acme.domains")
		return
	}
	f.check(len(a.Domains) > 0, "tls.acme.domains: it is empty; name the hub's domain, as [hub.example.org]")
	for _, d := range a.Domains {
		f.check(!strings.HasPrefix(d, "*."), "tls.acme.domains: %q needs a challenge by DNS, which the hub does not do; get the certificate by other means and set tls.cert_file", d)
		f.check(strings.HasPrefix(d, "*.") || domain(d), "tls.acme.domains: %q is not a domain, as hub.example.org", d)
	}
	name, host, ok := strings.Cut(a.Email, "@")
	f.check(ok && name != "" && domain(host) && !strings.ContainsAny(name, " \t\r\n,<>"),
		"tls.acme.email: %q is no mail address; give one that is read, since the certificate authority writes to it, and that agrees to its terms", a.Email)
	u, err := url.Parse(a.DirectoryURL)
	f.check(err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil, "tls.acme.directory_url: it is not an https:// address, as "+letsEncrypt)
}

// domain tells whether s is a name that a certificate can be for.
func domain(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil || len(s) > 253 {
		return false
	}
	return regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`).MatchString(strings.ToLower(s))
}
