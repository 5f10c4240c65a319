package local

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/atriumhub/atrium/internal/spawn/local/procs"
)

// A process that clears its environment, closes its files and is orphaned cannot be assigned
// to a server any more. But if a home has a uid of its own, it can be assigned to the user:
// processes that began since the user's servers did are ended with the last of them.

// uidServers is the servers with a run that was not stopped, by uid, for uids that belong to
// one home alone.
type uidServers struct {
	mu      sync.Mutex
	servers map[uint32]map[int64]struct{}
}

func (u *uidServers) add(uid uint32, server int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.servers == nil {
		u.servers = map[uint32]map[int64]struct{}{}
	}
	if u.servers[uid] == nil {
		u.servers[uid] = map[int64]struct{}{}
	}
	u.servers[uid][server] = struct{}{}
}

func (u *uidServers) remove(uid uint32, server int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if delete(u.servers[uid], server); len(u.servers[uid]) == 0 {
		delete(u.servers, uid)
	}
}

func (u *uidServers) of(uid uint32) (servers []int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id := range u.servers[uid] {
		servers = append(servers, id)
	}
	return servers
}

// firstStart is the start time of the first server in an unbroken sequence of the user's
// servers up to this one, in the kernel's form; empty if it is not known.
func (r record) firstStart() string {
	if r.BootID == "" || r.BootID != procs.BootID() {
		return ""
	}
	return cmp.Or(r.Since, r.ProcStart)
}

// firstStartOf is the earliest firstStart of a uid's servers; empty: it has none.
func (d *Driver) firstStartOf(uid uint32) (first string, err error) {
	for _, id := range d.uidServers.of(uid) {
		rec, err := d.files.read(id)
		if err != nil {
			return "", err
		}
		if at := rec.firstStart(); at != "" && (first == "" || !procs.NotBefore(at, first)) {
			first = at
		}
	}
	return first, nil
}

// isLastOfUID reports whether no other server of the uid is alive.
func (d *Driver) isLastOfUID(rec record) (bool, error) {
	for _, id := range d.uidServers.of(rec.UID) {
		if id == rec.ServerID {
			continue
		}
		other, err := d.files.read(id)
		if err != nil {
			return false, err
		}
		held := false
		if other.State == starting {
			if held, err = d.files.held(id); err != nil {
				return false, err
			}
		}
		if held || other.State == running && other.alive() {
			return false, nil
		}
	}
	return true, nil
}

// endLeftovers ends the processes that a user still has when their last server has ended.
func (d *Driver) endLeftovers(ctx context.Context, rec record, gentle bool) error {
	first := rec.firstStart()
	if !rec.ExclusiveUID || first == "" {
		return nil
	}
	release, err := d.uidLocks.lock(ctx, int64(rec.UID)) // so that none of theirs starts meanwhile
	if err != nil {
		return err
	}
	defer release()
	if last, err := d.isLastOfUID(rec); err != nil || !last {
		return err
	}
	t := procs.NewTree(os.Getpid(), d.processes.List, procs.Leftovers(rec.UID, first, d.files.dir))
	t.Scan()
	if t.Size() == 0 {
		return nil
	}
	d.log.Info("processes that outlived the last server of their person are ended", "server_id", rec.ServerID, "uid", rec.UID, "processes", t.Size())
	if gentle {
		if err := t.TerminateRest(ctx, d.opt.KillTimeout); err != nil {
			return err
		}
	}
	if err := t.Kill(ctx, d.opt.KillTimeout); err != nil {
		return fmt.Errorf("end what outlived the servers of uid %d: %w", rec.UID, err)
	}
	return nil
}
