package endpoint

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// MaxOffset is beyond any list.
const MaxOffset = 1 << 40

// IntParam is the absolute value of an integer in the query.
func IntParam(query url.Values, key string, fallback int) (int, error) {
	if !query.Has(key) {
		return fallback, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(LastValue(query, key)))
	if err != nil || n == -n && n != 0 {
		return 0, hub.Errorf(hub.Invalid, "Invalid argument type, offset and limit must be integers")
	}
	return max(n, -n), nil
}

// LastValue is the last value of a key, as JupyterHub reads it; empty for none.
func LastValue(values url.Values, key string) string {
	if all := values[key]; len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}
