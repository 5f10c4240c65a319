package hub

import (
	"crypto/rand"
	"strings"
	"time"
)

// Home is a folder with somebody's files. It has an id and a uid of its own, which it
// keeps whoever's it is; a person points at one home at most. It stays when its person
// is deleted, and is then nobody's.
type Home struct {
	ID       string
	Place    string // the id of the folder of homes that it lies in
	Folder   string // its name there; empty until it was made
	UID      int64  // of its files; 0 until it was made
	UserID   int64  // whose it is; 0: nobody's
	UserName string // whose it is, or was last
	State    HomeState
	Archive  string    // the file it was packed into; empty: none
	Attached bool      // an administrator gave it to its person
	Problem  string    // why the last try to pack or unpack it failed, for a person; empty: it did not
	Created  time.Time // when the hub first knew of it
	Changed  time.Time // the last change of whose it is, what they are called, or State
	Noted    time.Time // the Changed that the place itself has noted; earlier where it has not yet
}

// Claim is the word of the database on whose the home is. u is its person.
func (h Home) Claim(u User) HomeClaim {
	return HomeClaim{HomeID: h.ID, Owner: HomeOwner{ID: u.ID, Created: u.Created, Name: u.Name}, Changed: h.Changed, Folder: h.Folder}
}

// HomeState is where the files of a home are.
type HomeState string

// The states.
const (
	HomeThere     HomeState = "there"     // in its folder, or about to be made
	HomeArchiving HomeState = "archiving" // being packed into an archive
	HomeArchived  HomeState = "archived"  // in the archive alone
	HomeUnpacking HomeState = "unpacking" // on the way back
)

// HomeOwner is a person as a home's own record knows them: enough to tell them from
// anybody who gets their number or their name later.
type HomeOwner struct {
	ID      int64     `json:"id"`      // the person's
	Created time.Time `json:"created"` // when the person was made
	Name    string    `json:"name"`
}

// Same tells whether both are one person, whatever they are called by now.
func (o HomeOwner) Same(other HomeOwner) bool {
	return o.ID == other.ID && o.Created.Equal(other.Created)
}

// HomeClaim says which home a person's servers have, and since when. Changed tells
// which is the later word where a home's own record says otherwise.
type HomeClaim struct {
	HomeID  string
	Owner   HomeOwner
	Changed time.Time
	Folder  string // its name in the place, where it was made already; empty where not
}

// HomeRecord is what a home's own record says, beside its files: see internal/homedir.
type HomeRecord struct {
	HomeID  string    `json:"id"`
	Folder  string    `json:"folder"`
	UID     uint32    `json:"uid"`
	Shared  bool      `json:"shared,omitempty"` // the uid is the hub's own, or that of several homes
	HubID   string    `json:"hub_id"`           // of the hub whose person the owner is; empty where that is not known
	Owner   HomeOwner `json:"owner"`
	Changed time.Time `json:"changed"`           // see HomeClaim
	Archive string    `json:"archive,omitempty"` // the file that holds it; empty: the folder does
	Awaited bool      `json:"awaited,omitempty"` // its files are still to come, from a backup of theirs
	Created time.Time `json:"created"`
}

// HomeQuery says which homes a list holds, in the order of their ids.
type HomeQuery struct {
	Name    string // of the person whose it is, or was last; empty: any
	Unowned bool   // only those that are nobody's
	Offered bool   // only those that are nobody's and whose last person has a namesake now
	Place   string // only those that lie there
	After   string // ids above this one
	Limit   int    // 0: all
}

// Node is a machine, or rather a data directory on one, that runs servers.
type Node struct {
	ID       string
	Host     string // what the machine calls itself
	Place    string // id of the folder with homes that it serves; empty for none
	Folder   string // where that lies on the machine
	LastSeen time.Time
	Servers  int // how many are on record as running there
}

// NewHomeID makes the id of a home: 50 random bits in lower-case letters and digits.
func NewHomeID() string { return strings.ToLower(rand.Text()[:10]) }
