package extensions

import (
	"net/http"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/usage"
)

type startsModel struct {
	From   string          `json:"from"`
	To     string          `json:"to"`
	Days   []startDayModel `json:"days"`
	Causes []causeModel    `json:"causes"`
	Waits  []waitModel     `json:"waits"`
}

type startDayModel struct {
	Day           string  `json:"day"`
	Ready         int     `json:"ready"`
	Failed        int     `json:"failed"`
	Cancelled     int     `json:"cancelled"`
	MeanSeconds   float64 `json:"mean_seconds"`
	QueuedSeconds float64 `json:"queued_seconds"`
	Longest       float64 `json:"longest_seconds"`
}

type causeModel struct {
	Cause string `json:"cause"`
	Count int    `json:"count"`
}

type waitModel struct {
	UpTo  *float64 `json:"up_to_seconds"` // null: any longer time
	Count int      `json:"count"`
}

// usageStarts tells how starts went; a file has one of the three tables.
func (a *API) usageStarts(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	query := r.URL.Query()
	table := endpoint.LastValue(query, "table")
	query.Del("table")
	q, err := usageQuery(query, "group")
	if err == nil && table != "" && table != "days" && table != "causes" && table != "waits" {
		err = hub.Errorf(hub.Invalid, "table must be days, causes or waits")
	}
	if err != nil {
		return endpoint.RefusalOr(access.MaySome(who, usage.Scope), err)
	}
	days, starts, err := a.app.Starts(r.Context(), who, q)
	if err != nil {
		return err
	}
	if endpoint.AcceptsCSV(r) {
		return writeStarts(w, table, starts)
	}
	endpoint.WriteJSON(w, http.StatusOK, modelOfStarts(days, starts))
	return nil
}

func modelOfStarts(days usage.Days, starts usage.Starts) startsModel {
	m := startsModel{
		From: days.From.Format(time.DateOnly), To: days.To.Format(time.DateOnly),
		Days: make([]startDayModel, len(starts.Days)), Causes: make([]causeModel, len(starts.Causes)), Waits: make([]waitModel, len(starts.Waits)),
	}
	for i, d := range starts.Days {
		m.Days[i] = startDayModel{
			d.Day.Format(time.DateOnly), d.Ready, d.Failed, d.Cancelled, d.Mean().Seconds(), d.Queued().Seconds(), d.Longest.Seconds(),
		}
	}
	for i, c := range starts.Causes {
		m.Causes[i] = causeModel{string(c.Cause), c.Count}
	}
	for i, wait := range starts.Waits {
		m.Waits[i].Count = wait.Count
		if upTo := wait.UpTo.Seconds(); upTo > 0 {
			m.Waits[i].UpTo = &upTo
		}
	}
	return m
}

func writeStarts(w http.ResponseWriter, table string, starts usage.Starts) error {
	switch table {
	case "causes":
		return endpoint.WriteCSV(w, "starts-causes.csv", []string{"cause", "count"}, fileRows(starts.Causes, func(c usage.CauseCount) []string {
			return []string{string(c.Cause), strconv.Itoa(c.Count)}
		}))
	case "waits":
		return endpoint.WriteCSV(w, "starts-waits.csv", []string{"up_to_seconds", "count"}, fileRows(starts.Waits, func(c usage.WaitCount) []string {
			upTo := ""
			if c.UpTo > 0 {
				upTo = strconv.Itoa(int(c.UpTo.Seconds()))
			}
			return []string{upTo, strconv.Itoa(c.Count)}
		}))
	}
	header := []string{"day", "ready", "failed", "cancelled", "mean_seconds", "queued_seconds", "longest_seconds"}
	return endpoint.WriteCSV(w, "starts-days.csv", header, fileRows(starts.Days, func(d usage.StartDay) []string {
		return []string{
			d.Day.Format(time.DateOnly), strconv.Itoa(d.Ready), strconv.Itoa(d.Failed), strconv.Itoa(d.Cancelled),
			seconds(d.Mean()), seconds(d.Queued()), seconds(d.Longest),
		}
	}))
}
