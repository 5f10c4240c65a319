package extensions

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/usage"
)

// usageRoutes tell how much servers are used.
func (a *API) usageRoutes() []endpoint.Route {
	route := func(pattern, operation string, handle endpoint.Handler) endpoint.Route {
		return endpoint.Route{Method: http.MethodGet, Pattern: pattern, Operation: operation, Scopes: []string{usage.Scope}, List: true, Handle: handle}
	}
	return []endpoint.Route{
		route("/api/usage/now", "get-usage-now", a.usageNow),
		route("/api/usage/days", "get-usage-days", a.usageDays),
		route("/api/usage/users", "get-usage-users", a.usageUsers),
		route("/api/usage/groups", "get-usage-groups", a.usageGroups),
		route("/api/usage/starts", "get-usage-starts", a.usageStarts),
		route("/api/users/{name}/usage", "get-user-usage", a.usageOfUser),
	}
}

type usageNowModel struct {
	Servers struct {
		Running  int `json:"running"`
		Waiting  int `json:"waiting"`
		Stopping int `json:"stopping"`
		Failed   int `json:"failed"`
	} `json:"servers"`
	People struct {
		Total     int `json:"total"`
		Active24h int `json:"active_24h"`
		Active7d  int `json:"active_7d"`
	} `json:"people"`
	Profiles []profileNowModel `json:"profiles"`
}

// profileNowModel is how many servers run that were started as a profile.
type profileNowModel struct {
	Profile string `json:"profile"`
	Running int    `json:"running"`
}

func (a *API) usageNow(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	now, err := a.app.UsageNow(r.Context(), who)
	if err != nil {
		return err
	}
	var m usageNowModel
	m.Servers.Running, m.Servers.Waiting, m.Servers.Stopping, m.Servers.Failed = now.Running, now.Waiting, now.Stopping, now.Failed
	m.People.Total, m.People.Active24h, m.People.Active7d = now.People, now.ActiveDay, now.ActiveWeek
	m.Profiles = make([]profileNowModel, 0, len(now.Profiles))
	for slug, running := range now.Profiles {
		m.Profiles = append(m.Profiles, profileNowModel{slug, running})
	}
	slices.SortFunc(m.Profiles, func(a, b profileNowModel) int {
		return cmp.Or(cmp.Compare(b.Running, a.Running), cmp.Compare(a.Profile, b.Profile))
	})
	endpoint.WriteJSON(w, http.StatusOK, m)
	return nil
}

// usageList is what was used from a day to another, both among them.
type usageList[T any] struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Items []T    `json:"items"`
}

type usedDayModel struct {
	Day     string  `json:"day"`
	Seconds float64 `json:"seconds"`
	People  int     `json:"people"`
}

type usedByModel struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

type usedByGroupModel struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	People  int     `json:"people"`
}

func (a *API) usageDays(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	q, err := usageQuery(r.URL.Query(), "group")
	if err != nil {
		return endpoint.RefusalOr(access.MaySome(who, usage.Scope), err)
	}
	days, list, err := a.app.UsageByDay(r.Context(), who, q)
	if err != nil {
		return err
	}
	return a.writeDays(w, r, days, list)
}

func (a *API) usageOfUser(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name := r.PathValue("name")
	q, err := usageQuery(r.URL.Query())
	if err != nil {
		return endpoint.RefusalOr(a.app.MayUser(r.Context(), who, name, usage.Scope), err)
	}
	days, list, err := a.app.UsageOf(r.Context(), who, name, q)
	if err != nil {
		return err
	}
	return a.writeDays(w, r, days, list)
}

func (a *API) writeDays(w http.ResponseWriter, r *http.Request, days usage.Days, list []hub.UsedDay) error {
	if endpoint.AcceptsCSV(r) {
		return endpoint.WriteCSV(w, "usage-days.csv", []string{"day", "hours", "people"}, fileRows(list, func(d hub.UsedDay) []string {
			return []string{d.Day.Format(time.DateOnly), hours(d.Used), strconv.Itoa(d.People)}
		}))
	}
	writeUsage(w, days, list, func(d hub.UsedDay) usedDayModel {
		return usedDayModel{d.Day.Format(time.DateOnly), d.Used.Seconds(), d.People}
	})
	return nil
}

