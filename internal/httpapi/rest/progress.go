package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

const (
	// keepAliveInterval is how often an idle stream gets an empty line, so that no proxy in
	// between closes it.
	keepAliveInterval = 8 * time.Second
	// queueProgress is the progress, in percent, of a server that is queued.
	queueProgress = 5
	// maxStreams is how many streams of the same start a requester may have open. There is no
	// limit on different starts: a script may follow those of a whole class.
	maxStreams = 20
)

// streamCounter counts the open streams of starts.
type streamCounter struct {
	mu   sync.Mutex
	open map[streamKey]int
}

// streamKey identifies a requester's streams of one server's start.
type streamKey struct{ user, service, server int64 }

func streamKeyOf(who *access.Requester, server int64) streamKey {
	return streamKey{user: who.User.ID, service: who.Service.ID, server: server}
}

// acquire counts one more stream, or refuses it; release has to be called at its end.
func (s *streamCounter) acquire(key streamKey) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[key] >= maxStreams {
		return nil, &hub.Error{
			Code: hub.Limit, RetryAfter: 5 * time.Second,
			Msg: fmt.Sprintf("Too many progress streams of this start are open: at most %d. Close some.", maxStreams),
		}
	}
	if s.open == nil {
		s.open = map[streamKey]int{}
	}
	s.open[key]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.open[key]--; s.open[key] == 0 {
			delete(s.open, key)
		}
	}, nil
}

// getProgress streams the steps of a start as server-sent events, until it is over.
func (a *API) getProgress(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	server, err := a.app.GetServer(r.Context(), who, r.PathValue("name"), r.PathValue("server"), "read:servers")
	if err != nil {
		return err
	}
	if server.Pending() != "spawn" && !server.Running() && !server.Failing() {
		if server.ID == 0 {
			return hub.Errorf(hub.NotFound, "%s is not starting...", server.FullName())
		}
		return hub.Errorf(hub.Invalid, "%s is not starting...", server.FullName())
	}
	release, err := a.streams.acquire(streamKeyOf(who, server.ID))
	if err != nil {
		return err
	}
	defer release()
	out := &stream{EventStream: endpoint.BeginEventStream(w), api: a, language: language.Of(r), failure: func(now hub.Server) string { return a.failureMessage(r, who, now) }}
	defer out.End()
	switch { // clients stop at the first event that is ready or failed
	case server.Running():
		return out.send(out.readyEvent(server))
	case server.Failing():
		return out.send(failedEvent(out.failure(server)))
	}
	if err := a.follow(r.Context(), server, out); err != nil && r.Context().Err() == nil {
		return fmt.Errorf("stream progress of %s: %w", server.FullName(), err)
	}
	return nil
}

// follow sends the steps and, while there are none, keeps the stream alive.
func (a *API) follow(ctx context.Context, server hub.Server, out *stream) error {
	ctx, cancel := context.WithCancel(ctx)
	steps, ended := make(chan servers.Step), make(chan error, 1)
	go func() {
		defer close(steps)
		ended <- a.app.FollowStart(ctx, server, func(step servers.Step) error {
			select {
			case steps <- step:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	err := copySteps(steps, out)
	cancel()
	if followed := <-ended; err == nil {
		err = followed
	}
	return err
}

func copySteps(steps <-chan servers.Step, out *stream) error {
	tick := time.NewTicker(keepAliveInterval)
	defer tick.Stop()
	if err := out.sendKeepAlive(); err != nil {
		return err
	}
	for {
		select {
		case step, more := <-steps:
			if !more {
				return nil
			}
			if err := out.sendStep(step); err != nil {
				return err
			}
		case <-tick.C:
			if err := out.sendKeepAlive(); err != nil {
				return err
			}
		}
	}
}

// stream writes server-sent events of one start.
type stream struct {
	*endpoint.EventStream

	api *API
	// language is that of who reads it.
	language language.Tag
	// failure is why a start failed, as the one who asks is told it.
	failure func(hub.Server) string
	place   int // in the queue, as last told
}

func (o *stream) sendKeepAlive() error { return o.Send([]byte("\n\n")) }

func (o *stream) send(event model) error {
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	return o.Send(fmt.Appendf(nil, "data: %s\n\n", body))
}

// sendStep sends what is new and, if the start is over, its result. That comes from the
// server's phase, not from its events: in the phase Ready the proxy has the route.
func (o *stream) sendStep(step servers.Step) error {
	for _, e := range step.Events {
		if !isOfStart(e.Kind) {
			continue
		}
		if err := o.send(model{"progress": min(e.Progress, 99), "message": o.language.Say(e.Message)}); err != nil {
			return err
		}
	}
	if step.Place > 0 && step.Place != o.place {
		o.place = step.Place
		message := "Waiting in queue: " + ordinal(step.Place)
		if wants := step.Server.Devices.Wants; len(wants) > 0 {
			message = "Waiting for " + hub.CountText(wants) + ": " + ordinal(step.Place)
		}
		if err := o.send(model{"progress": queueProgress, "message": o.language.Say(message)}); err != nil {
			return err
		}
	}
	if step.Server.Failing() {
		return o.send(failedEvent(o.failure(step.Server)))
	}
	switch step.Server.Phase {
	case hub.Ready:
		return o.send(o.readyEvent(step.Server))
	case hub.Stopped, hub.Stopping:
		return o.send(model{"progress": 100, "failed": true, "message": "Spawn cancelled"})
	case hub.Queued, hub.Starting, hub.Waiting, hub.Failed:
	}
	return nil
}

// isOfStart reports whether events of the kind are told while a server starts.
func isOfStart(kind hub.EventKind) bool {
	switch kind {
	case hub.EventRequested, hub.EventStarting, hub.EventProgress, hub.EventStarted:
		return true
	case hub.EventReady, hub.EventFailed, hub.EventStopping, hub.EventStopped, hub.EventLost:
	}
	return false
}

func (o *stream) readyEvent(server hub.Server) model {
	url := o.api.env.Site.ServerURL(server.UserName, server.Name)
	shown := html.EscapeString(url)
	return model{
		"progress": 100, "ready": true, "url": url, "message": "Server ready at " + url,
		"html_message": `Server ready at <a href="` + shown + `">` + shown + `</a>`,
	}
}

func failedEvent(reason string) model {
	message := "Spawn failed"
	if reason != "" {
		message += ": " + reason
	}
	return model{"progress": 100, "failed": true, "message": message}
}

// ordinal is 1st, 2nd, 3rd, 4th …
func ordinal(n int) string {
	suffix := "th"
	if tens := n / 10 % 10; tens != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
