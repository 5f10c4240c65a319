package setup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/atriumhub/atrium/internal/httpapi/pages"
)

// ReadLogo reads the picture that the configuration names.
func ReadLogo(path string) (*pages.Logo, error) {
	content, err := readAtMost(path, pages.MaxLogo+1)
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, fmt.Errorf("%s cannot be read: %w", path, failed.Err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	logo, err := pages.NewLogo(content)
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	return logo, nil
}

// readAtMost reads that many bytes of a file, at most.
func readAtMost(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: a pipe would wait for ever
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is not a file")
	}
	f, err := os.Open(path) //nolint:gosec // the operator's own choice
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}
