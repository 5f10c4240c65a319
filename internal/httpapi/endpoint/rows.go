package endpoint

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/atriumhub/atrium/internal/hub"
)

// KeyHeader carries a key that the client chose for a request: sent again under the key, nothing is done a second time.
const KeyHeader = "Idempotency-Key"

// RowsOf reads the rows of a list; an error names the row, counted from 1.
func RowsOf[T any](list string, rows []json.RawMessage, read func(JSONObject) (T, error)) ([]T, error) {
	out := make([]T, len(rows))
	for i, raw := range rows {
		o, ok := AsObject(raw)
		if !ok {
			return nil, hub.Errorf(hub.Invalid, "%s: row %d must be an object", list, i+1)
		}
		row, err := read(o)
		if err != nil {
			return nil, hub.Errorf(hub.Invalid, "%s: row %d: %s", list, i+1, err)
		}
		out[i] = row
	}
	return out, nil
}

// WholeCredits reads an amount, which has no fraction.
func WholeCredits(o JSONObject, key string) (int64, error) {
	raw, given := o[key]
	if !given {
		return 0, hub.Errorf(hub.Invalid, "%s is needed: whole credits", key)
	}
	var n json.Number
	if json.Unmarshal(raw, &n) != nil || raw[0] == '"' {
		return 0, hub.Errorf(hub.Invalid, "%s must be a whole number of credits", key)
	}
	if whole, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return whole, nil
	}
	f, err := n.Float64()
	if err != nil || f != math.Trunc(f) {
		return 0, hub.Errorf(hub.Invalid, "%s must be a whole number of credits", key)
	}
	// Beyond what an amount may be it is refused as such.
	return int64(max(min(f, 2*hub.MostCredits), -2*hub.MostCredits)), nil
}
