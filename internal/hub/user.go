package hub

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
)

// User is a person. Everything of theirs hangs on the ID; the name may change.
type User struct {
	ID           int64
	Name         string
	Admin        bool
	Suspended    bool
	Created      time.Time
	LastActivity time.Time   // zero when never seen
	Groups       []string    // sorted
	Roles        []string    // given to the person, beside "user" and "admin"; sorted
	GroupRoles   []GroupRole // given to the person's groups; sorted
	Given        []Given     // roles that were made while the hub runs; sorted
	Shared       []string    // scopes on others' servers that were shared with the person or a group of theirs; sorted
	HasPassword  bool        // that the hub keeps; written with it
	MustChange   bool        // that password, at the next login; likewise
	ClaimClosed  bool        // they may not set their first password by logging in, whatever else holds
}

// GroupRole is a role that members of a group have.
type GroupRole struct{ Group, Role string }

// Compare orders by group, then by role.
func (g GroupRole) Compare(h GroupRole) int {
	return cmp.Or(strings.Compare(g.Group, h.Group), strings.Compare(g.Role, h.Role))
}

// Version changes with the person's name, groups and flags, and with nothing else: by it those who edit them at the same time
// learn of each other.
func (u User) Version() string {
	sum := fnv.New64a()
	_, _ = fmt.Fprintf(sum, "%q %t %t %t %q", u.Name, u.Admin, u.Suspended, u.MustChange, u.Groups) // a hash takes everything
	return strconv.FormatInt(u.ID, 36) + "-" + strconv.FormatUint(sum.Sum64(), 36)
}

// WhoseVersion is the id of the person of whom it is one.
func WhoseVersion(version string) (id int64, ok bool) {
	text, _, ok := strings.Cut(version, "-")
	id, err := strconv.ParseInt(text, 36, 64)
	return id, ok && err == nil
}

// Password is what is kept of a person's password.
type Password struct {
	Hash       string // PHC format, or bcrypt's
	MustChange bool
	ChangedAt  time.Time // when it was set, or all that was got with it revoked
}

// UserState selects people by what their servers do; JupyterHub's `state` query.
type UserState string

// The states of GET /users?state=.
const (
	AnyUserState  UserState = ""
	ActiveUsers   UserState = "active"   // some server ready or pending
	ReadyUsers    UserState = "ready"    // some server ready
	InactiveUsers UserState = "inactive" // no server ready or pending
)

// UserSort is a column that lists of people are sorted by.
type UserSort string

// The columns of GET /users?sort=. JupyterHub has the first three.
const (
	SortByID           UserSort = "id"
	SortByName         UserSort = "name"
	SortByLastActivity UserSort = "last_activity"
	SortByAdmin        UserSort = "admin"  // administrators, then the others; each by name, as in the next two
	SortByServer       UserSort = "server" // who runs, starts or stops, has failed, rests
	SortByGroups       UserSort = "groups" // by the names of their groups; who is in none comes last
	SortByQuota        UserSort = "quota"  // the least first, who is unlimited last
)

// UserQuery says which people a list holds and which part of it is wanted.
type UserQuery struct {
	State      UserState
	NameFilter string // case-insensitive substring
	Sort       UserSort
	Descending bool
	Offset     int
	Limit      int // 0: all

	Quotas  bool            // with what people have
	Amounts map[int64]int64 // what they have, by their ids, for SortByQuota

	// Restricted narrows the list to the people named and the members of the
	// groups named; it is how a filtered scope sees a list.
	Restricted bool
	OnlyUsers  []string
	OnlyGroups []string
}
