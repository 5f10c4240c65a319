package extensions

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strconv"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/homes"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

// homeRoutes are Atrium's own: people's homes, and the machines that have them.
func (a *API) homeRoutes() []endpoint.Route {
	const home = "/api/homes/{home}"
	admin := []string{"admin:users"}
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/api/homes", Operation: "get-homes", Scopes: admin, Handle: a.listHomes},
		{Method: http.MethodGet, Pattern: home, Operation: "get-home", Scopes: admin, Handle: a.getHome},
		{Method: http.MethodPost, Pattern: home + "/attach", Operation: "post-home-attach", Scopes: admin, Handle: a.attachHome},
		{Method: http.MethodPost, Pattern: home + "/archive", Operation: "post-home-archive", Scopes: admin, Handle: a.archiveHome},
		{Method: http.MethodPost, Pattern: "/api/users/{name}/detach-home", Operation: "post-user-detach-home", Scopes: admin, Handle: a.detachHome},
		{Method: http.MethodGet, Pattern: "/api/nodes", Operation: "get-nodes", Scopes: []string{"read:hub"}, Handle: a.listNodes},
	}
}

// homeModel is a home as the API shows it.
type homeModel struct {
	ID       string `json:"id"`
	Owner    any    `json:"owner"` // null: nobody's
	LastName string `json:"last_owner"`
	State    string `json:"state"`
	Path     string `json:"path"` // empty while it is not known
	UID      any    `json:"uid"`
	Archive  string `json:"archive"`
	Attached bool   `json:"attached"`
	Problem  string `json:"problem"`
	Node     string `json:"node"`
	Host     string `json:"host"`
	Place    string `json:"place"`
	Created  any    `json:"created"`
	Changed  any    `json:"changed"`
}

func modelOfHome(v homes.HomeView) homeModel {
	m := homeModel{
		ID: v.ID, LastName: v.UserName, State: string(v.State), Attached: v.Attached, Problem: v.Problem,
		Node: v.Node.ID, Host: v.Node.Host, Place: v.Place, Created: endpoint.Timestamp(v.Created), Changed: endpoint.Timestamp(v.Changed),
	}
	if v.UserID != 0 {
		m.Owner = v.UserName
	}
	if v.Folder != "" {
		m.UID = v.UID
	}
	if v.Node.Folder != "" && v.Folder != "" {
		m.Path = path.Join(v.Node.Folder, v.Folder)
	}
	if v.Archive != "" {
		m.Archive = path.Join(v.Node.Folder, ".atrium", "archives", v.Archive)
	}
	return m
}

type homesPage struct {
	Items []homeModel `json:"items"`
	Next  *homesNext  `json:"next"`
}

type homesNext struct {
	After string `json:"after"`
}

func (a *API) listHomes(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	q, err := homeQuery(r.URL.Query())
	if err != nil {
		return endpoint.RefusalOr(a.app.May(who, "admin:users"), err)
	}
	views, more, err := a.app.ListHomes(r.Context(), who, q)
	if err != nil {
		return err
	}
	page := homesPage{Items: make([]homeModel, len(views))}
	for i, v := range views {
		page.Items[i] = modelOfHome(v)
	}
	if more {
		page.Next = &homesNext{views[len(views)-1].ID}
	}
	endpoint.WriteJSON(w, http.StatusOK, page)
	return nil
}

