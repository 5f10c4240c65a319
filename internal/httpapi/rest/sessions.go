package rest

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
)

// listSessions shows where somebody is logged in. Nobody has more than a thousand sessions, so that
// the list has no pages.
func (a *API) listSessions(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	views, err := a.app.ListSessions(r.Context(), who, r.PathValue("name"))
	if err != nil {
		return err
	}
	items := make([]model, len(views))
	for i, v := range views {
		items[i] = model{
			"id": v.PublicID, "browser": v.Device.Browser, "system": v.Device.System, "user_agent": v.UserAgent, "address": v.Address,
			"created": endpoint.Timestamp(v.Created), "last_seen": endpoint.Timestamp(v.LastSeen), "expires_at": endpoint.Timestamp(v.Expires),
			"current": v.Current,
		}
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"sessions": items})
	return nil
}

func (a *API) endSession(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := a.app.EndSession(r.Context(), who, r.PathValue("name"), r.PathValue("id")); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func (a *API) endOtherSessions(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := a.app.EndOtherSessions(r.Context(), who, r.PathValue("name")); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}
