package proxy

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
)

// statusClientGone is what nginx logs when nobody waits for the answer any more.
const statusClientGone = 499

// failed answers when a server could not be asked or gave no answer.
func failed(w http.ResponseWriter, r *http.Request, err error) {
	f := w.(*writer).flow // what the reverse proxy was given
	p := f.proxy
	switch {
	case f.isEnded():
		panic(http.ErrAbortHandler) // the connection goes, whoever holds it
	case f.upgraded():
		return // the answer was begun; the connection is closed
	case f.in.Context().Err() != nil:
		p.opts.Logger.DebugContext(r.Context(), "client went before the answer", "server_id", f.entry.ServerID)
		w.WriteHeader(statusClientGone)
		return
	case errors.Is(err, context.Canceled):
		panic(http.ErrAbortHandler)
	}
	switch id := f.entry.ServiceID; {
	case errors.Is(err, ErrCannotTell): // whoever looked has said why
	case id != 0:
		attrs := []any{"service_id", id, "prefix", f.entry.Prefix, "error", err}
		if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
			attrs = append(attrs, "cure", "let this machine trust the authority of the service's certificate (update-ca-certificates), or start the hub with SSL_CERT_FILE")
		}
		p.opts.Logger.WarnContext(r.Context(), "service does not answer", attrs...)
	default:
		p.opts.Logger.WarnContext(r.Context(), "notebook server does not answer",
			"server_id", f.entry.ServerID, "user_id", f.entry.UserID, "error", err)
	}
	if f.upgrade {
		refuseUpgrade(w)
		return
	}
	p.opts.Unavailable(w, f.in, f.entry.Route, err)
}

// refuseUpgrade answers a websocket that cannot be opened: nobody reads a body.
func refuseUpgrade(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusServiceUnavailable)
}

const cannotTellText = "The hub cannot tell right now who you are. Load this page again in a moment."

const unavailableText = "The server is running, but it did not answer. Load this page again in a moment; if that does not help, stop it at the hub's home page and start it again."

// unavailable is the answer where Options has none.
func unavailable(w http.ResponseWriter, r *http.Request, _ Route, err error) {
	heading, text := "The server does not answer", unavailableText
	if errors.Is(err, ErrCannotTell) {
		heading, text = "The hub is busy", cannotTellText
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if WantsJSON(r) {
		body, _ := json.Marshal(map[string]any{"status": http.StatusServiceUnavailable, "message": text})
		h.Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write(body)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte("<!doctype html><html lang=\"en\"><title>" + heading + "</title><h1>" + heading + "</h1><p>" +
		template.HTMLEscapeString(text) + "</p></html>"))
}

// WantsJSON tells whether a program asks rather than a person: by the Accept header,
// or by a path with a segment "api", as JupyterHub decides it for stopped servers.
func WantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	asJSON, asHTML := strings.Index(accept, "application/json"), strings.Index(accept, "text/html")
	if asJSON >= 0 && (asHTML < 0 || asJSON < asHTML) {
		return true
	}
	return asHTML < 0 && slices.Contains(strings.Split(rawPath(r), "/"), "api")
}
