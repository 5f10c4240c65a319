package rest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/groups"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// orNull is null for an empty text.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// model is a JSON object whose keys depend on what the requester may see.
type model map[string]any

// userModel is JupyterHub's model of a user. What the requester may not see is nil
// and left out; a null that is seen is absent. It is a struct because lists of people
// are many and large: a map would be sorted for each.
type userModel struct {
	Kind         string           `json:"kind"`
	Name         string           `json:"name"`
	Admin        *bool            `json:"admin,omitempty"`
	UserInfo     any              `json:"user_info,omitzero"`
	Roles        []string         `json:"roles,omitempty"`
	Groups       []string         `json:"groups,omitzero"`
	Server       any              `json:"server,omitzero"`
	Pending      any              `json:"pending,omitzero"`
	Created      any              `json:"created,omitzero"`
	LastActivity any              `json:"last_activity,omitzero"`
	Suspended    *bool            `json:"suspended,omitempty"`
	Above        bool             `json:"above,omitempty"`
	Password     string           `json:"password,omitempty"`
	MustChange   *bool            `json:"must_change_password,omitempty"`
	AuthState    any              `json:"auth_state,omitzero"`
	Quota        *quotaModel      `json:"quota,omitempty"`
	Servers      map[string]model `json:"servers,omitzero"`
}

// quotaModel is what somebody has: whole credits, rounded down, and the exact amount.
type quotaModel struct {
	Balance   int64  `json:"balance"`
	Exact     string `json:"exact"`
	Available int64  `json:"available"` // what no server holds
	Unlimited bool   `json:"unlimited"`
}

// absent is a field that is there and null.
func absent() any { return (*struct{})(nil) }

// orAbsent is null for what is nil.
func orAbsent(v any) any {
	if v == nil {
		return absent()
	}
	return v
}

