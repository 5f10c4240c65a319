// Package quotas answers what people may spend on servers, as the AUP Learning Cloud has it, with what it lacks: parts of a list,
// exact amounts, statements that go back to the beginning, and changes that are made once however often they are sent.
package quotas

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/quota"
)

// maxQuotaRows is how many people a request may change the quotas of: they are changed in one transaction.
const maxQuotaRows = 10_000

// How many entries a statement has, and may have.
const (
	statementRows    = 20
	maxStatementRows = 1000
)

// API answers it. Make it with New.
type API struct{ app *app.App }

// New makes an API that answers in env.
func New(env *endpoint.Env) *API { return &API{env.App} }

// model is a JSON object whose keys depend on what there is to say.
type model map[string]any

// Routes is the table of them.
func (a *API) Routes() []endpoint.Route {
	const all = "/admin/api/quota"
	routes := []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/api/quota/rates", Operation: "get-quota-rates", OwnXSRF: true, Handle: a.rates},
		{Method: http.MethodGet, Pattern: "/api/quota/me", Operation: "get-quota-me", OwnXSRF: true, Handle: a.own},
		{Method: http.MethodGet, Pattern: all, Operation: "get-quotas", Scopes: quota.ReadScopes(), List: true, OwnXSRF: true, Handle: a.list},
		{Method: http.MethodGet, Pattern: all + "/{name}", Operation: "get-quota", OwnXSRF: true, Handle: a.statement},
		{Method: http.MethodPost, Pattern: all + "/{name}", Operation: "post-quota", Scopes: quota.AdminScopes(), Small: true, Handle: a.change},
		{Method: http.MethodPost, Pattern: all + "/batch", Operation: "post-quota-batch", Scopes: quota.AdminScopes(), Large: true, Handle: a.changeMany},
	}
	routes = append(routes, a.refreshRoutes()...)
	for i := range routes {
		routes[i].Cloud = true
	}
	return routes
}

// ratesOf are what a minute costs.
func ratesOf(c quota.Config) map[string]int64 {
	if !c.Enabled {
		return map[string]int64{}
	}
	rates := map[string]int64{"cpu": c.Rate}
	maps.Copy(rates, c.Rates)
	return rates
}

// rates tells pages what servers cost, or that there are no quotas, so that they show none.
func (a *API) rates(w http.ResponseWriter, _ *http.Request, who *access.Requester) error {
	if !who.Known() {
		return hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
	}
	c := a.app.QuotaRules()
	out := model{"enabled": c.Enabled, "rates": ratesOf(c), "minimum_to_start": int64(0), "default_quota": int64(0)}
	if c.Enabled {
		out["minimum_to_start"], out["default_quota"] = c.MinimumToStart, c.Default
	}
	endpoint.WriteJSON(w, http.StatusOK, out)
	return nil
}

// quotaModel is what somebody has: whole credits, rounded down, and the exact amount.
type quotaModel struct {
	Username  string `json:"username"`
	Balance   int64  `json:"balance"`
	Unlimited bool   `json:"unlimited"`
	Exact     string `json:"exact"`
	Available int64  `json:"available"` // what no server holds
	UpdatedAt any    `json:"updated_at"`
}

func modelOfQuota(a hub.QuotaAccount) quotaModel {
	return quotaModel{
		Username: a.UserName, Balance: hub.WholeCredits(a.Balance()), Unlimited: a.Unlimited, Exact: hub.ExactCredits(a.Balance()),
		Available: hub.WholeCredits(a.Available()), UpdatedAt: endpoint.Timestamp(a.Changed),
	}
}

// own is what the requester has.
func (a *API) own(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	c := a.app.QuotaRules()
	account, err := a.app.OwnQuota(r.Context(), who)
	if err != nil {
		return err
	}
	m := modelOfQuota(account)
	if !c.Enabled {
		m = quotaModel{Username: who.User.Name, Unlimited: true, Exact: "0"}
	}
	endpoint.WriteJSON(w, http.StatusOK, struct {
		quotaModel
		Rates   map[string]int64 `json:"rates"`
		Enabled bool             `json:"enabled"`
	}{m, ratesOf(c), c.Enabled})
	return nil
}

// list lists what people have, by name: all of them, or a part.
func (a *API) list(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	query := r.URL.Query()
	limit, err := endpoint.IntParam(query, "limit", 0)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayReadQuota(who), err)
	}
	list, err := a.app.ListQuotas(r.Context(), who, hub.QuotaQuery{
		After: endpoint.LastValue(query, "after"), Limit: limit, Names: query["username"],
	})
	if err != nil {
		return err
	}
	users := make([]quotaModel, len(list))
	for i, x := range list {
		users[i] = modelOfQuota(x)
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"users": users})
	return nil
}

