package talk

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/command"
)

// trusted is the system's authorities and those of a file; nil where none is named,
// which is the system's.
func trusted(caFile string) (*x509.CertPool, error) {
	if caFile == "" {
		return nil, nil //nolint:nilnil // the system's
	}
	text, err := os.ReadFile(caFile) //nolint:gosec // the person's own choice
	if err != nil {
		return nil, fmt.Errorf("read the authority of the hub's certificate: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("the file %s holds no certificate in PEM form", caFile)
	}
	return roots, nil
}

// notTrusted says what is wrong with the hub's certificate, and the cure.
func (c *Console) notTrusted(a access, err error) error {
	c.Complain("❌ Connection error: %s", distrust(a.shown(), err))
	c.Complain("   %s", distrustCure(a, err))
	return &command.StatusError{Status: command.ExitNotStart}
}

// perhapsHTTPS is a word about an address without encryption at which something strange
// answers.
func (c *Console) perhapsHTTPS(a access) {
	if strings.HasPrefix(strings.ToLower(a.url), "http://") {
		c.Complain("   If it speaks HTTPS, its address begins with https://")
	}
}

func distrust(address string, err error) string {
	if e, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		by := ""
		if e.Cert != nil {
			by = fmt.Sprintf(" (%s)", command.Printable(e.Cert.Issuer.String()))
		}
		return fmt.Sprintf("certificate signed by unknown authority%s: this machine cannot tell whether %s is your hub", by, address)
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("the certificate of %s is for %s, not for %s", address, command.Printable(strings.Join(e.Certificate.DNSNames, ", ")), e.Host)
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired && e.Cert != nil {
		return fmt.Sprintf("the certificate of %s is good from %s to %s only", address, e.Cert.NotBefore.UTC().Format(time.DateOnly), e.Cert.NotAfter.UTC().Format(time.DateOnly))
	}
	if plainAnswer(err) {
		return fmt.Sprintf("what answers at %s speaks plain HTTP", address)
	}
	return fmt.Sprintf("no trusted connection to %s: %v", address, err)
}

func distrustCure(a access, err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "If it is one of your own, name the file with its certificate (PEM): --ca-file FILE, or SSL_CERT_FILE for every program. On the hub's machine, tls.cert_file often is that file."
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "Use a name that it is for: export JUPYTERHUB_URL=\"https://NAME\"   or   --url https://NAME"
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "Whoever runs the hub has to renew it, unless this machine's clock is wrong."
	}
	if plainAnswer(err) {
		return "Its address begins with http://"
	}
	return fmt.Sprintf("The address tried is %s. Check it, and that the hub speaks HTTPS there.", a.shown())
}

// plainAnswer tells of an answer that is no TLS.
func plainAnswer(err error) bool {
	_, header := errors.AsType[tls.RecordHeaderError](err)
	return header || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}
