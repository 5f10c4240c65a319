package access

import (
	"sync/atomic"

	"github.com/atriumhub/atrium/internal/data"
)

// Policy decides what requesters may do to people, groups and servers, beyond what their
// scopes say: that nobody gains a right that they do not have, and that the hub keeps an
// administrator.
type Policy struct {
	store    data.Store
	rights   *Rights
	promises atomic.Pointer[Promises]
	groups   atomic.Pointer[DeclaredGroups]
	entries  Entries
}

// Entries are the ways to come in beside a password of the hub's own.
type Entries struct {
	ByName    bool     // whoever has the name of somebody is them
	Providers []string // that people may be bound to
}

// NewPolicy makes a Policy.
func NewPolicy(store data.Store, rights *Rights, entries Entries) *Policy {
	return &Policy{store: store, rights: rights, entries: entries}
}
