package mirror

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tidwall/btree"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Directory is everybody and their servers in memory, in each order that lists are
// asked for, so that neither a person nor a page of a hundred thousand costs a look
// into the database. What changes it reads again before whoever made the change gets
// an answer; see Relay.
type Directory struct {
	store    data.Store
	log      *slog.Logger
	activity *Activity

	loading sync.Mutex // held while everybody is read, by one at a time; before feeding
	feeding sync.Mutex // held from a read of the database until it is shown; before mu
	missed  missed     // what could not be read again yet
	told    func([]Turn)

	mu      sync.RWMutex
	loaded  bool
	*people         // that are shown
	reload  *reload // written while feeding and mu are held; nil: nobody reads everybody
}

// people are persons in each order that lists are asked for.
type people struct {
	by     map[int64]*Person
	names  *btree.BTreeG[*Person]
	ids    *btree.BTreeG[*Person]
	seen   *btree.BTreeG[*Person] // by last activity, then as made
	latest *btree.BTreeG[*Person] // by last activity, the last first, then as made
	active map[int64]*Person      // who has a server that runs or is about to
}

// Person is a user with their servers. It does not change once it is in the
// directory.
type Person struct {
	hub.User
	Servers []hub.Server // by name; without FailureLog, and without options that are large
}

// missed is what has to be read again.
type missed struct {
	all   bool
	users map[int64]struct{}
}

// NewDirectory makes an empty one; the first reader has it filled.
func NewDirectory(store data.Store, log *slog.Logger, act *Activity) *Directory {
	return &Directory{store: store, log: log, activity: act, missed: missed{users: map[int64]struct{}{}}, people: newPeople()}
}

func tree(less func(a, b *Person) bool) *btree.BTreeG[*Person] {
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
}

func newPeople() *people {
	return &people{
		by: map[int64]*Person{}, active: map[int64]*Person{},
		names: tree(func(a, b *Person) bool { return a.Name < b.Name }),
		ids:   tree(func(a, b *Person) bool { return a.ID < b.ID }),
		seen: tree(func(a, b *Person) bool {
			return cmp.Or(a.LastActivity.Compare(b.LastActivity), cmp.Compare(a.ID, b.ID)) < 0
		}),
		latest: tree(func(a, b *Person) bool {
			return cmp.Or(b.LastActivity.Compare(a.LastActivity), cmp.Compare(a.ID, b.ID)) < 0
		}),
	}
}

func byUser(servers []hub.Server) map[int64][]hub.Server {
	of := map[int64][]hub.Server{}
	for _, s := range servers {
		of[s.UserID] = append(of[s.UserID], s)
	}
	return of
}

// put adds a person, instead of what there was of them.
func (d *people) put(p *Person) {
	d.drop(p.ID)
	d.by[p.ID] = p
	for _, t := range []*btree.BTreeG[*Person]{d.names, d.ids, d.seen, d.latest} {
		t.Set(p)
	}
	if slices.ContainsFunc(p.Servers, hub.Server.Active) {
		d.active[p.ID] = p
	}
}

// drop removes a person.
func (d *people) drop(id int64) {
	old := d.by[id]
	if old == nil {
		return
	}
	delete(d.by, id)
	delete(d.active, id)
	for _, t := range []*btree.BTreeG[*Person]{d.ids, d.seen, d.latest} {
		t.Delete(old)
	}
	if at, ok := d.names.Get(old); ok && at == old { // not somebody who has got the name meanwhile
		d.names.Delete(old)
	}
}

// Apply reads again what the changes are about. Where that fails it is tried again
// with the next change, or the next time that Retry is called.
func (d *Directory) Apply(changes []data.Change) {
	lost := false
	d.feeding.Lock()
	for _, c := range changes {
		switch c.Kind {
		case data.UserChanged, data.ServerChanged:
			d.noteChanged(c.UserID)
		case data.Resync:
			lost = d.loaded || d.reload != nil
		case data.ServiceChanged, data.GroupChanged, data.ServerDoubted, data.TokenRevoked, data.SessionRevoked:
		}
	}
	d.missed.all = d.missed.all || lost
	d.catchUp(context.Background())
	d.feeding.Unlock()
	if lost {
		d.reloadMissed(context.Background())
	}
}

