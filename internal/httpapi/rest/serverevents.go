package rest

import (
	"net/http"
	"strconv"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/hub"
)

// eventModel is a step in a server's life.
type eventModel struct {
	ID      int64         `json:"id"`
	At      any           `json:"at"`
	Run     int64         `json:"run"`
	Kind    hub.EventKind `json:"kind"`
	Message string        `json:"message"`
}

// getServerEvents is what became of a server, newest first.
func (a *API) getServerEvents(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name, server := r.PathValue("name"), r.PathValue("server")
	before, limit, err := eventQuery(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayServer(r.Context(), who, name, server, "read:servers"), err)
	}
	events, more, err := a.app.ServerEvents(r.Context(), who, name, server, before, limit)
	if err != nil {
		return err
	}
	lang := language.Of(r)
	endpoint.WriteNewestFirst(w, events, more, func(e hub.ServerEvent) int64 { return e.ID }, func(e hub.ServerEvent) eventModel {
		return eventModel{e.ID, endpoint.Timestamp(e.At), e.Fence, e.Kind, lang.Say(e.Message)}
	})
	return nil
}

func eventQuery(r *http.Request) (before int64, limit int, err error) {
	query := r.URL.Query()
	if query.Has("before") {
		before, err = strconv.ParseInt(endpoint.LastValue(query, "before"), 10, 64)
		if err != nil || before < 1 {
			return 0, 0, hub.Errorf(hub.Invalid, "before must be the id of an event")
		}
	}
	if query.Has("limit") {
		limit, err = strconv.Atoi(endpoint.LastValue(query, "limit"))
		if err != nil || limit < 1 {
			return 0, 0, hub.Errorf(hub.Invalid, "limit must be a positive number")
		}
	}
	return before, limit, nil
}
