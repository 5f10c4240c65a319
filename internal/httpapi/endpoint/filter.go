package endpoint

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
)

// FilterKeys are those of Atrium's own by which lists and bulk requests find people, beside
// JupyterHub's name and state.
func FilterKeys() []string {
	return []string{"group", "server", "admin", "account", "seen_within", "unseen_for", "never_seen"}
}

// QueryFilter reads the keys out of a query. It is hub.Invalid where one means nothing.
func QueryFilter(q url.Values) (filter.Filter, error) {
	return readFilter(func(key string) (string, error) { return LastValue(q, key), nil })
}

// ObjectFilter reads the keys out of an object: texts, and true or false. It is hub.Invalid where
// one means nothing.
func ObjectFilter(o JSONObject) (filter.Filter, error) {
	return readFilter(func(key string) (string, error) {
		raw, given := o[key]
		if !given {
			return "", nil
		}
		var truth bool
		if json.Unmarshal(raw, &truth) == nil && (key == "admin" || key == "never_seen") {
			return strconv.FormatBool(truth), nil
		}
		text, _, err := o.StringField(key)
		if err == nil && text == "" {
			err = hub.Errorf(hub.Invalid, "%s is empty: leave it out", key)
		}
		return text, err
	})
}

func readFilter(value func(key string) (string, error)) (f filter.Filter, err error) {
	texts := map[string]string{}
	for _, key := range FilterKeys() {
		text, err := value(key)
		if err != nil {
			return f, err
		}
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return f, hub.Errorf(hub.Invalid, "%s is not text", key)
		}
		texts[key] = text
	}
	f.Group, f.Server, f.Account = texts["group"], filter.ServerState(texts["server"]), filter.AccountState(texts["account"])
	if f.Admin, err = truth("admin", texts["admin"]); err != nil {
		return f, err
	}
	never, err := truth("never_seen", texts["never_seen"])
	if err != nil {
		return f, err
	}
	f.NeverSeen = never != nil && *never
	if f.SeenWithin, err = span("seen_within", texts["seen_within"]); err != nil {
		return f, err
	}
	if f.UnseenFor, err = span("unseen_for", texts["unseen_for"]); err != nil {
		return f, err
	}
	return f, f.Check()
}

// truth is nil where nothing is said.
func truth(key, text string) (*bool, error) {
	switch text {
	case "":
		return nil, nil //nolint:nilnil // nothing is said
	case "true", "false":
		yes := text == "true"
		return &yes, nil
	}
	return nil, hub.Errorf(hub.Invalid, "%s must be true or false, not %s", key, Quoted(text))
}

// span reads how long ago: a number of hours, days or weeks, 12h, 7d, 26w.
func span(key, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 16)
	unit := units[text[len(text)-1]]
	if err != nil || unit == 0 || n == 0 {
		return 0, hub.Errorf(hub.Invalid, "%s must be a number of hours, days or weeks, such as 12h, 7d or 26w, not %s", key, Quoted(text))
	}
	return time.Duration(n) * unit, nil
}
