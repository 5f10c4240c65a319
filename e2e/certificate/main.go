// Command certificate writes tls.crt and tls.key, for this machine and the names given,
// into a folder. The end-to-end tests in a browser have HTTPS by them.
//
//	certificate FOLDER NAME...
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("name the folder to write to, and the names of the certificate")
	}
	cert, key, err := hubtest.Pair(args[1:]...)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(args[0], "tls.crt"), cert, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(args[0], "tls.key"), key, 0o600)
}
