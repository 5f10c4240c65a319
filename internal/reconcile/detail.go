package reconcile

import (
	"encoding/json"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// startedMessage is the message to users when the process is alive: what they wait for, the
// server's limits and its devices.
func (r *Reconciler) startedMessage(s hub.Server) (message string, detail json.RawMessage, err error) {
	message = "Server process started, waiting for Jupyter to answer"
	told := map[string]any{}
	if limited, ok := r.Driver.(spawn.Limited); ok {
		limits, err := limited.Limits(s.ID)
		if err != nil {
			return message, nil, err
		}
		if len(limits) > 0 {
			told["limits"] = limits
			message += ". Its limits: " + strings.Join(limits, "; ")
		}
	}
	if list := s.Devices.Has; len(list) > 0 {
		told["devices"] = list
		texts := make([]string, len(list))
		for i, d := range list {
			texts[i] = d.Text()
		}
		message += ". Its devices: " + strings.Join(texts, ", ")
	}
	if len(told) == 0 {
		return message, nil, nil
	}
	if detail, err = json.Marshal(told); err != nil {
		return "", nil, err
	}
	return message, detail, nil
}
