package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

func (a *API) getServer(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	v, err := a.app.ShowServer(r.Context(), who, r.PathValue("name"), r.PathValue("server"))
	if err != nil {
		return err
	}
	return a.writeServer(w, r, http.StatusOK, v)
}

// writeServer answers with the one server of the view.
func (a *API) writeServer(w http.ResponseWriter, r *http.Request, status int, v access.UserView) error {
	places, err := a.queuePositions(r.Context(), v)
	if err != nil {
		return err
	}
	for _, m := range a.serverModels(r, v, true, places) {
		endpoint.WriteJSON(w, status, m)
	}
	return nil
}

// putServer makes a named server without starting it.
func (a *API) putServer(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name, server := r.PathValue("name"), r.PathValue("server")
	req, err := startRequest(r, server)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayServer(r.Context(), who, name, server, "start:servers"), err)
	}
	v, err := a.app.CreateServer(r.Context(), who, name, server, req)
	if err != nil {
		return err
	}
	return a.writeServer(w, r, http.StatusCreated, v)
}

// patchServer renames a server that is stopped, or changes what its next start has.
func (a *API) patchServer(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name, server := r.PathValue("name"), r.PathValue("server")
	p, err := serverPatch(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayServer(r.Context(), who, name, server, "start:servers"), err)
	}
	v, err := a.app.PatchServer(r.Context(), who, name, server, p)
	if err != nil {
		return err
	}
	return a.writeServer(w, r, http.StatusOK, v)
}

func serverPatch(r *http.Request) (p servers.ServerPatch, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return p, err
	}
	if endpoint.IsFalsy(raw) {
		return p, hub.Errorf(hub.Invalid, "Must specify at least one field to modify.")
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return p, hub.Errorf(hub.Invalid, "Body must be a JSON object")
	}
	if err := o.CheckKeys("name", "display_name", "user_options"); err != nil {
		return p, err
	}
	if p.Name, err = textOrNull(o, "name"); err != nil {
		return p, err
	}
	if p.DisplayName, err = textOrNull(o, "display_name"); err != nil {
		return p, err
	}
	if p.DisplayName != nil && *p.DisplayName == "" {
		p.DisplayName = nil
	}
	if options, given := o["user_options"]; given {
		if len(options) == 0 || options[0] != '{' {
			return p, hub.Errorf(hub.Invalid, "user_options must be a dict")
		}
		p.Options = options
	}
	return p, nil
}

// textOrNull is nil for a key that is not given, or null.
func textOrNull(o endpoint.JSONObject, key string) (*string, error) {
	if string(o[key]) == "null" {
		return nil, nil
	}
	text, given, err := o.StringField(key)
	if err != nil || !given {
		return nil, err
	}
	return &text, nil
}

// startServer asks for a server and waits a little for it: 201 when it is ready by
// then, 202 when it is still on its way.
func (a *API) startServer(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name, server := r.PathValue("name"), r.PathValue("server")
	req, err := startRequest(r, server)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayServer(r.Context(), who, name, server, "start:servers"), err)
	}
	started, err := a.app.StartServer(r.Context(), who, name, server, req)
	if err != nil {
		return err
	}
	if started.RequestID != who.RequestID { // it was on its way before
		endpoint.WriteEmpty(w, http.StatusAccepted)
		return nil
	}
	now, err := a.waitFor(r.Context(), started, a.opts.SlowStart, func(now hub.Server) bool {
		return now.Pending() != "spawn"
	})
	switch {
	case err != nil:
		return err
	case now.Running():
		endpoint.WriteEmpty(w, http.StatusCreated)
	case now.Pending() == "spawn":
		endpoint.WriteEmpty(w, http.StatusAccepted)
	case now.Failing() && now.Failure != "":
		return endpoint.StatusError{Status: http.StatusInternalServerError, Msg: a.failureMessage(r, who, now)}
	default:
		return endpoint.StatusError{Status: http.StatusInternalServerError, Msg: "The start of " + started.FullName() + " was cancelled"}
	}
	return nil
}

// getServerLog is what a server has written last, as text for people.
func (a *API) getServerLog(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	log, err := a.app.ServerLog(r.Context(), who, r.PathValue("name"), r.PathValue("server"))
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"log": endpoint.Readable(log)})
	return nil
}

// failureMessage is why a start failed, with the details that the requester may see.
func (a *API) failureMessage(r *http.Request, who *access.Requester, server hub.Server) string {
	return failureIn(r, server, a.app.MayServer(r.Context(), who, server.UserName, server.Name, "admin:server_state") == nil)
}

// waitFor waits until the condition holds or the time is over, and returns the server.
func (a *API) waitFor(ctx context.Context, server hub.Server, wait time.Duration, until func(hub.Server) bool) (hub.Server, error) {
	if wait <= 0 || until(server) {
		return server, nil
	}
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	now, err := a.app.WaitServer(limited, server.ID, until)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return server, nil
	}
	return now, err
}

// startRequest reads the body of a start. One with neither of the keys that
// JupyterHub 6 knows is itself the options, as it was before.
func startRequest(r *http.Request, server string) (req servers.StartRequest, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil || endpoint.IsFalsy(raw) {
		return req, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return req, hub.Errorf(hub.Invalid, "Body must be a JSON object")
	}
	display, named, err := o.StringField("display_name")
	if err != nil {
		return req, err
	}
	options, structured := o["user_options"]
	if err := wantObject(options); err != nil {
		return req, err
	}
	switch {
	case !named && !structured:
		req.Options = raw
	case string(options) != "null":
		req.Options = options
	}
	if display != "" && server != "" { // the default server has no name to show
		req.DisplayName = &display
	}
	return req, nil
}

func wantObject(raw json.RawMessage) error {
	if len(raw) > 0 && raw[0] != '{' && string(raw) != "null" {
		return hub.Errorf(hub.Invalid, "user_options must be an object or null")
	}
	return nil
}

// stopServer asks for a server to stop and waits a little: 204 when it is gone by
// then, 202 when it still stops.
func (a *API) stopServer(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name, server := r.PathValue("name"), r.PathValue("server")
	remove, err := stopOptions(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayServer(r.Context(), who, name, server, "delete:servers"), err)
	}
	stopping, err := a.app.StopServer(r.Context(), who, name, server, remove)
	if err != nil {
		return err
	}
	now, err := a.waitFor(r.Context(), stopping, a.opts.SlowStop, func(now hub.Server) bool { return !now.Active() })
	if err != nil {
		return err
	}
	status := http.StatusNoContent
	if now.Active() {
		status = http.StatusAccepted
	}
	endpoint.WriteEmpty(w, status)
	return nil
}

func stopOptions(r *http.Request) (bool, error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil || endpoint.IsFalsy(raw) {
		return false, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return false, hub.Errorf(hub.Invalid, "Body must be a JSON object")
	}
	remove, err := o.BoolField("remove")
	return remove != nil && *remove, err
}
