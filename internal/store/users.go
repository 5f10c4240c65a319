package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const selectUser = `SELECT u.id, u.name, u.admin, u.suspended, u.created, u.last_activity,
	u.claim_closed, p.user_id IS NOT NULL, COALESCE(p.must_change, FALSE) FROM users u LEFT JOIN passwords p ON p.user_id = u.id `

func scanUser(s engine.Scanner) (u hub.User, err error) {
	u.Groups = []string{}
	err = s.Scan(&u.ID, &u.Name, &u.Admin, &u.Suspended, engine.At(&u.Created), engine.At(&u.LastActivity), &u.ClaimClosed, &u.HasPassword, &u.MustChange)
	return u, err
}

// UserByID finds a person.
func (t *tx) UserByID(ctx context.Context, id int64) (hub.User, error) {
	return t.user(ctx, "WHERE u.id = $1", id)
}

// UserByName finds a person by a normalised name.
func (t *tx) UserByName(ctx context.Context, name string) (hub.User, error) {
	return t.user(ctx, "WHERE u.name = $1", name)
}

func (t *tx) user(ctx context.Context, where string, arg any) (hub.User, error) {
	u, err := engine.One(ctx, t.Tx, "read user", scanUser, selectUser+where, arg)
	if err != nil {
		return hub.User{}, err
	}
	us := []hub.User{u}
	err = t.fillBelongings(ctx, us)
	return us[0], err
}

// UsersByID gives those of the ids that exist.
func (t *tx) UsersByID(ctx context.Context, ids []int64) ([]hub.User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	query, arg := selectUser+"WHERE u.id IN "+t.Dialect.IDs(), any(engine.Numbers(ids))
	if len(ids) == 1 { // cheaper than a list of one
		query, arg = selectUser+"WHERE u.id = $1", ids[0]
	}
	us, err := engine.Many(ctx, t.Tx, "read users", scanUser, query, arg)
	if err != nil {
		return nil, err
	}
	return us, t.fillBelongings(ctx, us)
}

// UsersByName gives those of the names that exist.
func (t *tx) UsersByName(ctx context.Context, names []string) ([]hub.User, error) {
	us, err := engine.Many(ctx, t.Tx, "read users", scanUser, selectUser+"WHERE u.name IN "+t.Dialect.Names("$1"), engine.Texts(names))
	if err != nil {
		return nil, err
	}
	return us, t.fillBelongings(ctx, us)
}

// UsersAfter gives the people with the next ids above the one given, in their order.
func (t *tx) UsersAfter(ctx context.Context, id int64, count int) ([]hub.User, error) {
	us, err := engine.Many(ctx, t.Tx, "read the next users", scanUser, selectUser+"WHERE u.id > $1 ORDER BY u.id LIMIT $2", id, engine.Limit(count))
	if err != nil {
		return nil, err
	}
	return us, t.fillBelongings(ctx, us)
}

// membership is a person and a group of theirs.
type membership struct {
	id   int64
	name string
}

func scanMembership(s engine.Scanner) (m membership, err error) {
	err = s.Scan(&m.id, &m.name)
	return m, err
}

// ListUsers gives one part of the list, and how many people the whole has.
func (t *tx) ListUsers(ctx context.Context, q hub.UserQuery) ([]hub.User, int, error) {
	if len(q.NameFilter) > hub.MaxUserName {
		return []hub.User{}, 0, nil // longer than any name, and perhaps than LIKE takes
	}
	where, args := t.userConditions(q)
	total, err := engine.One(ctx, t.Tx, "count users", engine.Value[int], "SELECT count(*) FROM users u "+where, slices.Clone(args)...)
	if err != nil {
		return nil, 0, err
	}
	n := len(args)
	query := selectUser + where + " ORDER BY " + userOrder(q) +
		" LIMIT $" + strconv.Itoa(n+1) + " OFFSET $" + strconv.Itoa(n+2)
	us, err := engine.Many(ctx, t.Tx, "list users", scanUser, query, append(args, engine.Limit(q.Limit), max(q.Offset, 0))...)
	if err != nil {
		return nil, 0, err
	}
	return us, total, t.fillBelongings(ctx, us)
}

