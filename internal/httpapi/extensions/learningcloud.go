package extensions

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/quota"
)

// The AUP Learning Cloud added these endpoints to JupyterHub, outside of its API;
// scripts and pages written for them find them here. Who may use them is decided by
// scopes, not by being an administrator. Their failures carry "error" beside our
// "message". Those for a person's own password are among the pages, in site.

// maxCloudRows is how many people a request to them may name.
const maxCloudRows = 1000

const cloudCheckPath = "/auth/check-force-password-change"

func (a *API) learningCloudRoutes() []endpoint.Route {
	const prefix = "/admin/api/"
	routes := []endpoint.Route{
		{Method: http.MethodPost, Pattern: prefix + "set-password", Operation: "post-set-password", Handle: a.cloudSetPassword},
		{Method: http.MethodPost, Pattern: prefix + "batch-set-password", Operation: "post-batch-set-password", Large: true, Handle: a.cloudSetPasswords},
		{Method: http.MethodPost, Pattern: prefix + "provision-users", Operation: "post-provision-users", Large: true, Handle: a.cloudProvision},
		// The pages fetch these two with the cookies alone; they change nothing.
		{Method: http.MethodGet, Pattern: prefix + "generate-password", Operation: "get-generate-password", OwnXSRF: true, Handle: a.cloudGenerate},
		{Method: http.MethodGet, Pattern: cloudCheckPath, Operation: "get-check-force-password-change", OwnXSRF: true, BeforePasswordChange: true, Handle: a.cloudMustChange},
	}
	for i := range routes {
		if routes[i].Pattern != cloudCheckPath {
			routes[i].Scopes = access.PasswordScopes()
		}
		if routes[i].Operation == "post-provision-users" {
			routes[i].Scopes = access.CreateScopes()
		}
	}
	routes = append(routes, a.cloudGroupRoutes()...)
	for i := range routes {
		routes[i].Cloud = true
	}
	return routes
}

// cloudMustChange says whether the requester must change their password before
// anything else.
func (a *API) cloudMustChange(w http.ResponseWriter, _ *http.Request, who *access.Requester) error {
	if !who.Known() {
		return hub.Errorf(hub.Forbidden, "Missing or invalid credentials.")
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"needs_password_change": who.MustChange || who.User.MustChange})
	return nil
}

func (a *API) cloudGenerate(w http.ResponseWriter, _ *http.Request, who *access.Requester) error {
	if err := access.MaySome(who, access.PasswordScopes()...); err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"password": a.app.NewPassword()})
	return nil
}

func (a *API) cloudSetPassword(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	row, force, err := readCloudPassword(r)
	if err != nil {
		return endpoint.RefusalOr(access.MaySome(who, access.PasswordScopes()...), err)
	}
	if err := a.app.SetPassword(r.Context(), who, row.Username, row.Password, force); err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"message": "Password set for " + row.Username})
	return nil
}

func readCloudPassword(r *http.Request) (row people.UserRow, force bool, err error) {
	o, force, err := readCloud(r)
	if err != nil {
		return row, force, err
	}
	row, err = cloudRow(o, true)
	return row, force, err
}

// readCloud reads an object, and whether what it gives is to be changed at the first
// login: yes, where it does not say.
func readCloud(r *http.Request) (o endpoint.JSONObject, force bool, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return nil, false, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return nil, false, hub.Errorf(hub.Invalid, "The body must be a JSON object")
	}
	given, err := o.BoolField("force_change")
	return o, given == nil || *given, err
}

// cloudRow is a person with a password, which may be absent where it is not needed.
func cloudRow(o endpoint.JSONObject, needed bool) (row people.UserRow, err error) {
	if row.Username, _, err = o.StringField("username"); err != nil {
		return row, err
	}
	if string(o["password"]) != "null" {
		if row.Password, _, err = o.StringField("password"); err != nil {
			return row, err
		}
	}
	if row.Username = strings.TrimSpace(row.Username); row.Username == "" || needed && row.Password == "" {
		return row, hub.Errorf(hub.Invalid, "username and password are needed")
	}
	if strings.HasPrefix(strings.ToLower(row.Username), "github:") {
		return row, hub.Errorf(hub.Invalid, "%s logs in with GitHub and has no password here", row.Username)
	}
	return row, nil
}

