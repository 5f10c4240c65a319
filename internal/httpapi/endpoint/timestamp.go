package endpoint

import (
	"regexp"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// isoTime is a day, or a day and a time, in ISO 8601's extended or basic form, with the
// liberties that RFC 3339 and JupyterHub take: a blank for the T, lower case, a zone of
// hours alone or by its name.
var isoTime = regexp.MustCompile(
	`^(\d{4})(-?)(\d\d)(-?)(\d\d)` + // 2022-03-07, 20220307
		`(?:(?:T| +)(\d\d)(?::?(\d\d)(?::?(\d\d)([.,]\d+)?)?)?` + // T10, T10:00, T100000.5
		` *(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$`)

// ParseTime reads the forms in which clients write times. One without a zone is UTC.
func ParseTime(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if iso, ok := extended(strings.ToUpper(text)); ok {
		at, err := time.Parse(time.RFC3339, iso)
		return hub.Micro(at), err == nil
	}
	for _, layout := range []string{time.RFC1123, time.RFC1123Z, time.ANSIC} { // as in HTTP's headers and in mail
		if at, err := time.Parse(layout, text); err == nil {
			return hub.Micro(at), true
		}
	}
	return time.Time{}, false
}

// extended writes a time as RFC 3339 has it.
func extended(text string) (string, bool) {
	m := isoTime.FindStringSubmatch(text)
	if m == nil || m[2] != m[4] {
		return "", false
	}
	year, month, day, fraction, zone := m[1], m[3], m[5], m[9], m[10]
	clock := make([]string, 3)
	for i, part := range m[6:9] {
		if clock[i] = part; part == "" {
			clock[i] = "00"
		}
	}
	switch {
	case zone == "" || zone == "UTC" || zone == "GMT":
		zone = "Z"
	case len(zone) == len("+02"):
		zone += ":00"
	case len(zone) == len("+0200"):
		zone = zone[:3] + ":" + zone[3:]
	}
	return year + "-" + month + "-" + day + "T" + strings.Join(clock, ":") + fraction + zone, true
}

// Timestamp writes a time as JupyterHub does: ISO 8601 in UTC with a Z,
// microseconds only where there are any; null for none.
func Timestamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	t = hub.Micro(t)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.000000Z")
}