// userConditions is the WHERE of a query, with its arguments.
func (t *tx) userConditions(q hub.UserQuery) (string, []any) {
	var conditions []string
	var args []any
	param := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	const active = " (SELECT s.user_id FROM servers s WHERE " + live + " AND s.phase NOT IN ('stopped', 'failed'))"
	switch q.State {
	case hub.ActiveUsers:
		conditions = append(conditions, "u.id IN"+active)
	case hub.ReadyUsers:
		conditions = append(conditions, "u.id IN (SELECT s.user_id FROM servers s WHERE "+live+" AND s.phase = 'ready')")
	case hub.InactiveUsers:
		conditions = append(conditions, "u.id NOT IN"+active)
	case hub.AnyUserState:
	}
	if q.NameFilter != "" {
		conditions = append(conditions, "u.name LIKE "+param(likePattern(q.NameFilter))+` ESCAPE '\'`)
	}
	if q.Restricted {
		users := t.Dialect.Names(param(engine.Texts(q.OnlyUsers)))
		groups := t.Dialect.Names(param(engine.Texts(q.OnlyGroups)))
		conditions = append(conditions, "(u.name IN "+users+` OR u.id IN (SELECT m.user_id
			FROM memberships m JOIN groups g ON g.id = m.group_id WHERE g.name IN `+groups+"))")
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return "WHERE " + strings.Join(conditions, " AND "), args
}

// likePattern finds a text anywhere in a name. Names are in lower case.
func likePattern(filter string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(filter)) + "%"
}

// userOrder is the ORDER BY of a query. Equals are in the order of making.
func userOrder(q hub.UserQuery) string {
	direction := ""
	if q.Descending {
		direction = " DESC"
	}
	switch q.Sort {
	case hub.SortByName:
		return "u.name" + direction
	case hub.SortByLastActivity:
		return "u.last_activity" + direction + ", u.id"
	case hub.SortByID:
	}
	return "u.id" + direction
}

// CreateUsers makes people with the names, all or none.
func (t *tx) CreateUsers(ctx context.Context, names []string, admin bool) ([]hub.User, error) {
	if len(names) == 0 {
		return []hub.User{}, nil
	}
	made, err := engine.Many(ctx, t.Tx, "create users", scanMembership, `INSERT INTO users (name, admin, created)
		SELECT item, CAST($2 AS BOOLEAN), CAST($3 AS BIGINT) FROM `+t.Dialect.Items+` AS names ORDER BY place
		RETURNING id, name`, engine.Texts(names), admin, engine.Micros(t.Now()))
	if err != nil {
		return nil, err
	}
	ids := make(map[string]int64, len(made))
	for _, m := range made {
		ids[m.name] = m.id
		t.noteUser(m.id)
	}
	us := make([]hub.User, len(names))
	for i, name := range names {
		name = engine.CleanText(name)
		us[i] = hub.User{ID: ids[name], Name: name, Admin: admin, Created: t.Now(), Groups: []string{}}
	}
	return us, nil
}

// UpdateUser writes Name, Admin, Suspended and ClaimClosed.
func (t *tx) UpdateUser(ctx context.Context, u hub.User) error {
	// With another name, what is shared with others is on servers of other names.
	if err := t.noteRecipients(ctx, "s.user_id = $1 AND EXISTS (SELECT 1 FROM users o WHERE o.id = $1 AND o.name <> $2)", u.ID, u.Name); err != nil {
		return err
	}
	return t.execNoted(ctx, "update user", userChange(u.ID), "UPDATE users SET name = $2, admin = $3, suspended = $4, claim_closed = $5 WHERE id = $1",
		u.ID, u.Name, u.Admin, u.Suspended, u.ClaimClosed)
}

// OtherAdmin tells whether anybody but these is an administrator who can get in.
func (t *tx) OtherAdmin(ctx context.Context, but []int64, anyway bool, providers []string) (bool, error) {
	return engine.One(ctx, t.Tx, "look for another administrator", engine.Value[bool], `SELECT EXISTS (SELECT 1 FROM users u
		WHERE u.admin AND NOT u.suspended AND u.id NOT IN `+t.Dialect.IDs()+` AND (CAST($2 AS BOOLEAN)
			OR EXISTS (SELECT 1 FROM passwords p WHERE p.user_id = u.id)
			OR EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id AND i.provider IN `+t.Dialect.Names("$4")+`)
			OR EXISTS (SELECT 1 FROM tokens k WHERE k.user_id = u.id AND k.server_id IS NULL AND k.session_id IS NULL
				AND (k.expires = 0 OR k.expires > $3) AND k.scopes LIKE '%"inherit"%')))`, engine.Numbers(but), anyway, engine.Micros(t.Now()), engine.Texts(providers))
}

