package extensions

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/servers"
)

// bulkRoutes are Atrium's own: many people or servers in one request, one result a row.
func (a *API) bulkRoutes() []endpoint.Route {
	routes := []endpoint.Route{
		{Pattern: "/api/bulk/users", Operation: "post-bulk-users", Scopes: access.CreateScopes(), Handle: a.bulkUsers},
		{Pattern: "/api/bulk/users/delete", Operation: "post-bulk-users-delete", Scopes: []string{"delete:users"}, LongRunning: true, Handle: a.bulkDelete},
		{Pattern: "/api/bulk/users/change", Operation: "post-bulk-users-change", Scopes: access.PasswordScopes(), Handle: a.bulkChange},
		{Pattern: "/api/bulk/users/passwords", Operation: "post-bulk-users-passwords", Scopes: access.PasswordScopes(), Handle: a.bulkPasswords},
		{Pattern: "/api/bulk/users/quota", Operation: "post-bulk-users-quota", Scopes: quota.AdminScopes(), Handle: a.bulkQuota},
		{Pattern: "/api/bulk/groups/add", Operation: "post-bulk-groups-add", Scopes: []string{"groups"}, Handle: a.bulkMembers(false)},
		{Pattern: "/api/bulk/groups/remove", Operation: "post-bulk-groups-remove", Scopes: []string{"groups"}, Handle: a.bulkMembers(true)},
		{Pattern: "/api/bulk/servers/start", Operation: "post-bulk-servers-start", Scopes: []string{"start:servers"}, Handle: a.bulkStart},
		{Pattern: "/api/bulk/servers/stop", Operation: "post-bulk-servers-stop", Scopes: []string{"delete:servers"}, Handle: a.bulkStop},
		{Pattern: "/api/bulk/servers/forget", Operation: "post-bulk-servers-forget", Scopes: []string{"admin:servers"}, Handle: a.bulkForget},
	}
	for i := range routes {
		routes[i].Method, routes[i].Large = http.MethodPost, true
	}
	return append(routes,
		endpoint.Route{Method: http.MethodGet, Pattern: "/api/bulk/jobs", Operation: "get-bulk-jobs", Scopes: access.BulkScopes(), Handle: a.ownJobs},
		endpoint.Route{Method: http.MethodGet, Pattern: "/api/bulk/jobs/{id}", Operation: "get-bulk-job", Scopes: access.BulkScopes(), List: true, Handle: a.bulkJob},
		endpoint.Route{Method: http.MethodDelete, Pattern: "/api/bulk/jobs/{id}", Operation: "delete-bulk-job", Scopes: access.BulkScopes(), Handle: a.callOffJob},
	)
}

// respondAsync reports whether the client asks not to wait for the work (RFC 7240).
func respondAsync(r *http.Request) bool {
	for _, line := range r.Header.Values("Prefer") {
		for preference := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(preference, ";")
			if strings.EqualFold(strings.TrimSpace(name), "respond-async") {
				return true
			}
		}
	}
	return false
}

// bulkKey is the key of a request. One that does not wait gets one, so that its job is kept.
func bulkKey(r *http.Request) string {
	key := r.Header.Get(endpoint.KeyHeader)
	if key == "" && respondAsync(r) {
		key = rand.Text()
	}
	return key
}

// doBulk does the work and answers with what became of the rows, or, for one who does not wait,
// with the job that it is.
func (a *API) doBulk(w http.ResponseWriter, r *http.Request, who *access.Requester, work people.Bulk) error {
	if !respondAsync(r) {
		results, err := a.app.Bulk(r.Context(), who, work)
		return writeResults(w, r, results, err)
	}
	job, err := a.app.BulkLater(r.Context(), who, work)
	if err != nil {
		return err
	}
	w.Header().Set("Location", a.env.Hub+"api/bulk/jobs/"+strconv.FormatInt(job.ID, 10))
	w.Header().Set("Preference-Applied", "respond-async")
	endpoint.WriteJSON(w, http.StatusAccepted, modelOfJob(r, job))
	return nil
}