// homeQuery reads the filters. An unknown one is refused: the list would hold more than
// was asked for.
func homeQuery(query url.Values) (q hub.HomeQuery, err error) {
	for key := range query {
		value := endpoint.LastValue(query, key)
		switch key {
		case "name":
			q.Name = value
		case "after":
			q.After = value
		case "unowned":
			q.Unowned, err = queryTruth(key, value)
		case "offered":
			q.Offered, err = queryTruth(key, value)
		case "limit":
			q.Limit, err = positive(key, value)
		default:
			err = hub.Errorf(hub.Invalid, "Unknown filter %s", endpoint.Quoted(key))
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

func queryTruth(key, value string) (bool, error) {
	yes, err := strconv.ParseBool(value)
	if err != nil {
		return false, hub.Errorf(hub.Invalid, "%s must be true or false", key)
	}
	return yes, nil
}

func (a *API) getHome(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	v, err := a.app.GetHome(r.Context(), who, r.PathValue("home"))
	return writeHome(w, http.StatusOK, v, err)
}

// attachHome returns a home to somebody.
func (a *API) attachHome(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name, err := attachTo(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.May(who, "admin:users"), err)
	}
	v, err := a.app.AttachHome(r.Context(), who, r.PathValue("home"), name)
	return writeHome(w, http.StatusOK, v, err)
}

func attachTo(r *http.Request) (string, error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return "", err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return "", hub.Errorf(hub.Invalid, "The body must be a JSON object")
	}
	if err := o.CheckKeys("username"); err != nil {
		return "", err
	}
	name, given, err := o.StringField("username")
	if err == nil && !given {
		err = hub.Errorf(hub.Invalid, "The body must say the username of whom the home is for")
	}
	return name, err
}

// archiveHome asks for a home to be packed, which takes its time.
func (a *API) archiveHome(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	v, err := a.app.ArchiveHome(r.Context(), who, r.PathValue("home"))
	return writeHome(w, http.StatusAccepted, v, err)
}

func (a *API) detachHome(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	v, err := a.app.DetachHome(r.Context(), who, r.PathValue("name"))
	return writeHome(w, http.StatusOK, v, err)
}

func writeHome(w http.ResponseWriter, status int, v homes.HomeView, err error) error {
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, status, modelOfHome(v))
	return nil
}

// nodeModel is a machine that runs servers, or did.
type nodeModel struct {
	ID       string `json:"id"`
	Host     string `json:"host"`
	Homes    string `json:"homes"`
	Servers  int    `json:"servers"`
	LastSeen any    `json:"last_seen"`
}

func (a *API) listNodes(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	nodes, err := a.app.ListNodes(r.Context(), who)
	if err != nil {
		return err
	}
	models := make([]nodeModel, len(nodes))
	for i, n := range nodes {
		models[i] = nodeModel{n.ID, n.Host, n.Folder, n.Servers, endpoint.Timestamp(n.LastSeen)}
	}
	endpoint.WriteJSON(w, http.StatusOK, models)
	return nil
}

// bulkForget returns up servers whose machine is gone: all of a node, or those of the rows.
func (a *API) bulkForget(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	var node string
	var rows []servers.ServerRow
	raw, err := endpoint.ReadJSON(r)
	if err == nil {
		node, rows, err = forgetBody(raw)
	}
	if err != nil {
		return endpoint.RefusalOr(access.MaySome(who, "admin:servers"), err)
	}
	results, err := a.app.Forget(r.Context(), who, node, rows)
	return writeResults(w, results, err)
}

func forgetBody(raw json.RawMessage) (node string, rows []servers.ServerRow, err error) {
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return "", nil, hub.Errorf(hub.Invalid, "The body must be a JSON object")
	}
	if err := o.CheckKeys("node", "servers"); err != nil {
		return "", nil, err
	}
	node, given, err := o.StringField("node")
	if err != nil {
		return "", nil, err
	}
	if given == (o["servers"] != nil) || given && node == "" {
		return "", nil, hub.Errorf(hub.Invalid, "The body must say a node or a list of servers, one of both")
	}
	if given {
		return node, nil, nil
	}
	var list []json.RawMessage
	if o["servers"][0] != '[' || json.Unmarshal(o["servers"], &list) != nil {
		return "", nil, hub.Errorf(hub.Invalid, "servers must be a list")
	}
	if len(list) > access.MaxBulk {
		return "", nil, hub.Errorf(hub.TooLarge, "%d rows in one request; send at most %d", len(list), access.MaxBulk)
	}
	rows, err = rowsOf("servers", list, func(o endpoint.JSONObject) (servers.ServerRow, error) { return serverRow(o) })
	return "", rows, err
}