// noteChanged notes that a person is to be read again. Where nobody was read yet, the first
// reader reads everybody. feeding is held.
func (d *Directory) noteChanged(id int64) {
	if d.loaded {
		d.missed.users[id] = struct{}{}
	}
	if d.reload != nil {
		d.reload.changed[id] = struct{}{}
	}
}

// Retry reads again what could not be read before.
func (d *Directory) Retry(ctx context.Context) {
	d.feeding.Lock()
	d.catchUp(ctx)
	d.feeding.Unlock()
	d.reloadMissed(ctx)
}

// catchUp reads the people who were missed. feeding is held.
func (d *Directory) catchUp(ctx context.Context) {
	d.warn(ctx, d.readMissed(ctx))
}

func (d *Directory) warn(ctx context.Context, err error) {
	if err != nil {
		d.log.WarnContext(ctx, "cannot read again what changed; trying again soon", "error", err)
	}
}

// How many people are read again at a time, and how long a read may take: of one part,
// and of everybody. Whoever made the change waits for it.
const (
	partOfMissed   = 1000
	loadAllInTime  = time.Minute
	readPartInTime = patience
)

// readMissed reads the people who were missed, a part at a time, so that a great many
// take longer and one that fails takes no longer than it may.
func (d *Directory) readMissed(ctx context.Context) error {
	for part := range slices.Chunk(slices.Sorted(maps.Keys(d.missed.users)), partOfMissed) {
		if err := d.readSome(ctx, part); err != nil {
			return err
		}
		for _, id := range part {
			delete(d.missed.users, id)
		}
	}
	return nil
}

// readSome reads these people again.
func (d *Directory) readSome(ctx context.Context, ids []int64) error {
	fresh, err := d.read(ctx, func(tx data.Tx) ([]hub.User, error) { return tx.UsersByID(ctx, ids) })
	if err != nil {
		return err
	}
	d.tell(d.turn(ids, fresh))
	return nil
}

