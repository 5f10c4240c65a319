package reconcile

import (
	"encoding/json"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// startedMessage is the message to users when the process is alive: what they wait for, and the
// server's limits.
func (r *Reconciler) startedMessage(s hub.Server) (message string, detail json.RawMessage, err error) {
	message = "Server process started, waiting for Jupyter to answer"
	limited, ok := r.Driver.(spawn.Limited)
	if !ok {
		return message, nil, nil
	}
	limits, err := limited.Limits(s.ID)
	if err != nil || len(limits) == 0 {
		return message, nil, err
	}
	if detail, err = json.Marshal(map[string]any{"limits": limits}); err != nil {
		return "", nil, err
	}
	return message + ". Its limits: " + strings.Join(limits, "; "), detail, nil
}
