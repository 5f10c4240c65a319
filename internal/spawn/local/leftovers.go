package local

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
)

// A process that clears its environment, closes its files and lets its parents end belongs
// to no server any more, as far as anybody can see. Where a home has a user id to itself,
// it is the person's all the same: what began with the person's servers, or while they
// ran, ends with the last of them.

// owned are the servers with a run that was not stopped, by the user id of the home, where
// that is the home's alone.
type owned struct {
	mu      sync.Mutex
	servers map[uint32]map[int64]struct{}
}

func (o *owned) add(uid uint32, server int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.servers == nil {
		o.servers = map[uint32]map[int64]struct{}{}
	}
	if o.servers[uid] == nil {
		o.servers[uid] = map[int64]struct{}{}
	}
	o.servers[uid][server] = struct{}{}
}

func (o *owned) remove(uid uint32, server int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if delete(o.servers[uid], server); len(o.servers[uid]) == 0 {
		delete(o.servers, uid)
	}
}

func (o *owned) of(uid uint32) (servers []int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id := range o.servers[uid] {
		servers = append(servers, id)
	}
	return servers
}

// firstStart is when the first of the person's servers began of those that ran one after
// the other without a moment between, as the machine tells it; empty where that is not
// known.
func (r record) firstStart() string {
	if r.BootID == "" || r.BootID != bootID() {
		return ""
	}
	return cmp.Or(r.Since, r.ProcStart)
}

// since is firstStart of the servers that there are of a user id; empty: there are none.
func (d *Driver) since(uid uint32) (first string, err error) {
	for _, id := range d.owned.of(uid) {
		rec, err := d.files.read(id)
		if err != nil {
			return "", err
		}
		if at := rec.firstStart(); at != "" && (first == "" || !notBefore(at, first)) {
			first = at
		}
	}
	return first, nil
}

// notBefore compares two starts of processes, in ticks since the machine's start.
func notBefore(start, first string) bool {
	a, errA := strconv.ParseUint(start, 10, 64)
	b, errB := strconv.ParseUint(first, 10, 64)
	return errA == nil && errB == nil && a >= b
}

// lastOfItsPerson tells whether no other server lives that the person has here.
func (d *Driver) lastOfItsPerson(rec record) (bool, error) {
	for _, id := range d.owned.of(rec.UID) {
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

// endLeftovers ends what the person still has running when their last server has ended.
func (d *Driver) endLeftovers(ctx context.Context, rec record, gentle bool) error {
	first := rec.firstStart()
	if !rec.Own || first == "" {
		return nil
	}
	release, err := d.people.take(ctx, int64(rec.UID)) // none of theirs starts meanwhile
	if err != nil {
		return err
	}
	defer release()
	if last, err := d.lastOfItsPerson(rec); err != nil || !last {
		return err
	}
	f := &family{own: os.Getpid(), members: map[process]bool{}, list: d.census.take, strays: leftTest(rec.UID, first, d.files.dir)}
	f.gatherAll()
	if len(f.members) == 0 {
		return nil
	}
	d.log.Info("processes that outlived the last server of their person are ended", "server_id", rec.ServerID, "uid", rec.UID, "processes", len(f.members))
	if gentle {
		if err := f.askRest(ctx, d.opt.KillTimeout); err != nil {
			return err
		}
	}
	if err := f.kill(ctx, d.opt.KillTimeout); err != nil {
		return fmt.Errorf("end what outlived the servers of uid %d: %w", rec.UID, err)
	}
	return nil
}