// bulkAnswer is the answer to each of them.
type bulkAnswer struct {
	Results []bulk.Result       `json:"results"`
	Counts  map[bulk.Status]int `json:"counts"`
}

// inLanguage are results whose reasons are in the language that r wants.
func inLanguage(r *http.Request, results []bulk.Result) []bulk.Result {
	wanted := language.Of(r)
	said := slices.Clone(results)
	for i := range said {
		sayResult(wanted, &said[i])
	}
	return said
}

func sayResult(wanted language.Tag, x *bulk.Result) {
	x.Message = wanted.Say(x.Message)
	if wanted == language.English || len(x.Warnings) == 0 {
		return
	}
	x.Warnings = slices.Clone(x.Warnings)
	for i, warning := range x.Warnings {
		x.Warnings[i] = wanted.Say(warning)
	}
}

func writeResults(w http.ResponseWriter, r *http.Request, results []bulk.Result, err error) error {
	if err != nil {
		return err
	}
	if results == nil {
		results = []bulk.Result{}
	}
	counts := bulk.Tally(results)
	endpoint.WriteJSON(w, http.StatusOK, bulkAnswer{inLanguage(r, results), counts})
	return nil
}

func (a *API) bulkUsers(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	req := people.Request{Key: bulkKey(r), MakeGroups: true}
	err := readBulk(r, who, access.CreateScopes(), "users", []string{"existing", "make_groups", "dry_run"}, func(o endpoint.JSONObject, rows []json.RawMessage) (err error) {
		if req.DryRun, err = dryRun(o); err != nil {
			return err
		}
		if req.Change, err = changeExisting(o); err != nil {
			return err
		}
		if known, err := o.BoolField("make_groups"); err != nil {
			return err
		} else if known != nil {
			req.MakeGroups = *known
		}
		req.Rows, err = endpoint.RowsOf("users", rows, userRow)
		return err
	})
	if err != nil {
		return err
	}
	return a.doBulk(w, r, who, req)
}

func changeExisting(o endpoint.JSONObject) (bool, error) {
	existing, given, err := o.StringField("existing")
	switch {
	case err != nil:
		return false, err
	case !given, existing == "keep":
		return false, nil
	case existing == "change":
		return true, nil
	}
	return false, hub.Errorf(hub.Invalid, "existing must be keep or change, not %s", endpoint.Quoted(existing))
}

func (a *API) bulkPasswords(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	req := people.PasswordsRequest{Key: bulkKey(r), MustChange: true}
	err := readBulk(r, who, access.PasswordScopes(), "users", []string{"must_change_password", "dry_run"}, func(o endpoint.JSONObject, rows []json.RawMessage) (err error) {
		if req.DryRun, err = dryRun(o); err != nil {
			return err
		}
		must, err := o.BoolField("must_change_password")
		if err != nil {
			return err
		}
		if must != nil {
			req.MustChange = *must
		}
		req.Rows, err = endpoint.RowsOf("users", rows, passwordRow)
		return err
	})
	if err != nil {
		return err
	}
	return a.doBulk(w, r, who, req)
}

// bulkDelete waits for servers that stop, like the deletion of one person.
func (a *API) bulkDelete(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	req := people.DeleteRequest{Key: bulkKey(r)}
	var err error
	req.DryRun, req.Usernames, req.Filter, err = whomOf(r, who, []string{"delete:users"}, nil)
	if err != nil {
		return err
	}
	return a.doBulk(w, r, who, req)
}

// whomOf reads a request about people, by their names or by a filter; more reads the further
// keys, which have the names given.
func whomOf(r *http.Request, who *access.Requester, oneOf []string, more func(o endpoint.JSONObject) error, keys ...string) (dry bool, names []string, f *filter.Filter, err error) {
	keys = append([]string{"dry_run", "filter", "confirmed"}, keys...)
	err = readBulk(r, who, oneOf, "usernames", keys, func(o endpoint.JSONObject, _ []json.RawMessage) (err error) {
		if dry, err = dryRun(o); err != nil {
			return err
		}
		if f, err = filterOf(o, dry); err != nil {
			return err
		}
		if names, err = o.StringsField("usernames"); err != nil || more == nil {
			return err
		}
		return more(o)
	})
	return dry, names, f, err
}