// read gives the people that find finds, with their servers.
func (d *Directory) read(ctx context.Context, find func(data.Tx) ([]hub.User, error)) ([]*Person, error) {
	ctx, cancel := context.WithTimeout(ctx, readPartInTime)
	defer cancel()
	var users []hub.User
	var servers []hub.Server
	err := d.store.View(ctx, func(tx data.Tx) (err error) {
		if users, err = find(tx); err != nil || len(users) == 0 {
			return err
		}
		ids := make([]int64, len(users))
		for i, u := range users {
			ids[i] = u.ID
		}
		servers, err = tx.ServersInBrief(ctx, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	of := byUser(servers)
	list := make([]*Person, len(users))
	for i, u := range users {
		list[i] = &Person{u, of[u.ID]}
	}
	return list, nil
}

// replace puts those of the ids that were just read in the place of what there was of all
// of them, with the activity that is shown.
func (d *people) replace(ids []int64, fresh []*Person, shown *people) {
	was := make(map[int64]*Person, len(ids))
	for _, id := range ids {
		was[id] = shown.by[id]
		d.drop(id)
	}
	for _, p := range fresh {
		d.put(p.notBefore(was[p.ID]))
	}
}

// touch moves the last activity of people and servers forward.
func (d *Directory) touch(users map[int64]time.Time, servers map[int64]time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.touchUsers(users)
	if len(servers) == 0 {
		return
	}
	for _, old := range d.active {
		if p, changed := old.touched(servers); changed {
			d.showTouched(p)
		}
	}
}

// showTouched shows a person who was active. mu is held.
func (d *Directory) showTouched(p *Person) {
	d.put(p)
	if d.reload != nil {
		d.reload.touched[p.ID] = struct{}{}
	}
}

// TouchPerson is touch for one person and servers of theirs, running or not.
func (d *Directory) TouchPerson(id int64, at time.Time, servers map[int64]time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.touchUsers(map[int64]time.Time{id: at})
	if old := d.by[id]; old != nil {
		if p, changed := old.touched(servers); changed {
			d.showTouched(p)
		}
	}
}

// touchUsers is touch for people alone. mu is held.
func (d *Directory) touchUsers(users map[int64]time.Time) {
	for id, at := range users {
		if old := d.by[id]; old != nil && at.After(old.LastActivity) {
			p := *old
			p.LastActivity = hub.Micro(at)
			d.showTouched(&p)
		}
	}
}

// notBefore makes of a person as just read one with the activity that was shown of
// them: some of it may lie in memory still, and it only moves forward.
func (p *Person) notBefore(shown *Person) *Person {
	if shown == nil {
		return p
	}
	p.LastActivity = latest(p.LastActivity, shown.LastActivity)
	if len(shown.Servers) == 0 {
		return p
	}
	at := make(map[int64]time.Time, len(shown.Servers))
	for _, s := range shown.Servers {
		at[s.ID] = s.LastActivity
	}
	for i, s := range p.Servers {
		p.Servers[i].LastActivity = latest(s.LastActivity, at[s.ID])
	}
	return p
}

// clone is a copy that may be changed.
func (p *Person) clone() *Person {
	q := *p
	q.Servers = slices.Clone(p.Servers)
	return &q
}

// touched is the person with what their servers were last active at.
func (p *Person) touched(servers map[int64]time.Time) (*Person, bool) {
	changed := false
	for i, s := range p.Servers {
		at := servers[s.ID]
		if !at.After(s.LastActivity) {
			continue
		}
		if !changed {
			fresh := *p
			fresh.Servers = slices.Clone(p.Servers)
			p, changed = &fresh, true
		}
		p.Servers[i].LastActivity = hub.Micro(at)
		if at.After(p.LastActivity) {
			p.LastActivity = hub.Micro(at)
		}
	}
	return p, changed
}

// ready makes sure that the directory was read, and knows who was there of late.
func (d *Directory) ready(ctx context.Context) error {
	if err := d.readOnce(ctx); err != nil {
		return err
	}
	if d.activity.news.Load() {
		d.mu.Lock()
		defer d.mu.Unlock() // who asks meanwhile waits for it
		d.touchUsers(d.activity.takeUntold())
	}
	return nil
}

func (d *Directory) readOnce(ctx context.Context) error {
	d.mu.RLock()
	loaded := d.loaded
	d.mu.RUnlock()
	if loaded {
		return nil
	}
	d.loading.Lock()
	defer d.loading.Unlock()
	if d.loaded { // only written while loading is held
		return nil
	}
	return d.loadAll(ctx)
}

// ByID finds a person; hub.NotFound when there is none.
func (d *Directory) ByID(ctx context.Context, id int64) (*Person, error) {
	if err := d.ready(ctx); err != nil {
		return nil, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.by[id]; p != nil {
		return p, nil
	}
	return nil, hub.Errorf(hub.NotFound, "Not Found")
}

// ByName finds a person by a normalised name; hub.NotFound when there is none.
func (d *Directory) ByName(ctx context.Context, name string) (*Person, error) {
	if err := d.ready(ctx); err != nil {
		return nil, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p, ok := d.names.Get(&Person{User: hub.User{Name: name}}); ok {
		return p, nil
	}
	return nil, hub.Errorf(hub.NotFound, "Not Found")
}

// ActiveAmong are those in one of the groups who have a server that runs or is about
// to, in no order.
func (d *Directory) ActiveAmong(ctx context.Context, groups []string) (people []*Person, err error) {
	if err := d.ready(ctx); err != nil {
		return nil, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, p := range d.active {
		if p.among(nil, groups) {
			people = append(people, p)
		}
	}
	return people, nil
}