// CloseClaims sets ClaimClosed of those without a password who have a home in the place.
func (t *tx) CloseClaims(ctx context.Context, place string) ([]int64, error) {
	ids, err := engine.Many(ctx, t.Tx, "close claims", engine.Value[int64], `UPDATE users SET claim_closed = TRUE
		WHERE NOT claim_closed AND id NOT IN (SELECT user_id FROM passwords) AND id IN (SELECT user_id FROM homes
			WHERE user_id IS NOT NULL AND (place = $1 OR CAST($1 AS TEXT) = '')) RETURNING id`, place)
	t.noteUsers(ids)
	return ids, err
}

// SuspendUsers sets Suspended.
func (t *tx) SuspendUsers(ctx context.Context, ids []int64) error {
	_, err := t.Exec(ctx, "suspend users", "UPDATE users SET suspended = TRUE WHERE id IN "+t.Dialect.IDs(), engine.Numbers(ids))
	t.noteUsers(ids)
	return err
}

// SetMustChange says whether the people's passwords have to be changed.
func (t *tx) SetMustChange(ctx context.Context, ids []int64, must bool) error {
	_, err := t.Exec(ctx, "set whether passwords must be changed", "UPDATE passwords SET must_change = $2 WHERE user_id IN "+t.Dialect.IDs(),
		engine.Numbers(ids), must)
	t.noteUsers(ids)
	return err
}

// EndAttempts moves ChangedAt of the people's passwords on.
func (t *tx) EndAttempts(ctx context.Context, ids []int64) error {
	_, err := t.Exec(ctx, "refuse logins under way", `UPDATE passwords
		SET changed_at = CASE WHEN changed_at < CAST($2 AS BIGINT) THEN CAST($2 AS BIGINT) ELSE changed_at + 1 END
		WHERE user_id IN `+t.Dialect.IDs(), engine.Numbers(ids), engine.Micros(t.Now()))
	t.noteUsers(ids)
	return err
}

// DeleteUsers removes people and all that hangs on them; records stay.
func (t *tx) DeleteUsers(ctx context.Context, ids []int64) error {
	if err := t.noteUsersGone(ctx, ids); err != nil {
		return err
	}
	_, err := t.Exec(ctx, "delete users", "DELETE FROM users WHERE id IN "+t.Dialect.IDs(), engine.Numbers(ids))
	return err
}

// touchUsers moves LastActivity forward, never back.
func (t *tx) touchUsers(ctx context.Context, seen map[int64]time.Time) error {
	if len(seen) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, "touch users", "UPDATE users SET last_activity = seen.v FROM "+t.Dialect.Pairs()+
		" AS seen WHERE users.id = seen.k AND users.last_activity < seen.v", engine.Times(seen))
	return err
}

// Password is hub.NotFound for somebody without one.
func (t *tx) Password(ctx context.Context, userID int64) (hub.Password, error) {
	return engine.One(ctx, t.Tx, "read password", func(s engine.Scanner) (p hub.Password, err error) {
		err = s.Scan(&p.Hash, &p.MustChange, engine.At(&p.ChangedAt))
		return p, err
	}, "SELECT hash, must_change, changed_at FROM passwords WHERE user_id = $1", userID)
}

// SetPassword gives a person a password; hub.NotFound where there is no person.
func (t *tx) SetPassword(ctx context.Context, userID int64, p hub.Password) error {
	return t.SetPasswords(ctx, map[int64]hub.Password{userID: p})
}

// SetPasswords gives people passwords; hub.NotFound where one of them is gone.
func (t *tx) SetPasswords(ctx context.Context, by map[int64]hub.Password) error {
	if len(by) == 0 {
		return nil
	}
	list := make([][]any, 0, len(by))
	for id, p := range by {
		list = append(list, []any{id, p.Hash, p.MustChange, engine.Micros(p.ChangedAt)})
		t.noteUser(id)
	}
	_, err := t.Exec(ctx, "set passwords", `INSERT INTO passwords (user_id, hash, must_change, changed_at)
		SELECT * FROM `+t.Dialect.Records("user_id BIGINT", "hash TEXT", "must_change BOOLEAN", "changed_at BIGINT")+` AS given
		WHERE TRUE ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, must_change = excluded.must_change,
			changed_at = excluded.changed_at`, engine.Tuples(list))
	return err
}