func (a *API) bulkChange(w http.ResponseWriter, r *http.Request, who *access.Requester) (err error) {
	req := people.ChangeRequest{Key: bulkKey(r)}
	req.DryRun, req.Usernames, req.Filter, err = whomOf(r, who, access.PasswordScopes(), func(o endpoint.JSONObject) (err error) {
		if req.Change.Suspended, err = o.BoolField("suspended"); err != nil {
			return err
		}
		req.Change.MustChange, err = o.BoolField("must_change_password")
		return err
	}, "suspended", "must_change_password")
	if err != nil {
		return err
	}
	return a.doBulk(w, r, who, req)
}

// bulkQuota changes what many people have, alike.
func (a *API) bulkQuota(w http.ResponseWriter, r *http.Request, who *access.Requester) (err error) {
	req := people.QuotasRequest{Key: bulkKey(r)}
	req.DryRun, req.Usernames, req.Filter, err = whomOf(r, who, quota.AdminScopes(), func(o endpoint.JSONObject) error {
		action, given, err := o.StringField("action")
		if err != nil {
			return err
		}
		if req.Change.Action = quota.Set; given {
			req.Change.Action = quota.Action(action)
		}
		if req.Change.Note, _, err = o.StringField("description"); err != nil {
			return err
		}
		if req.Change.Action == quota.Unlimited {
			req.Change.Unlimited = true
			return nil
		}
		req.Change.Limited = req.Change.Action == quota.Set
		req.Change.Amount, err = endpoint.WholeCredits(o, "amount")
		return err
	}, "action", "amount", "description")
	if err != nil {
		return err
	}
	return a.doBulk(w, r, who, req)
}

// bulkMembers puts people into a group, or takes them out.
func (a *API) bulkMembers(remove bool) endpoint.Handler {
	return func(w http.ResponseWriter, r *http.Request, who *access.Requester) (err error) {
		req := people.MembersRequest{Key: bulkKey(r), Remove: remove}
		req.DryRun, req.Usernames, req.Filter, err = whomOf(r, who, []string{"groups"}, func(o endpoint.JSONObject) (err error) {
			given := false
			if req.Group, given, err = o.StringField("group"); err == nil && !given {
				err = hub.Errorf(hub.Invalid, "The body must name the group")
			}
			return err
		}, "group")
		if err != nil {
			return err
		}
		return a.doBulk(w, r, who, req)
	}
}

func (a *API) bulkStart(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	req, err := a.serversRequest(r, who, "start:servers", "options")
	if err != nil {
		return err
	}
	return a.doBulk(w, r, who, people.StartServers(req))
}

func (a *API) bulkStop(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	req, err := a.serversRequest(r, who, "delete:servers")
	if err != nil {
		return err
	}
	return a.doBulk(w, r, who, people.StopServers(req))
}

func (a *API) serversRequest(r *http.Request, who *access.Requester, scope string, more ...string) (people.ServersRequest, error) {
	req := people.ServersRequest{Key: bulkKey(r)}
	err := readBulk(r, who, []string{scope}, "servers", []string{"dry_run", "filter", "confirmed"}, func(o endpoint.JSONObject, rows []json.RawMessage) (err error) {
		if req.DryRun, err = dryRun(o); err != nil {
			return err
		}
		if req.Filter, err = filterOf(o, req.DryRun); err != nil {
			return err
		}
		req.Rows, err = endpoint.RowsOf("servers", rows, func(o endpoint.JSONObject) (servers.ServerRow, error) { return serverRow(o, more...) })
		return err
	})
	return req, err
}