// entryModel is an entry of a statement.
type entryModel struct {
	ID           int64         `json:"id"`
	Amount       int64         `json:"amount"` // whole credits, rounded down
	Exact        string        `json:"exact"`
	Type         hub.QuotaKind `json:"transaction_type"`
	Description  string        `json:"description"`
	BalanceAfter int64         `json:"balance_after"`
	ExactAfter   string        `json:"exact_after"`
	CreatedAt    any           `json:"created_at"`
	CreatedBy    string        `json:"created_by"`
	Server       *string       `json:"server_name,omitempty"` // of usage
	Seconds      int64         `json:"seconds,omitempty"`
	Rate         int64         `json:"rate,omitempty"` // credits a minute
}

func modelOfQuotaEntry(e hub.QuotaEntry) entryModel {
	m := entryModel{
		ID: e.ID, Amount: hub.WholeCredits(e.Amount), Exact: hub.ExactCredits(e.Amount), Type: e.Kind, Description: e.Note,
		BalanceAfter: hub.WholeCredits(e.Balance), ExactAfter: hub.ExactCredits(e.Balance),
		CreatedAt: endpoint.Timestamp(e.At), CreatedBy: e.Actor, Seconds: e.Seconds, Rate: e.Rate,
	}
	if e.Kind == hub.QuotaUsage {
		m.Server = &e.ServerName
	}
	return m
}

// quotaRunModel is a server that runs.
type quotaRunModel struct {
	Server  string `json:"server_name"`
	Spent   string `json:"spent"`
	Held    string `json:"held"` // beyond that
	Seconds int64  `json:"seconds"`
	Rate    int64  `json:"rate"`
}

// statement is what somebody has, and how it came to that: for themselves, too.
func (a *API) statement(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if !who.Known() {
		return hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
	}
	q, err := statementQuery(r)
	if err != nil {
		return err
	}
	s, err := a.app.QuotaStatement(r.Context(), who, r.PathValue("name"), q)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, modelOfStatement(s, q.Why))
	return nil
}

func statementQuery(r *http.Request) (q quota.StatementQuery, err error) {
	query := r.URL.Query()
	before, err := endpoint.IntParam(query, "before", 0)
	if err != nil {
		return q, err
	}
	limit, err := endpoint.IntParam(query, "limit", statementRows)
	if err == nil && (limit < 1 || limit > maxStatementRows) {
		err = hub.Errorf(hub.Invalid, "limit must be 1 to %d", maxStatementRows)
	}
	return quota.StatementQuery{Before: int64(before), Limit: limit, Why: query.Has("why")}, err
}

func modelOfStatement(s quota.Statement, why bool) any {
	out := struct {
		quotaModel
		Entries []entryModel    `json:"recent_transactions"`
		Next    *int64          `json:"next_before"` // for what is older; null where this is all
		Running []quotaRunModel `json:"running"`
		Why     []model         `json:"why,omitempty"`
	}{quotaModel: modelOfQuota(s.Account), Entries: make([]entryModel, len(s.Entries)), Running: make([]quotaRunModel, len(s.Runs))}
	for i, e := range s.Entries {
		out.Entries[i] = modelOfQuotaEntry(e)
	}
	if s.More {
		out.Next = &s.Entries[len(s.Entries)-1].ID
	}
	for i, x := range s.Runs {
		out.Running[i] = quotaRunModel{
			Server: x.Server.Name, Spent: hub.ExactCredits(x.Spent), Held: hub.ExactCredits(max(x.Held-x.Spent, 0)), Seconds: x.Seconds, Rate: x.Rate,
		}
	}
	if why {
		out.Why = whyOf(s)
	}
	return out
}

// whyOf derives what is available: what entries of each kind come to, what runs have spent, and what they hold.
func whyOf(s quota.Statement) []model {
	list := make([]model, 0, len(s.Sums)+2)
	for _, x := range s.Sums {
		list = append(list, model{"of": x.Kind, "exact": hub.ExactCredits(x.Amount), "entries": x.Count})
	}
	if s.Account.ID == 0 {
		list = append(list, model{"of": hub.QuotaInitial, "exact": hub.ExactCredits(s.Account.Settled), "entries": 0})
	}
	return append(list,
		model{"of": "running", "exact": hub.ExactCredits(-s.Account.Spent), "entries": len(s.Runs)},
		model{"of": "held", "exact": hub.ExactCredits(-s.Account.Held), "entries": len(s.Runs)})
}

// change changes what one person has.
func (a *API) change(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	change, key, err := readQuotaChange(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayChangeQuota(who), err)
	}
	done, err := a.app.ChangeQuotas(r.Context(), who, key, []quota.Change{change})
	if err != nil {
		return err
	}
	if done[0].Err != nil {
		return done[0].Err
	}
	out := struct {
		quotaModel
		Action quota.Action `json:"action"`
		Amount *int64       `json:"amount,omitempty"`
	}{quotaModel: modelOfQuota(done[0].Account), Action: change.Action}
	if change.Action != quota.Unlimited && change.Action != quota.Correct {
		out.Amount = &change.Amount
	}
	endpoint.WriteJSON(w, http.StatusOK, out)
	return nil
}

