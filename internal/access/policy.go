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
	vouched  bool // others than passwords say who people are
}

// NewPolicy makes a Policy. vouched says that people get in without a password of their own.
func NewPolicy(store data.Store, rights *Rights, vouched bool) *Policy {
	return &Policy{store: store, rights: rights, vouched: vouched}
}
