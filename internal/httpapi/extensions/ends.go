package extensions

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/notices"
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
	Name          string        `json:"name"`
	Owner         string        `json:"user"`
	Now           any           `json:"now"`
	EndsAt        any           `json:"ends_at"`
	Latest        any           `json:"latest_end"`
	Quota         *quotaModel   `json:"quota"`
	Notices       []noticeModel `json:"notices"`
	Announcements []toldModel   `json:"announcements"`
}

type quotaModel struct {
	Unlimited bool   `json:"unlimited"`
	Balance   int64  `json:"balance"`
	Exact     string `json:"balance_exact"`
	EndsAt    any    `json:"ends_at"`
	StopsAt   any    `json:"stops_at"`
}

type noticeModel struct {
	Kind    hub.StopReason `json:"kind"`
	Minutes int            `json:"minutes"`
	Grace   bool           `json:"grace"`
	EndsAt  any            `json:"ends_at"`
	Message string         `json:"message"`
}

// toldModel is an announcement for those who read it.
type toldModel struct {
	ID    int64     `json:"id"`
	Level hub.Level `json:"level"`
	Text  string    `json:"text"`
}

// getNotices is what comes to pass with a server: for the pages that show it, and for the server itself.
func (a *API) getNotices(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	m, err := a.app.ServerNotices(r.Context(), who, r.PathValue("name"), r.PathValue("server"))
	if err == nil {
		err = onlyKeys(r.URL.Query())
	}
	if err != nil {
		return err
	}
	out := noticesOf(language.Of(r), m)
	for _, v := range a.app.ToldTo(r.Context(), who) {
		out.Announcements = append(out.Announcements, toldModel{v.ID, v.Level, v.Text})
	}
	endpoint.WriteJSON(w, http.StatusOK, out)
	return nil
}

func noticesOf(in language.Tag, m notices.Outlook) noticesModel {
	out := noticesModel{
		Name: m.Server.Name, Owner: m.Server.UserName, Now: endpoint.Timestamp(m.Now), Announcements: []toldModel{},
		EndsAt: endpoint.Timestamp(m.Server.EndsAt), Latest: endpoint.Timestamp(m.Last), Notices: []noticeModel{},
	}
	if q := m.Quota; q != nil {
		out.Quota = &quotaModel{
			Unlimited: q.Account.Unlimited, Balance: hub.WholeCredits(q.Account.Balance()), Exact: hub.ExactCredits(q.Account.Balance()),
			EndsAt: endpoint.Timestamp(q.Empty), StopsAt: endpoint.Timestamp(q.Stops),
		}
	}
	for _, n := range m.Notices {
		out.Notices = append(out.Notices, noticeModel{n.Kind, n.Minutes, n.Grace, endpoint.Timestamp(n.Ends), noticeText(in, n, m.Now)})
	}
	return out
}

// noticeText is a notice in plain words.
func noticeText(in language.Tag, n hub.Notice, now time.Time) string {
	left := hub.MinutesLeft(now, n.Ends)
	switch {
	case n.Kind == hub.StopQuota && n.Grace && left > 1:
		return in.Text("The credits are used up. The server stops in %d minutes. Save your work, or ask for more credits.", left)
	case n.Kind == hub.StopQuota && n.Grace:
		return in.Text("The credits are used up, and the server is being stopped. Save your work now.")
	case n.Kind == hub.StopQuota && left > 1:
		return in.Text("The credits last for %d more minutes; then the server is stopped. Save your work, or ask for more credits.", left)
	case n.Kind == hub.StopQuota:
		return in.Text("The credits are used up within a minute; then the server is stopped. Save your work now.")
	case left == 0:
		return in.Text("The server is being stopped: its time is over.")
	case left == 1:
		return in.Text("The server stops within a minute: its time is over then. Save your work now.")
	}
	return in.Text("The server stops in %d minutes: its time is over then. Save your work, or extend the time on the home page.", left)
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
