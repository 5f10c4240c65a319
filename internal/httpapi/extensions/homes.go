package extensions

import (
	"net/http"
	"net/url"
	"path"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/homes"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
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

func homeQuery(query url.Values) (q hub.HomeQuery, err error) {
	err = filters{
		"name":    text(&q.Name),
		"after":   text(&q.After),
		"unowned": truth(&q.Unowned),
		"offered": truth(&q.Offered),
		"limit":   positive(&q.Limit),
	}.read(query)
	return q, err
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
	o, err := readObject(r, "username")
	if err != nil {
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
