package extensions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/events"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// eventModel is an event. Of a server that is there it tells what lists show of it; of a person or
// a group, that they are to be read again.
type eventModel struct {
	Kind   events.Kind  `json:"kind"`
	Name   string       `json:"name,omitempty"`
	Gone   bool         `json:"gone,omitempty"`
	Server *eventServer `json:"server,omitempty"`
}

// eventServer is a server, with the fields of GET /users that change as it starts and stops.
type eventServer struct {
	Name        string    `json:"name"`
	DisplayName string    `json:"display_name"`
	Phase       hub.Phase `json:"phase,omitempty"`
	Pending     *string   `json:"pending"`
	Ready       bool      `json:"ready"`
	Stopped     bool      `json:"stopped"`
	Started     any       `json:"started"`
	URL         string    `json:"url"`
	Failure     *string   `json:"failure"`
	Profile     string    `json:"profile,omitempty"`

	Devices []hub.Device `json:"devices,omitempty"`

	StopReason hub.StopReason `json:"stop_reason,omitempty"`
}

// followEvents streams what happens, as server-sent events, until the reader goes away, may not read
// any more, or the hub ends.
func (a *API) followEvents(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	query := r.URL.Query()
	want, err := wantedEvents(query)
	if err != nil {
		if !who.Known() {
			err = hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
		}
		return err
	}
	last := r.Header.Get("Last-Event-ID")
	if last == "" { // a page that comes back by itself cannot add a header
		last = endpoint.LastValue(query, "last_event_id")
	}
	stream, err := a.app.FollowEvents(r.Context(), who, want, last)
	if err != nil {
		return err
	}
	defer stream.Close()
	out := endpoint.BeginEventStream(w)
	defer out.End()
	// After a restart of the hub all come back: not in the same moment.
	wait := 1000 + rand.IntN(3000) //nolint:gosec // nothing to guess
	if err := out.Send(fmt.Appendf(nil, "retry: %d\n\n", wait)); err != nil {
		return nil
	}
	for {
		list, err := stream.Next(r.Context())
		if err != nil {
			return nil // the stream's end is all that can be told
		}
		if err := out.Send(a.eventsText(list, stream)); err != nil {
			return nil
		}
	}
}

// wantedEvents reads what of all that happens is asked for.
func wantedEvents(query url.Values) (want events.Wanted, err error) {
	for key, values := range query {
		switch key {
		case "kind":
			for _, v := range values {
				want.Kinds = append(want.Kinds, events.Kind(v))
			}
		case "name":
			want.Names = values
		case "last_event_id", "_xsrf":
		default:
			return want, hub.Errorf(hub.Invalid, "Unknown filter %s", endpoint.Quoted(key))
		}
	}
	return want, nil
}

// eventsText is the events as they are sent, the last with the place up to which all were told.
func (a *API) eventsText(list []*events.Event, stream *events.Stream) []byte {
	var text bytes.Buffer
	for _, e := range list {
		text.WriteString("data: ")
		text.Write(e.Text(a.eventText))
		if e == list[len(list)-1] {
			fmt.Fprintf(&text, "\nid: %s", stream.ID())
		}
		text.WriteString("\n\n")
	}
	return text.Bytes()
}

func (a *API) eventText(e *events.Event) []byte {
	m := eventModel{Kind: e.Kind, Name: e.Name, Gone: e.Gone}
	if e.Kind == events.ServerKind {
		s := e.Server
		m.Server = &eventServer{Name: s.Name}
		if !e.Gone {
			m.Server = &eventServer{
				Name: s.Name, DisplayName: s.DisplayName, Phase: s.Phase, Pending: textOrNull(s.Pending()), Ready: s.Running(), Stopped: !s.Active(),
				Started: endpoint.Timestamp(s.Started), URL: a.env.Site.ServerURL(s.UserName, s.Name), Failure: textOrNull(s.FailureFor(false)), Profile: s.Profile, Devices: s.Devices.Has,
				StopReason: s.Ended(),
			}
		}
	}
	text, err := json.Marshal(m)
	if err != nil { // our own types
		return []byte(`{"kind":"reset"}`)
	}
	return text
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
