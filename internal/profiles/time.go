package profiles

import (
	"encoding/json"

	"github.com/atriumhub/atrium/internal/hub"
)

// mostMinutes is the longest time that a start may ask for: ten years.
const mostMinutes = 10 * 366 * 24 * 60

// Minutes is the time to run that options ask for; 0 where they ask for none. hub.Invalid is what is no such time.
func Minutes(options json.RawMessage) (minutes int64, err error) {
	var given map[string]json.RawMessage
	_ = json.Unmarshal(options, &given) // what is no object asks for nothing
	raw := given[keyRuntime]
	if len(raw) == 0 || string(raw) == "null" {
		return 0, nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil { // forms send texts
		if text == "" {
			return 0, nil
		}
		raw = json.RawMessage(text)
	}
	if json.Unmarshal(raw, &minutes) != nil || minutes < 1 || minutes > mostMinutes {
		return 0, hub.Errorf(hub.Invalid, "%s must be a whole number of minutes, from 1 to %d", keyRuntime, mostMinutes).Plainly(
			"The time to run must be a whole number of minutes, from 1 to %d.", mostMinutes)
	}
	return minutes, nil
}

// CheckTime refuses options that ask for more time than there is to be had with what they choose.
func CheckTime(l hub.Launch, options json.RawMessage) error {
	minutes, err := Minutes(options)
	if most := l.MaxTimeLimit; err == nil && most > 0 && minutes*60 > most {
		return hub.Errorf(hub.Invalid, "%s: at most %d minutes can be asked for here", keyRuntime, most/60).Plainly(
			"The server can run for %d minutes at most. Ask for no more.", most/60)
	}
	return err
}

// Granted is for how many seconds a run may be ready that is launched so: what its options ask for, or the limit of those that
// ask for none, and no more than the most; 0 is no limit. What cannot be read asks for none.
func Granted(l hub.Launch, options json.RawMessage) int64 {
	granted := l.TimeLimit
	if minutes, err := Minutes(options); err == nil && minutes > 0 {
		granted = minutes * 60
	}
	if l.MaxTimeLimit > 0 && (granted == 0 || granted > l.MaxTimeLimit) {
		return l.MaxTimeLimit
	}
	return granted
}
