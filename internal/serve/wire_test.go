package serve

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
)

// A hub does not start with a picture that nobody could see, and says which it is.
func TestServeNamesALogoThatCannotBeShown(t *testing.T) {
	cfg := config.Default()
	cfg.Pages.LogoFile = filepath.Join(t.TempDir(), "logo.png")
	_, err := newPages(cfg)
	if want := "pages.logo_file: " + cfg.Pages.LogoFile + " cannot be read: no such file or directory"; !hub.Is(err, hub.Invalid) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := os.WriteFile(cfg.Pages.LogoFile, []byte("<svg/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newPages(cfg); err != nil {
		t.Error(err)
	}
}
