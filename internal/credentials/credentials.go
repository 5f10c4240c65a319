package credentials

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
)

// File is where a generated administrator's credentials are written.
const File = "admin-credentials.json"

// Credentials is that file's form; scripts read it.
type Credentials struct {
	URL      string `json:"url"`
	Username string `json:"username"`
	Password string `json:"password"`
	APIToken string `json:"api_token"`
}

// Read reads the file; false where there is none, or one of somebody's own,
// which is left alone.
func Read(path string) (c Credentials, there bool) {
	b, err := os.ReadFile(path) //nolint:gosec // the hub's own file
	return c, err == nil && json.Unmarshal(b, &c) == nil
}

// Of reads the file where it has the credentials of the one with the name.
func Of(path, name string) (Credentials, bool) {
	c, there := Read(path)
	theirs, err := hub.UserName(c.Username)
	if asked, askedErr := hub.UserName(name); !there || err != nil || askedErr != nil || asked != theirs {
		return Credentials{}, false
	}
	return c, true
}

// Rewrite is Write for a file that stays its owner's: whoever does
// this may be root, and the hub not.
func Rewrite(path string, c Credentials) error {
	before, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("write the administrator's credentials: %w", err)
	}
	if err := Write(path, c); err != nil {
		return err
	}
	if owner := disk.Owner(before); os.Geteuid() == 0 && owner != 0 {
		if err := os.Lchown(path, int(owner), -1); err != nil {
			return fmt.Errorf("give the administrator's credentials to the hub's account: %w", err)
		}
	}
	return nil
}

// Write writes the file whole or not at all, for its owner only.
func Write(path string, c Credentials) error {
	b, err := json.MarshalIndent(c, "", "  ") //nolint:gosec // the file is there to hold them
	if err != nil {
		return fmt.Errorf("write the administrator's credentials: %w", err)
	}
	if err := disk.WriteFile(path, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the administrator's credentials: %w", err)
	}
	return nil
}
