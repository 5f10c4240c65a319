package local

import (
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

// slowHomes takes its time for a home until somebody was told.
type slowHomes struct {
	Homes

	told chan struct{}
}

func (h slowHomes) Ensure(c hub.HomeClaim) (hub.HomeRecord, error) {
	<-h.told
	return h.Homes.Ensure(c)
}

// progressListener closes told at the first progress.
type progressListener struct {
	told chan struct{}
	said chan spawn.Progress
}

func (l progressListener) Ended(int64) {}

func (l progressListener) Progressed(p spawn.Progress) {
	l.said <- p
	close(l.told)
}

// Who waits for a part of a start that takes long is told what it is.
func TestSlowPartsOfAStartAreTold(t *testing.T) {
	told := make(chan struct{})
	f := newFixture(t, func(o *Options) { o.Homes = slowHomes{openHomes(t, o.DataDir), told} })
	l := progressListener{told, make(chan spawn.Progress, 10)}
	f.driver.Notify(l)
	spawntest.Start(t, f.driver, spawntest.Spec(3, 7))
	if p := <-l.said; p.ServerID != 3 || p.Fence != 7 || !strings.Contains(p.Message, "home folder") || len(l.said) != 0 {
		t.Errorf("told of %+v and %d more", p, len(l.said))
	}
}

// A run may bring a command of its own.
func TestRunWithACommandOfItsOwn(t *testing.T) {
	f := newFixture(t)
	f.opt.Command = []string{"/nowhere/jupyterhub-singleuser"}
	d := f.Reopen(t)
	spec := spawntest.Spec(1, 1)
	spec.Launch.Command = []string{program, "notebook"}
	spawntest.Start(t, d, spec)
}
