package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// UsageTable is by what hours are counted.
type UsageTable string

// The tables.
const (
	UsageDays   UsageTable = "days" // of UTC
	UsageUsers  UsageTable = "users"
	UsageGroups UsageTable = "groups"
)

// UsageQuery says of which days Usage tells, and of whom. The zero value is the last 30 days, and all whose servers the
// token may read.
type UsageQuery struct {
	From, To time.Time // days of UTC, both among those that are told of
	Group    string    // of its members
	Limit    int       // how many people or groups; 0 is what the hub gives
}

// Used is for how long servers ran, on a day, or of a person or a group.
type Used struct {
	Day     string  `json:"day,omitempty"` // 2026-01-31
	Name    string  `json:"name,omitempty"`
	Seconds float64 `json:"seconds"`
	People  int     `json:"people,omitempty"` // whose servers they were; not with people
}

// Usage tells for how long servers ran. It is Atrium's; on JupyterHub it is ErrNotAtrium.
func (c *Client) Usage(ctx context.Context, by UsageTable, q UsageQuery) ([]Used, error) {
	if err := c.needAtrium(ctx, "read usage"); err != nil {
		return nil, err
	}
	v := url.Values{}
	for key, day := range map[string]time.Time{"from": q.From, "to": q.To} {
		if !day.IsZero() {
			v.Set(key, day.UTC().Format(time.DateOnly))
		}
	}
	if q.Group != "" {
		v.Set("group", q.Group)
	}
	if q.Limit > 0 {
		v.Set("limit", count(q.Limit))
	}
	var said struct {
		Items []Used `json:"items"`
	}
	_, err := c.do(ctx, call{method: http.MethodGet, route: at("/usage/" + string(by)), query: v, safe: true, read: into(&said)})
	return said.Items, err
}
