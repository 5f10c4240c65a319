package extensions

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/announcements"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// announcementRoutes are what people are told on their pages, and by whom.
func (a *API) announcementRoutes() []endpoint.Route {
	const one = "/api/announcements/{id}"
	scopes := []string{announcements.Scope}
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/api/announcements", Operation: "get-announcements", Scopes: scopes, Handle: a.listAnnouncements},
		{Method: http.MethodPost, Pattern: "/api/announcements", Operation: "post-announcements", Scopes: scopes, Handle: a.announce},
		{Method: http.MethodPatch, Pattern: one, Operation: "patch-announcement", Scopes: scopes, Handle: a.changeAnnouncement},
		{Method: http.MethodDelete, Pattern: one, Operation: "delete-announcement", Scopes: scopes, Handle: a.deleteAnnouncement},
	}
}

// announcementModel is an announcement for those who may change it.
type announcementModel struct {
	ID      int64   `json:"id"`
	Level   string  `json:"level"`
	Text    string  `json:"text"`
	Group   *string `json:"group"`
	From    any     `json:"from"`
	Until   any     `json:"until"`
	Author  string  `json:"author"`
	Changed any     `json:"changed"`
}

func modelOfAnnouncement(v hub.Announcement) announcementModel {
	m := announcementModel{
		ID: v.ID, Level: string(v.Level), Text: v.Text, From: endpoint.Timestamp(v.From), Until: endpoint.Timestamp(v.Until),
		Author: v.Author, Changed: endpoint.Timestamp(v.Changed),
	}
	if v.Group != "" {
		m.Group = &v.Group
	}
	return m
}

type announcementList struct {
	Items []announcementModel `json:"items"`
}

func (a *API) listAnnouncements(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	list, err := a.app.ManagedAnnouncements(r.Context(), who)
	if err != nil {
		return err
	}
	out := announcementList{make([]announcementModel, len(list))}
	for i, v := range list {
		out.Items[i] = modelOfAnnouncement(v)
	}
	endpoint.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) announce(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	c, err := announcementChange(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayAnnounce(who), err)
	}
	v, err := a.app.Announce(r.Context(), who, c.Of(hub.Announcement{Level: hub.Info}))
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusCreated, modelOfAnnouncement(v))
	return nil
}

func (a *API) changeAnnouncement(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	id, err := announcementID(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayAnnounce(who), err)
	}
	c, err := announcementChange(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayAnnounce(who), err)
	}
	v, err := a.app.ChangeAnnouncement(r.Context(), who, id, c)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, modelOfAnnouncement(v))
	return nil
}

func (a *API) deleteAnnouncement(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	id, err := announcementID(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayAnnounce(who), err)
	}
	if err := a.app.DeleteAnnouncement(r.Context(), who, id); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func announcementID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, hub.Errorf(hub.NotFound, "Not Found")
	}
	return id, nil
}

// announcementChange reads what an announcement is to be.
func announcementChange(r *http.Request) (c announcements.Change, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return c, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return c, hub.Errorf(hub.Invalid, "The body must be an object with level, text, group, from and until")
	}
	if err := o.CheckKeys("level", "text", "group", "from", "until"); err != nil {
		return c, err
	}
	if c.Text, err = given(o, "text"); err != nil {
		return c, err
	}
	level, err := given(o, "level")
	if err != nil {
		return c, err
	}
	c.Level = (*hub.Level)(level)
	if c.Group, err = given(o, "group"); err != nil {
		return c, err
	}
	if c.From, err = givenTime(o, "from"); err != nil {
		return c, err
	}
	c.Until, err = givenTime(o, "until")
	return c, err
}

// given is a text of an object: nil where there is none, empty for null.
func given(o endpoint.JSONObject, key string) (*string, error) {
	raw, there := o[key]
	if !there {
		return nil, nil
	}
	var text *string
	if json.Unmarshal(raw, &text) != nil {
		return nil, hub.Errorf(hub.Invalid, "%s must be a text", key)
	}
	if text == nil {
		text = new(string)
	}
	return text, nil
}

// givenTime is a time of an object: nil where there is none, zero for null.
func givenTime(o endpoint.JSONObject, key string) (*time.Time, error) {
	text, err := given(o, key)
	if err != nil || text == nil {
		return nil, err
	}
	if *text == "" {
		return &time.Time{}, nil
	}
	at, err := timeOf(key, *text)
	return &at, err
}
