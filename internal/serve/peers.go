package serve

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/account"
	"github.com/atriumhub/atrium/internal/forwarded"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/peer"
)

const (
	// firstPersonUID is the lowest uid of a person, by the convention of distributions.
	firstPersonUID = 1000
	accountAge     = time.Minute // for which it is remembered whose an account is
	maxAccounts    = 1000        // of which it is
	accountInTime  = 5 * time.Second
)

// guard takes X-Forwarded headers away from what people run on this machine: their
// notebooks reach the hub by loopback as a proxy in front of it does, and with an address
// of their own choosing for each try they could guess passwords many times as fast, or
// make somebody else wait. It matters where they have uids of their own.
func (p *parts) guard(h http.Handler) (http.Handler, error) {
	trusted, err := p.cfg.TrustedPrefixes()
	if err != nil || len(trusted) == 0 || os.Geteuid() != 0 {
		return h, err
	}
	j := &peerJudge{system: p.cfg.Spawner.Local.SystemUsers, isPerson: p.app.IsPerson, clock: p.uptime, log: p.log, owner: peer.Owner}
	within := p.cfg.Spawner.Local.UIDRange
	j.isHome = func(uid uint32) bool {
		return within[0] <= uid && uid <= within[1] || p.homes != nil && p.homes.Owns(uid)
	}
	j.ask()
	return forwarded.Guard(h, trusted, j.believes), nil
}

// peerJudge tells whether a connection from this machine may speak for others.
type peerJudge struct {
	system   bool // people's servers run as the machine's accounts
	isHome   func(uid uint32) bool
	isPerson func(ctx context.Context, name string) (bool, error)
	clock    hub.Elapsed
	log      *slog.Logger
	told     atomic.Bool // that the machine does not tell
	tells    atomic.Bool // it does
	// owner is peer.Owner.
	owner func(theirs, ours netip.AddrPort) (uid uint32, err error)

	mu    sync.Mutex
	known map[uint32]judged
}

type judged struct {
	person bool
	until  time.Duration
}

// ask finds out whether the machine tells, by a connection that there is not.
func (j *peerJudge) ask() {
	none := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 1)
	_, err := j.owner(none, none)
	j.tells.Store(!errors.Is(err, peer.ErrUnknown))
}

// believes is asked of a connection from an address that is trusted. Of one that is not
// from this machine it has nothing to say, nor where the machine does not tell; one of this
// machine that has ended meanwhile can be anybody's, and so can one for which there was no
// answer this time: whoever takes all of the hub's files must not gain by it.
func (j *peerJudge) believes(theirs, ours netip.AddrPort) bool {
	uid, err := j.owner(theirs, ours)
	switch {
	case err == nil:
		return !j.isPersons(uid)
	case errors.Is(err, peer.ErrGone):
		return false
	case errors.Is(err, peer.ErrElsewhere), j.tells.Load():
		return !theirs.Addr().Unmap().IsLoopback() && theirs.Addr().Unmap() != ours.Addr().Unmap()
	}
	if j.told.CompareAndSwap(false, true) {
		j.log.Warn("the kernel does not tell whose connections from this machine are: what any program on it says in X-Forwarded-For is believed", "error", err)
	}
	return true
}

// isPersons tells whether people's programs may run as the uid.
func (j *peerJudge) isPersons(uid uint32) bool {
	switch {
	case uid < firstPersonUID:
		return false
	case j.isHome(uid):
		return true
	case !j.system:
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if known, ok := j.known[uid]; ok && j.clock() < known.until {
		return known.person
	}
	ctx, cancel := context.WithTimeout(context.Background(), accountInTime)
	defer cancel()
	person := j.hasPersonsAccount(ctx, uid)
	if j.known == nil || len(j.known) >= maxAccounts {
		j.known = map[uint32]judged{}
	}
	j.known[uid] = judged{person, j.clock() + accountAge}
	return person
}

// hasPersonsAccount tells whether the uid is the account of somebody whom the hub knows.
// One without an account may be of a container that somebody runs as themselves.
func (j *peerJudge) hasPersonsAccount(ctx context.Context, uid uint32) bool {
	name, err := account.NameOf(ctx, uid)
	if err != nil {
		return true
	}
	person, err := j.isPerson(ctx, name)
	return person || err != nil
}
