package extensions

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/servers"
)

// filterOf is what stands for the rows; nil where there is none. How many they are must be
// confirmed, but for a dry run, which tells.
func filterOf(o endpoint.JSONObject, dryRun bool) (*filter.Filter, error) {
	raw, given := o["filter"]
	if !given {
		if o["confirmed"] != nil {
			return nil, hub.Errorf(hub.Invalid, "confirmed goes with a filter")
		}
		return nil, nil
	}
	f, ok := endpoint.AsObject(raw)
	if !ok {
		return nil, hub.Errorf(hub.Invalid, "filter must be an object")
	}
	if err := f.CheckKeys(append(endpoint.FilterKeys(), "name", "state", "everybody")...); err != nil {
		return nil, err
	}
	p, err := endpoint.ObjectFilter(f)
	if err != nil {
		return nil, err
	}
	if p.Name, _, err = f.StringField("name"); err != nil {
		return nil, err
	}
	everybody, err := f.BoolField("everybody")
	if err != nil {
		return nil, err
	}
	p.Everybody = everybody != nil && *everybody
	state, _, err := f.StringField("state")
	if err != nil {
		return nil, err
	}
	p.State = hub.UserState(state)
	if !slices.Contains([]hub.UserState{hub.AnyUserState, hub.ActiveUsers, hub.ReadyUsers, hub.InactiveUsers}, p.State) {
		return nil, hub.Errorf(hub.Invalid, "state must be active, ready or inactive, not %s", endpoint.Quoted(state))
	}
	if dryRun && o["confirmed"] == nil {
		return &p, nil
	}
	if json.Unmarshal(o["confirmed"], &p.Confirmed) != nil || p.Confirmed < 0 {
		return nil, hub.Errorf(hub.Invalid, "confirmed must be the number of those whom the filter finds: a dry run tells")
	}
	return &p, nil
}

// readBulk reads an object with a list of rows. What is wrong with it is told only to
// those who may send such a request.
func readBulk(r *http.Request, who *access.Requester, oneOf []string, list string, more []string, read func(o endpoint.JSONObject, rows []json.RawMessage) error) error {
	raw, err := endpoint.ReadJSON(r)
	if err == nil {
		err = bulkBody(raw, list, more, read)
	}
	if err != nil {
		return endpoint.RefusalOr(access.MaySome(who, oneOf...), err)
	}
	return nil
}

// bulkBody reads the object. Where it has a filter, there is no list.
func bulkBody(raw json.RawMessage, list string, more []string, read func(o endpoint.JSONObject, rows []json.RawMessage) error) error {
	o, err := objectOf(raw, append([]string{list}, more...)...)
	if err != nil {
		return err
	}
	if o["filter"] != nil {
		if o[list] != nil {
			return hub.Errorf(hub.Invalid, "The body must say %s or a filter, one of both", list)
		}
		return read(o, nil)
	}
	var rows []json.RawMessage
	if o[list] == nil || o[list][0] != '[' || json.Unmarshal(o[list], &rows) != nil {
		return hub.Errorf(hub.Invalid, "%s must be a list", list)
	}
	if len(rows) > access.MaxBulk {
		return hub.Errorf(hub.TooLarge, "%d rows in one request; send at most %d", len(rows), access.MaxBulk)
	}
	return read(o, rows)
}

// dryRun reports whether the request is to be done or only foreseen.
func dryRun(o endpoint.JSONObject) (bool, error) {
	value, err := o.BoolField("dry_run")
	return value != nil && *value, err
}

// nameOf asks for the key that every row has.
func nameOf(o endpoint.JSONObject) (string, error) {
	name, given, err := o.StringField("username")
	if err == nil && !given {
		err = hub.Errorf(hub.Invalid, "it has no username")
	}
	return name, err
}

func userRow(o endpoint.JSONObject) (row people.UserRow, err error) {
	if err := o.CheckKeys("username", "admin", "password", "password_hash", "groups", "must_change_password", "quota"); err != nil {
		return row, err
	}
	if row, err = ownPassword(o); err != nil {
		return row, err
	}
	if row.Admin, err = o.BoolField("admin"); err != nil {
		return row, err
	}
	groups, err := o.StringsField("groups")
	if groups != nil {
		row.Groups = &groups
	}
	if err == nil && o["quota"] != nil && string(o["quota"]) != "null" {
		row.Quota = &quota.Given{}
		row.Quota.Amount, err = endpoint.WholeCredits(o, "quota")
	}
	return row, err
}

func passwordRow(o endpoint.JSONObject) (row people.UserRow, err error) {
	if err := o.CheckKeys("username", "password", "password_hash", "must_change_password"); err != nil {
		return row, err
	}
	return ownPassword(o)
}

func ownPassword(o endpoint.JSONObject) (row people.UserRow, err error) {
	if row.Username, err = nameOf(o); err != nil {
		return row, err
	}
	if row.Password, _, err = o.StringField("password"); err != nil {
		return row, err
	}
	if row.Hash, _, err = o.StringField("password_hash"); err != nil {
		return row, err
	}
	if row.Password != "" && row.Hash != "" {
		return row, hub.Errorf(hub.Invalid, "it has both a password and a password_hash")
	}
	row.MustChange, err = o.BoolField("must_change_password")
	return row, err
}

func serverRow(o endpoint.JSONObject, more ...string) (row servers.ServerRow, err error) {
	if err := o.CheckKeys(append([]string{"username", "server_name"}, more...)...); err != nil {
		return row, err
	}
	if row.Username, err = nameOf(o); err != nil {
		return row, err
	}
	if row.ServerName, _, err = o.StringField("server_name"); err != nil {
		return row, err
	}
	row.Options = o["options"]
	return row, o.CheckType("options", '{', "an object")
}
