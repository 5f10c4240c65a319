package extensions

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/jobs"
)

// jobModel is a job. Results are those of some of its rows.
type jobModel struct {
	ID      int64               `json:"id"`
	Kind    string              `json:"kind"`
	State   hub.JobState        `json:"state"`
	Total   int                 `json:"total"`
	Done    int                 `json:"done"`
	Created any                 `json:"created"`
	Updated any                 `json:"updated"`
	Results []jobs.PlacedResult `json:"results"`
	Next    *int                `json:"next"`
	Group   string              `json:"group,omitempty"`
	Change  json.RawMessage     `json:"change,omitempty"`
}

func modelOfJob(r *http.Request, v jobs.View) jobModel {
	m := jobModel{v.ID, v.Kind, v.State, v.Total, v.Done, endpoint.Timestamp(v.Created), endpoint.Timestamp(v.Updated), v.Results, nil, v.Asked.Group, v.Asked.Change}
	if m.Results == nil {
		m.Results = []jobs.PlacedResult{}
	}
	m.Results = slices.Clone(m.Results)
	wanted := language.Of(r)
	for i := range m.Results {
		sayResult(wanted, &m.Results[i].Result)
	}
	if v.More {
		next := v.Results[len(v.Results)-1].Row + 1
		m.Next = &next
	}
	return m
}

// bulkJob shows how far a job is, with results from a row on.
func (a *API) bulkJob(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	id, err := a.jobID(r, who)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	from, err := endpoint.IntParam(query, "from", 0)
	if err != nil || signed(query, "from") {
		return endpoint.RefusalOr(a.app.MayAskForJobs(who), hub.Errorf(hub.Invalid, "from must be the number of a row"))
	}
	limit, err := endpoint.IntParam(query, "limit", access.MaxBulk)
	if err != nil || signed(query, "limit") {
		return endpoint.RefusalOr(a.app.MayAskForJobs(who), hub.Errorf(hub.Invalid, "limit must be a number"))
	}
	v, err := a.app.GetJob(r.Context(), who, id, from, min(limit, access.MaxBulk))
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, modelOfJob(r, v))
	return nil
}

// jobID is the job that the path names.
func (a *API) jobID(r *http.Request, who *access.Requester) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, endpoint.RefusalOr(a.app.MayAskForJobs(who), hub.Errorf(hub.NotFound, "There is no such job: the id of one is a number"))
	}
	return id, nil
}

// jobsPage is a part of one's own jobs. Before is where the next part begins.
type jobsPage struct {
	Jobs   []jobModel `json:"jobs"`
	Before *int64     `json:"before"`
}

// usualJobs is how many jobs a list has if nothing is said.
const usualJobs = 20

// ownJobs lists what whoever asks has asked for.
func (a *API) ownJobs(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	query := r.URL.Query()
	before, err := endpoint.IntParam(query, "before", 0)
	if err != nil || signed(query, "before") {
		return endpoint.RefusalOr(a.app.MayAskForJobs(who), hub.Errorf(hub.Invalid, "before must be the id of a job"))
	}
	limit, err := endpoint.IntParam(query, "limit", usualJobs)
	if err != nil || signed(query, "limit") {
		return endpoint.RefusalOr(a.app.MayAskForJobs(who), hub.Errorf(hub.Invalid, "limit must be a number"))
	}
	views, more, err := a.app.OwnJobs(r.Context(), who, int64(before), limit)
	if err != nil {
		return err
	}
	page := jobsPage{Jobs: make([]jobModel, len(views))}
	for i, v := range views {
		page.Jobs[i] = modelOfJob(r, v)
	}
	if more {
		page.Before = &views[len(views)-1].ID
	}
	endpoint.WriteJSON(w, http.StatusOK, page)
	return nil
}

// callOffJob ends a job, whose rows that are left fail.
func (a *API) callOffJob(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	id, err := a.jobID(r, who)
	if err != nil {
		return err
	}
	v, err := a.app.CallOffJob(r.Context(), who, id)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, modelOfJob(r, v))
	return nil
}

// signed tells whether a number is below zero, a sign that lists drop, as those of JupyterHub do.
func signed(query url.Values, key string) bool {
	return strings.HasPrefix(strings.TrimSpace(endpoint.LastValue(query, key)), "-")
}
