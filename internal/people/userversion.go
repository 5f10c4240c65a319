package people

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Versions of people tell those who edit somebody at the same time of each other: who changes somebody may say which version
// they have seen, and is refused where it is another one by then.

// VersionOf changes with what PatchUser changes of somebody, and with nothing else. It is empty where the requester may not
// change them.
func VersionOf(r *access.Requester, u hub.User) string {
	if !r.AllowsUser("admin:users", u) {
		return ""
	}
	return u.Version()
}

// ChangedError refuses a change of somebody who is not as the requester has seen them.
type ChangedError struct {
	// Now is how they are, for the requester; nil where they are deleted.
	Now *access.UserView
	// Changes are the last ones of what PatchUser changes, newest first.
	Changes []hub.AuditEntry
}

func (e *ChangedError) Error() string {
	if e.Now == nil {
		return "They were deleted meanwhile"
	}
	return e.Now.Name + " was changed meanwhile"
}

// theSame refuses to change somebody who is not as seen: u and found are what looking for their name gave. Somebody who
// has another name by now is told like one whose groups changed.
func (pe *People) theSame(ctx context.Context, tx data.Tx, r *access.Requester, u hub.User, found error, name, seen string) error {
	id, known := hub.WhoseVersion(seen)
	if found == nil && r.NeedOn(u, "admin:users") != nil {
		seen = "" // whoever changes passwords alone has seen no version, and is told nothing of others' changes
	}
	switch {
	case seen == "" || found != nil && !hub.Is(found, hub.NotFound) || found != nil && !known:
		return found
	case found == nil && u.Version() == seen:
		return nil
	case found == nil && (!known || id == u.ID):
		return pe.changed(ctx, tx, r, u, name)
	}
	was, err := tx.UserByID(ctx, id)
	if hub.Is(err, hub.NotFound) {
		return pe.deleted(ctx, tx, r, id, name, found)
	}
	if err != nil {
		return err
	}
	if r.NeedOn(was, "admin:users") == nil {
		return pe.changed(ctx, tx, r, was, name)
	}
	if found != nil {
		return found
	}
	return pe.changed(ctx, tx, r, u, name)
}

// changed is the refusal with who changed them; they were called before as well, if they are renamed.
func (pe *People) changed(ctx context.Context, tx data.Tx, r *access.Requester, u hub.User, before string) error {
	theirs, err := tx.ServersOf(ctx, []int64{u.ID})
	if err != nil {
		return err
	}
	entries, err := changesOf(ctx, tx, u.ID, u.Name, before)
	if err != nil {
		return err
	}
	view := pe.View(r, pe.activity.OfUser(u), theirs)
	return &ChangedError{Now: &view, Changes: entries}
}

// deleted is the refusal with who deleted somebody, for those who might have changed them; else what looking for the name gave.
func (pe *People) deleted(ctx context.Context, tx data.Tx, r *access.Requester, id int64, name string, found error) error {
	entries, err := changesOf(ctx, tx, id, name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		was := hub.User{Name: e.TargetName, Groups: groupsRecorded(e.Before)}
		if e.Action == "user.delete" && r.NeedOn(was, "admin:users") == nil {
			return &ChangedError{Changes: []hub.AuditEntry{e}}
		}
	}
	if found == nil { // somebody else has the name now
		found = hub.Errorf(hub.NotFound, "Not Found")
	}
	return found
}

// groupsRecorded are the groups of somebody who was deleted, as the audit log has them.
func groupsRecorded(before json.RawMessage) []string {
	var was struct {
		Groups []string `json:"groups"`
	}
	_ = json.Unmarshal(before, &was) // what is not there is no group
	return was.Groups
}

// maxChanges is how many changes are told, and lookBack how many entries of a name are looked through for them.
const (
	maxChanges = 20
	lookBack   = 100
)

// changesOf are the last changes of somebody under the names.
func changesOf(ctx context.Context, tx data.Tx, id int64, names ...string) ([]hub.AuditEntry, error) {
	var out []hub.AuditEntry
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		entries, err := tx.ListAudit(ctx, hub.AuditQuery{TargetKind: "user", Target: name, Limit: lookBack})
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.TargetID == id && isEdit(e.Action) {
				out = append(out, e)
			}
		}
	}
	slices.SortFunc(out, func(a, b hub.AuditEntry) int { return cmp.Compare(b.ID, a.ID) })
	return out[:min(len(out), maxChanges)], nil
}

// isEdit tells of the actions that change what PatchUser changes.
func isEdit(action string) bool {
	switch action {
	case "user.change", "user.must_change", "user.reset_admin", "user.delete", "group.add_member", "group.remove_member":
		return true
	}
	return false
}
