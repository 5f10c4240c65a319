package homedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/disk"
)

// Mark is how far the hub's database had counted when SetMark was called last; 0 where it
// never was. A database that has not come so far went back to a backup while the homes
// did not.
func (p *Place) Mark() (int64, error) {
	text, err := os.ReadFile(p.inner("mark"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	n := int64(0)
	if err == nil {
		n, err = strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	}
	if err != nil {
		return 0, fmt.Errorf("read how old the homes in %s are: %w", p.dir, err)
	}
	return n, nil
}

// SetMark notes how far the database has counted.
func (p *Place) SetMark(n int64) error {
	if err := disk.WriteFile(p.inner("mark"), []byte(strconv.FormatInt(n, 10)+"\n"), 0o600); err != nil {
		return fmt.Errorf("note how old the homes in %s are: %w", p.dir, err)
	}
	return nil
}