func (a *API) usageUsers(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return usedBy(w, r, who, a.app.UsageByUser, "usage-users.csv", []string{"user", "hours"},
		func(b hub.UsedBy) []string { return []string{b.Name, hours(b.Used)} },
		func(b hub.UsedBy) usedByModel { return usedByModel{b.Name, b.Used.Seconds()} })
}

func (a *API) usageGroups(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return usedBy(w, r, who, a.app.UsageByGroup, "usage-groups.csv", []string{"group", "hours", "people"},
		func(b hub.UsedBy) []string { return []string{b.Name, hours(b.Used), strconv.Itoa(b.People)} },
		func(b hub.UsedBy) usedByGroupModel { return usedByGroupModel{b.Name, b.Used.Seconds(), b.People} })
}

// How many rows of people or groups are answered, unless less or more is asked for: in a file, all that may be.
const (
	usageRows     = 20
	usageFileRows = 10_000
)

// usedBy answers with rows of people or groups.
func usedBy[M any](
	w http.ResponseWriter, r *http.Request, who *access.Requester,
	ask func(context.Context, *access.Requester, usage.Query) (usage.Days, []hub.UsedBy, error),
	file string, header []string, row func(hub.UsedBy) []string, model func(hub.UsedBy) M,
) error {
	q, err := usageQuery(r.URL.Query(), "group", "limit")
	if err != nil {
		return endpoint.RefusalOr(access.MaySome(who, usage.Scope), err)
	}
	csv := endpoint.AcceptsCSV(r)
	if q.Limit == 0 {
		q.Limit = usageRows
		if csv {
			q.Limit = usageFileRows
		}
	}
	days, list, err := ask(r.Context(), who, q)
	if err != nil {
		return err
	}
	if csv {
		return endpoint.WriteCSV(w, file, header, fileRows(list, row))
	}
	writeUsage(w, days, list, model)
	return nil
}

func writeUsage[T, M any](w http.ResponseWriter, days usage.Days, list []T, model func(T) M) {
	m := usageList[M]{days.From.Format(time.DateOnly), days.To.Format(time.DateOnly), make([]M, len(list))}
	for i, v := range list {
		m.Items[i] = model(v)
	}
	endpoint.WriteJSON(w, http.StatusOK, m)
}

// fileRows are the rows of a file.
func fileRows[T any](list []T, row func(T) []string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, v := range list {
			if !yield(row(v), nil) {
				return
			}
		}
	}
}

// hours is a time as spreadsheets calculate with it.
func hours(d time.Duration) string { return strconv.FormatFloat(d.Hours(), 'f', 2, 64) }

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) }

// usageQuery reads the days, and of the other parameters those named. An unknown one is refused: the answer would tell
// of others than were asked for.
func usageQuery(query url.Values, more ...string) (q usage.Query, err error) {
	allowed := map[string]bool{"from": true, "to": true}
	for _, key := range more {
		allowed[key] = true
	}
	for key := range query {
		value := endpoint.LastValue(query, key)
		switch {
		case !allowed[key]:
			err = hub.Errorf(hub.Invalid, "Unknown parameter %s", endpoint.Quoted(key))
		case key == "from":
			q.From, err = usageDay(key, value)
		case key == "to":
			q.To, err = usageDay(key, value)
		case key == "group":
			q.Group, err = hub.GroupName(value)
		case key == "limit":
			if q.Limit, err = strconv.Atoi(value); err != nil || q.Limit < 1 || q.Limit > usageFileRows {
				err = hub.Errorf(hub.Invalid, "limit must be a number from 1 to %d", usageFileRows)
			}
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

func usageDay(key, value string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, value)
	if err != nil || day.Year() < 1970 || day.Year() > 9999 {
		return day, hub.Errorf(hub.Invalid, "%s must be a day such as 2026-01-31", key)
	}
	return day, nil
}
