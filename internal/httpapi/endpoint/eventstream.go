package endpoint

import (
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// EventStream is a response of server-sent events. It is for one goroutine.
type EventStream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

// BeginEventStream begins the response. End has to be called at its end.
func BeginEventStream(w http.ResponseWriter) *EventStream {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	return &EventStream{w: w, rc: http.NewResponseController(w)}
}

// Send writes whole events, and fails where the client has not read for a while: it holds a
// goroutine.
func (s *EventStream) Send(text []byte) error {
	_ = s.rc.SetWriteDeadline(hub.SystemClock().Add(WriteTimeout))
	if _, err := s.w.Write(text); err != nil {
		return err
	}
	return s.rc.Flush()
}

// End takes the deadline back: the connection may serve others after this.
func (s *EventStream) End() { _ = s.rc.SetWriteDeadline(time.Time{}) }
