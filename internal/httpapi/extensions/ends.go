package extensions

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

// endRoutes are about the ends of running servers: those of the default one, and of a named one.
func (a *API) endRoutes() (routes []endpoint.Route) {
	for _, of := range []struct{ pattern, suffix string }{{"/api/users/{name}/server", ""}, {"/api/users/{name}/servers/{server}", "-named"}} {
		routes = append(routes,
			endpoint.Route{
				Method: http.MethodGet, Pattern: of.pattern + "/notices", Operation: "get-user-server" + of.suffix + "-notices",
				Scopes: []string{"access:servers", "read:servers"}, Handle: a.getNotices,
			},
			endpoint.Route{
				Method: http.MethodPost, Pattern: of.pattern + "/extend", Operation: "post-user-server" + of.suffix + "-extend",
				Scopes: []string{"start:servers"}, Small: true, Handle: a.extendServer,
			})
	}
	return routes
}

type noticesModel struct {
	Name    string        `json:"name"`
	Owner   string        `json:"user"`
	Now     any           `json:"now"`
	EndsAt  any           `json:"ends_at"`
	Latest  any           `json:"latest_end"`
	Notices []noticeModel `json:"notices"`
}

type noticeModel struct {
	Kind    hub.StopReason `json:"kind"`
	Minutes int            `json:"minutes"`
	EndsAt  any            `json:"ends_at"`
	Message string         `json:"message"`
}

// getNotices is what comes to pass with a server: for the pages that show it, and for the server itself.
func (a *API) getNotices(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	m, err := a.app.Notices(r.Context(), who, r.PathValue("name"), r.PathValue("server"))
	if err == nil {
		err = onlyKeys(r.URL.Query())
	}
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, noticesOf(r, m))
	return nil
}

func noticesOf(r *http.Request, m servers.Remaining) noticesModel {
	out := noticesModel{
		Name: m.Server.Name, Owner: m.Server.UserName, Now: endpoint.Timestamp(m.Now),
		EndsAt: endpoint.Timestamp(m.Server.EndsAt), Latest: endpoint.Timestamp(m.Last), Notices: []noticeModel{},
	}
	for _, n := range m.Notices {
		out.Notices = append(out.Notices, noticeModel{n.Kind, n.Minutes, endpoint.Timestamp(n.Ends), noticeText(language.Of(r), n, m.Now)})
	}
	return out
}

// noticeText is a notice in plain words.
func noticeText(in language.Tag, n hub.Notice, now time.Time) string {
	switch left := hub.MinutesLeft(now, n.Ends); left {
	case 0:
		return in.Text("The server is being stopped: its time is over.")
	case 1:
		return in.Text("The server stops within a minute: its time is over then. Save your work now.")
	default:
		return in.Text("The server stops in %d minutes: its time is over then. Save your work, or extend the time on the home page.", left)
	}
}

// extendServer lets a server end later.
func (a *API) extendServer(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name, server := r.PathValue("name"), r.PathValue("server")
	x, err := extensionOf(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayServer(r.Context(), who, name, server, "start:servers"), err)
	}
	s, err := a.app.ExtendServer(r.Context(), who, name, server, x)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"name": s.Name, "user": s.UserName, "ends_at": endpoint.Timestamp(s.EndsAt)})
	return nil
}

// mostMinutes is the longest time by which an end can be moved at once: ten years.
const mostMinutes = 10 * 366 * 24 * 60

func extensionOf(r *http.Request) (x servers.Extension, err error) {
	o, err := readObject(r, "minutes", "ends_at")
	if err != nil {
		return x, err
	}
	at, byTime, err := o.StringField("ends_at")
	raw, byMinutes := o["minutes"]
	switch {
	case err != nil:
		return x, err
	case byTime == byMinutes:
		return x, hub.Errorf(hub.Invalid, "Say minutes or ends_at, one of the two")
	case byTime:
		if x.Until, err = time.Parse(time.RFC3339, at); err != nil {
			return x, hub.Errorf(hub.Invalid, "ends_at must be a time, as 2026-01-02T15:04:05Z")
		}
		return x, nil
	}
	var minutes int64
	if json.Unmarshal(raw, &minutes) != nil || minutes < 1 || minutes > mostMinutes {
		return x, hub.Errorf(hub.Invalid, "minutes must be a whole number, from 1 to %d", mostMinutes)
	}
	x.By = time.Duration(minutes) * time.Minute
	return x, nil
}
