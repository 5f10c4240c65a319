package reconcile

import (
	"encoding/json"

	"github.com/atriumhub/atrium/internal/hub"
)

// durations is how long the parts of a start took, in seconds, for the event's
// detail.
func durations(s hub.Server) json.RawMessage {
	b, err := json.Marshal(map[string]float64{
		"total_seconds":   s.ReadyAt.Sub(s.Requested).Seconds(),
		"waiting_seconds": s.Started.Sub(s.Requested).Seconds(),
		"jupyter_seconds": s.ReadyAt.Sub(s.Started).Seconds(),
	})
	if err != nil { // finite numbers always marshal
		return nil
	}
	return b
}