func readQuotaChange(r *http.Request) (c quota.Change, key string, err error) {
	o, key, err := readQuotaBody(r)
	if err != nil {
		return c, key, err
	}
	if err := o.CheckKeys("action", "amount", "unlimited", "description", "entry"); err != nil {
		return c, key, err
	}
	c, err = quotaChange(o, quota.Set)
	c.Username = r.PathValue("name")
	if err == nil && c.Action != quota.Correct && o["entry"] != nil {
		err = hub.Errorf(hub.Invalid, "entry is for the action correct alone")
	}
	return c, key, err
}

// readQuotaBody reads an object, and the key under which it is sent, if any.
func readQuotaBody(r *http.Request) (endpoint.JSONObject, string, error) {
	key := r.Header.Get(endpoint.KeyHeader)
	if len(key) > 128 || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return nil, "", hub.Errorf(hub.Invalid, "%s must be at most 128 printable characters", endpoint.KeyHeader)
	}
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return nil, "", err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return nil, "", hub.Errorf(hub.Invalid, "The body must be a JSON object")
	}
	return o, key, nil
}

// quotaChange reads what is to be done; fallback is the action where none is named.
func quotaChange(o endpoint.JSONObject, fallback quota.Action) (c quota.Change, err error) {
	action, given, err := o.StringField("action")
	if err != nil {
		return c, err
	}
	if c.Action = fallback; given {
		c.Action = quota.Action(action)
	}
	if c.Note, _, err = o.StringField("description"); err != nil {
		return c, err
	}
	unlimited, err := o.BoolField("unlimited")
	if err != nil {
		return c, err
	}
	if c.Action == quota.Correct {
		if json.Unmarshal(o["entry"], &c.Entry) != nil {
			err = hub.Errorf(hub.Invalid, "entry is needed: the id of an entry of the statement, a whole number")
		}
		return c, err
	}
	if c.Action == quota.Unlimited {
		c.Unlimited = unlimited == nil || *unlimited
		return c, nil
	}
	c.Limited = unlimited != nil && !*unlimited
	c.Amount, err = endpoint.WholeCredits(o, "amount")
	return c, err
}

// quotaOutcome is what became of one person of a batch.
type quotaOutcome struct {
	Username string `json:"username"`
	Status   string `json:"status"` // success or failed
	Balance  *int64 `json:"balance,omitempty"`
	Exact    string `json:"exact,omitempty"`
	Error    string `json:"error,omitempty"`
	Message  string `json:"message,omitempty"`
}

// changeMany changes what many have, in one transaction.
func (a *API) changeMany(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	changes, key, err := readQuotaChanges(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayChangeQuota(who), err)
	}
	done, err := a.app.ChangeQuotas(r.Context(), who, key, changes)
	if err != nil {
		return err
	}
	success, details := 0, make([]quotaOutcome, len(done))
	for i, x := range done {
		if x.Err != nil {
			_, text, _ := endpoint.ErrorResponse(x.Err)
			details[i] = quotaOutcome{Username: x.Username, Status: "failed", Error: text, Message: text}
			continue
		}
		success++
		whole := hub.WholeCredits(x.Account.Balance())
		details[i] = quotaOutcome{Username: x.Username, Status: "success", Balance: &whole, Exact: hub.ExactCredits(x.Account.Balance())}
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"success": success, "failed": len(done) - success, "details": details})
	return nil
}

func readQuotaChanges(r *http.Request) ([]quota.Change, string, error) {
	o, key, err := readQuotaBody(r)
	if err != nil {
		return nil, key, err
	}
	if err := o.CheckKeys("users", "action", "description"); err != nil {
		return nil, key, err
	}
	action, given, err := o.StringField("action")
	if err != nil {
		return nil, key, err
	}
	if !given {
		action = string(quota.Set)
	}
	note, _, err := o.StringField("description")
	if err != nil {
		return nil, key, err
	}
	var list []json.RawMessage
	if o["users"] == nil || o["users"][0] != '[' || json.Unmarshal(o["users"], &list) != nil || len(list) == 0 {
		return nil, key, hub.Errorf(hub.Invalid, "users must be a list of people with amounts, and not empty")
	}
	if len(list) > maxQuotaRows {
		return nil, key, hub.Errorf(hub.Invalid, "%d users in one request; send at most %d", len(list), maxQuotaRows)
	}
	changes, err := endpoint.RowsOf("users", list, func(o endpoint.JSONObject) (quota.Change, error) {
		return quotaRow(o, quota.Action(action), note)
	})
	return changes, key, err
}

// quotaRow is one person of a batch: an amount, or that they are unlimited.
func quotaRow(o endpoint.JSONObject, action quota.Action, note string) (c quota.Change, err error) {
	if err := o.CheckKeys("username", "amount", "unlimited"); err != nil {
		return c, err
	}
	name, _, err := o.StringField("username")
	if err != nil {
		return c, err
	}
	unlimited, err := o.BoolField("unlimited")
	if err != nil {
		return c, err
	}
	if unlimited != nil && *unlimited {
		return quota.Change{Username: name, Action: quota.Unlimited, Unlimited: true, Note: note}, nil
	}
	c = quota.Change{Username: name, Action: action, Note: note, Limited: unlimited != nil}
	c.Amount, err = endpoint.WholeCredits(o, "amount")
	return c, err
}