// userModel fills in the model; of the servers only those that run or are about to
// are named, unless stopped ones are asked for too.
func (a *API) userModel(r *http.Request, v access.UserView, stopped bool, places map[int64]int) userModel {
	m := userModel{Kind: "user", Name: v.Name, Above: v.Above}
	f := v.Fields
	if f.All || f.Name {
		m.UserInfo = absent()
	}
	if f.All || f.Name || f.Roles {
		m.Admin = &v.Admin
	}
	if f.All || f.Roles {
		m.Roles = access.RolesOf(v.User)
	}
	if f.All || f.Groups {
		m.Groups = orEmpty(v.Groups)
	}
	if f.All || f.Activity {
		m.LastActivity = orAbsent(endpoint.Timestamp(v.LastActivity))
	}
	if f.All {
		m.Created, m.Suspended = orAbsent(endpoint.Timestamp(v.Created)), &v.Suspended
		a.defaultServer(&m, v)
	}
	if f.Password != "" {
		m.Password, m.MustChange = string(f.Password), &v.MustChange
	}
	if f.AuthState {
		m.AuthState = absent()
	}
	if q := v.Quota; q != nil {
		m.Quota = &quotaModel{
			Balance: hub.WholeCredits(q.Balance()), Exact: hub.ExactCredits(q.Balance()),
			Available: hub.WholeCredits(q.Available()), Unlimited: q.Unlimited,
		}
	}
	if f.Servers {
		m.Servers = a.serverModels(r, v, stopped, places)
	}
	return m
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (a *API) defaultServer(m *userModel, v access.UserView) {
	m.Server, m.Pending = absent(), absent()
	for _, server := range v.Servers {
		if server.Name != "" {
			continue
		}
		if server.Running() {
			m.Server = a.env.Site.ServerURL(v.Name, "")
		}
		m.Pending = orAbsent(orNull(server.Pending()))
	}
}

func (a *API) serverModels(r *http.Request, v access.UserView, stopped bool, places map[int64]int) map[string]model {
	servers := map[string]model{}
	for _, server := range v.Servers {
		if !stopped && !server.Active() {
			continue
		}
		m := a.serverModel(server, places)
		m["failure"] = orNull(failureIn(r, server, v.States[server.ID]))
		if v.States[server.ID] {
			m["state"] = stateOf(server, v.Launch)
		}
		if here := v.Visitors[server.ID]; len(here) > 0 {
			m["visitors"] = visitorModels(here)
		}
		if p, ends := v.Prospects[server.ID]; ends {
			m["idle"] = idleModel(p)
		}
		servers[server.Name] = m
	}
	return servers
}

// failureIn is why a server failed, in the language that r wants as far as it has it.
func failureIn(r *http.Request, server hub.Server, inside bool) string {
	failure := server.FailureFor(inside)
	if failure == "" {
		return "" // as of nearly all
	}
	return language.Of(r).Say(failure)
}

// idleModel is when a server will be stopped, if it is not used until then, and what is known of its use.
func idleModel(p hub.Prospect) model {
	m := model{
		"since": endpoint.Timestamp(p.LastUsed), "stops_at": endpoint.Timestamp(p.Ends), "reason": p.Why, "spared": p.Spared, "kernels": nil,
	}
	if k := p.Kernels; !k.Asked.IsZero() {
		m["kernels"] = model{"asked": endpoint.Timestamp(k.Asked), "total": k.Total, "busy": k.Busy, "connections": k.Connections}
	}
	return m
}

type visitorModel struct {
	Name  string `json:"name"`
	Since any    `json:"since"`
}

func visitorModels(here []hub.Visit) []visitorModel {
	list := make([]visitorModel, len(here))
	for i, v := range here {
		list[i] = visitorModel{v.UserName, endpoint.Timestamp(v.Since)}
	}
	return list
}

// serverModel is JupyterHub's model of a server, with Atrium's phase, failure,
// place in the queue, profile and devices, and why it was stopped.
func (a *API) serverModel(server hub.Server, places map[int64]int) model {
	m := model{
		"name": server.Name, "display_name": server.DisplayName, "full_name": server.FullName(),
		"last_activity": endpoint.Timestamp(server.LastActivity), "started": endpoint.Timestamp(server.Started),
		"pending": orNull(server.Pending()), "ready": server.Running(), "stopped": !server.Active(),
		"url": a.env.Site.ServerURL(server.UserName, server.Name), "user_options": options(server), "progress_url": a.progressPath(server),
		"full_url": nil, "full_progress_url": nil,
		"phase": server.Phase, "failure": orNull(server.FailureFor(false)), "queue_place": nil,
	}
	if server.Profile != "" {
		m["profile"] = server.Profile
	}
	if why := server.Ended(); why != "" {
		m["stop_reason"] = why
	}
	if !server.EndsAt.IsZero() {
		m["ends_at"] = endpoint.Timestamp(server.EndsAt)
	}
	if has := server.Devices.Has; len(has) > 0 {
		m["devices"] = has
	}
	if place := places[server.ID]; place > 0 && server.Phase == hub.Queued {
		m["queue_place"] = place
		if wants := server.Devices.Wants; len(wants) > 0 {
			m["waits_for"] = wants
		}
	}
	if a.env.Site.Origin != "" {
		m["full_url"] = a.env.Site.UserOrigin(server.UserName) + hub.ServerPath(a.env.Base, server.UserName, server.Name)
		m["full_progress_url"] = a.env.Site.Origin + a.progressPath(server)
	}
	return m
}

// isPristine reports whether a server was never started and has no options: a default server
// without a record looks the same as one with such a record.
func isPristine(server hub.Server) bool {
	return server.ID == 0 || server.Name == "" && server.Fence == 0 && string(server.Options) == "{}"
}

// options are those of the last start.
func options(server hub.Server) any {
	if isPristine(server) || len(server.Options) == 0 {
		return nil
	}
	return server.Options
}

func (a *API) progressPath(server hub.Server) string {
	path := a.env.Hub + "api/users/" + hub.EscapeName(server.UserName)
	if server.Name == "" {
		return path + "/server/progress"
	}
	return path + "/servers/" + hub.EscapeName(server.Name) + "/progress"
}

// stateOf is where a server lives, for administrators of servers.
func stateOf(server hub.Server, launch hub.Launch) any {
	if isPristine(server) {
		return nil
	}
	if !server.Active() {
		return model{}
	}
	state := model{"fence": server.Fence, "node": server.Node, "upstream": server.Upstream}
	if launched := launchModel(launch); len(launched) > 0 {
		state["launch"] = launched
	}
	return state
}

// launchModel is what a run was started with, without the values of its environment, which
// nobody need see to know what runs.
func launchModel(l hub.Launch) model {
	m := model{}
	if l.Profile != "" {
		m["profile"] = l.Profile
	}
	if l.Image != "" {
		m["image"] = l.Image
	}
	if len(l.Command) > 0 {
		m["command"] = l.Command
	}
	if len(l.Args) > 0 {
		m["args"] = l.Args
	}
	if l.Accelerator != "" {
		m["accelerator"] = l.Accelerator
	}
	if l.Rate > 0 {
		m["rate"] = l.Rate
	}
	if l.Limits != (hub.Limits{}) {
		m["limits"] = l.Limits
	}
	if l.TimeLimit > 0 {
		m["time_limit"] = l.TimeLimit
	}
	if l.MaxTimeLimit > 0 {
		m["max_time_limit"] = l.MaxTimeLimit
	}
	if len(l.Environment) > 0 {
		m["environment"] = slices.Sorted(maps.Keys(l.Environment))
	}
	return m
}

// queuePositions returns the positions of queued servers, by server id. It reads the queue
// only if one of the servers is in it.
func (a *API) queuePositions(ctx context.Context, views ...access.UserView) (map[int64]int, error) {
	var waiting []int64
	for _, v := range views {
		for _, server := range v.Servers {
			if isQueued(server) {
				waiting = append(waiting, server.ID)
			}
		}
	}
	if len(waiting) == 0 {
		return nil, nil
	}
	return a.app.QueuePlace(ctx, waiting...)
}

func isQueued(server hub.Server) bool { return server.Phase == hub.Queued }

// withStopped reports whether models of users shall name stopped servers too.
func withStopped(r *http.Request) bool {
	query := r.URL.Query()
	if !query.Has("include_stopped_servers") {
		return false
	}
	value := strings.ToLower(endpoint.LastValue(query, "include_stopped_servers"))
	return value != "0" && value != "false"
}

// tokenModel is JupyterHub's model of a token, with the secret of one just made.
func tokenModel(v tokens.TokenView) model {
	client := v.ClientName
	switch {
	case client == "" && v.ClientID == hub.APIClient:
		client = "JupyterHub"
	case client == "":
		client = v.ClientID
	}
	m := model{
		"user": v.UserName, "id": tokens.TokenID(v.Token), "kind": "api_token", "roles": []string{},
		"scopes": orEmpty(v.Effective), "created": endpoint.Timestamp(v.Created), "last_activity": endpoint.Timestamp(v.LastActivity),
		"expires_at": endpoint.Timestamp(v.Expires), "note": v.Note, "session_id": orNull(v.SessionID), "oauth_client": client,
	}
	if v.Secret != "" {
		m["token"] = v.Secret
	}
	return m
}

// groupModel is JupyterHub's model of a group; one whose members were counted has what pages
// need in their place.
func groupModel(v groups.View) model {
	m := model{"kind": "group", "name": v.Name}
	if v.Counted {
		m["locked"], m["source"] = orEmpty(v.Locked), "hub"
		if v.Declared {
			m["source"] = "config"
		}
	}
	if v.All {
		if v.Counted {
			m["member_count"] = v.Members
		} else {
			m["users"] = orEmpty(v.Users)
		}
		m["properties"] = v.Properties
		if len(v.Properties) == 0 {
			m["properties"] = model{}
		}
	}
	if v.Roles {
		m["roles"] = orEmpty(v.Group.Roles)
	}
	return m
}
