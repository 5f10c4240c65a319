package tlsfront

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/zap"
)

// An authority in house whose own HTTPS nobody here knows: the log names the key.
func TestUnknownACMEAuthorityNamesTheCure(t *testing.T) {
	for err, cure := range map[error]bool{
		fmt.Errorf("get directory: %w", x509.UnknownAuthorityError{}): true,
		errors.New("connection refused"):                              false,
	} {
		var said bytes.Buffer
		zapLogger(slog.New(slog.NewTextHandler(&said, nil))).Error("could not get certificate from issuer", zap.Error(err))
		if strings.Contains(said.String(), "tls.acme.ca_file") != cure {
			t.Errorf("%v: %s", err, said.String())
		}
	}
}