// cloudRows reads the list of people; one that is malformed fails the request.
func cloudRows(o endpoint.JSONObject, needed bool) ([]people.UserRow, error) {
	var list []json.RawMessage
	if o["users"] == nil || o["users"][0] != '[' || json.Unmarshal(o["users"], &list) != nil || len(list) == 0 {
		return nil, hub.Errorf(hub.Invalid, "users must be a list of people, and not empty")
	}
	if len(list) > maxCloudRows {
		return nil, hub.Errorf(hub.Invalid, "%d users in one request; send at most %d", len(list), maxCloudRows)
	}
	return endpoint.RowsOf("users", list, func(o endpoint.JSONObject) (people.UserRow, error) { return cloudRow(o, needed) })
}

// cloudResult is what became of one person.
type cloudResult struct {
	Username string `json:"username"`
	Status   string `json:"status"` // success, existed or failed
	Error    string `json:"error,omitempty"`
}

func (a *API) cloudSetPasswords(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	o, force, err := readCloud(r)
	var rows []people.UserRow
	if err == nil {
		rows, err = cloudRows(o, true)
	}
	if err != nil {
		return endpoint.RefusalOr(access.MaySome(who, access.PasswordScopes()...), err)
	}
	results, err := a.app.BulkPasswords(r.Context(), who, people.PasswordsRequest{MustChange: force, Rows: rows})
	if err != nil {
		return err
	}
	answer := struct {
		Success int           `json:"success"`
		Failed  int           `json:"failed"`
		Results []cloudResult `json:"results"`
	}{Results: make([]cloudResult, len(results))}
	for i, x := range results {
		answer.Results[i] = cloudOutcome(x)
		if answer.Results[i].Status == "success" {
			answer.Success++
		} else {
			answer.Failed++
		}
	}
	endpoint.WriteJSON(w, http.StatusOK, answer)
	return nil
}

func cloudOutcome(x bulk.Result) cloudResult {
	out := cloudResult{Username: x.Username, Status: "success"}
	switch x.Status {
	case bulk.Exists:
		out.Status = "existed"
	case bulk.NotFound:
		out.Status, out.Error = "failed", "There is no user "+x.Username
	case bulk.Failed:
		out.Status, out.Error = "failed", x.Message
	}
	return out
}

// cloudProvision makes people with passwords; those who exist are left alone.
func (a *API) cloudProvision(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	rows, err := readProvision(r)
	if err != nil {
		return endpoint.RefusalOr(access.MaySome(who, access.CreateScopes()...), err)
	}
	results, err := a.app.BulkUsers(r.Context(), who, people.Request{Rows: rows})
	if err != nil {
		return err
	}
	type provisioned struct {
		cloudResult
		Created     bool     `json:"created"`
		PasswordSet bool     `json:"password_set"`
		QuotaSet    bool     `json:"quota_set"`
		Warnings    []string `json:"warnings,omitempty"`
	}
	out := make([]provisioned, len(results))
	for i, x := range results {
		made := x.Status == bulk.Created
		out[i] = provisioned{
			cloudResult: cloudOutcome(x), Created: made, PasswordSet: made && rows[i].Password != "",
			QuotaSet: made && rows[i].Quota != nil && len(x.Warnings) == 0, Warnings: x.Warnings,
		}
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"results": out})
	return nil
}

func readProvision(r *http.Request) ([]people.UserRow, error) {
	o, force, err := readCloud(r)
	if err != nil {
		return nil, err
	}
	admin, err := o.BoolField("admin")
	if err != nil {
		return nil, err
	}
	given, err := cloudGiven(o)
	if err != nil {
		return nil, err
	}
	rows, err := cloudRows(o, false)
	for i := range rows {
		rows[i].Admin, rows[i].Quota = admin, given
		if rows[i].Password != "" {
			rows[i].MustChange = &force
		}
	}
	return rows, err
}

// cloudGiven reads the quota that all who are made get, if any.
func cloudGiven(o endpoint.JSONObject) (*quota.Given, error) {
	if endpoint.IsFalsy(o["quota"]) {
		return nil, nil //nolint:nilnil // none
	}
	of, ok := endpoint.AsObject(o["quota"])
	if !ok {
		return nil, hub.Errorf(hub.Invalid, "quota must be an object")
	}
	unlimited, err := of.BoolField("unlimited")
	if err != nil || unlimited != nil && *unlimited {
		return &quota.Given{Unlimited: true}, err
	}
	if endpoint.IsFalsy(of["amount"]) && string(of["amount"]) != "0" {
		return nil, nil //nolint:nilnil // none
	}
	amount, err := endpoint.WholeCredits(of, "amount")
	return &quota.Given{Amount: amount}, err
}
