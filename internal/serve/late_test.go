package serve

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/credentials"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/testkit"
)

// overtaken is a database on which something happens right after the first read.
type overtaken struct {
	data.Store
	then func()
}

func (s *overtaken) View(ctx context.Context, fn func(data.Tx) error) error {
	err := s.Store.View(ctx, fn)
	if then := s.then; then != nil {
		s.then = nil
		then()
	}
	return err
}

// Of two hubs that start for the first time on one database, the one that comes late
// leaves no credentials behind that nobody can log in with.
func TestLateToTheFirstStart(t *testing.T) {
	h := testkit.New(t)
	start := func(a *app.App) (file string, said string, err error) {
		cfg := config.Default()
		cfg.DataDir = t.TempDir()
		p := &parts{cfg: cfg, env: &command.Env{Err: &bytes.Buffer{}}, app: a, url: "http://127.0.0.1:8000/"}
		err = p.ensureAdmin(t.Context())
		return filepath.Join(cfg.DataDir, credentials.File), p.firstWords, err
	}
	db := &overtaken{Store: h.DB}
	other := app.New(app.Deps{Config: h.Config(), Store: db, Relay: &mirror.Relay{}, Hasher: h.Hasher, Clock: hub.SystemClock, Logger: slog.New(slog.DiscardHandler)})
	var first string
	db.then = func() {
		var err error
		if first, _, err = start(h.App); err != nil {
			t.Error(err)
		}
	}
	late, said, err := start(other)
	if err != nil || said != "" {
		t.Errorf("the late one says %q, %v", said, err)
	}
	if _, err := os.Stat(late); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the late one's credentials: %v", err)
	}
	if _, err := os.Stat(first); err != nil {
		t.Errorf("the first one's credentials: %v", err)
	}
}
