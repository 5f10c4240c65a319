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

// statusClientGone is nginx's status for a client that closed the connection early.
const statusClientGone = 499

// handleError is the reverse proxy's ErrorHandler: it responds when the server did not.
func handleError(w http.ResponseWriter, r *http.Request, err error) {
	x := w.(*responseWriter).exchange // what the reverse proxy was given
	p := x.proxy
	switch {
	case x.isEnded():
		panic(http.ErrAbortHandler) // closes the client's connection
	case x.isUpgraded():
		return // the response has begun, and its connection is closed
	case x.in.Context().Err() != nil:
		p.opts.Logger.DebugContext(r.Context(), "client went before the answer", "server_id", x.entry.ServerID)
		w.WriteHeader(statusClientGone)
		return
	case errors.Is(err, context.Canceled):
		panic(http.ErrAbortHandler)
	}
	switch id := x.entry.ServiceID; {
	case errors.Is(err, ErrIdentityUnavailable): // logged where the lookup failed
	case id != 0:
		attrs := []any{"service_id", id, "prefix", x.entry.Prefix, "error", err}
		if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
			attrs = append(attrs, "cure", "let this machine trust the authority of the service's certificate (update-ca-certificates), or start the hub with SSL_CERT_FILE")
		}
		p.opts.Logger.WarnContext(r.Context(), "service does not answer", attrs...)
	default:
		p.opts.Logger.WarnContext(r.Context(), "notebook server does not answer",
			"server_id", x.entry.ServerID, "user_id", x.entry.UserID, "error", err)
	}
	if x.wantsUpgrade {
		refuseUpgrade(w)
		return
	}
	p.opts.Unavailable(w, x.in, x.entry.Route, err)
}

// refuseUpgrade responds to a request for a websocket that cannot be opened, without a body,
// which clients do not read.
func refuseUpgrade(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusServiceUnavailable)
}

const identityUnavailableText = "The hub cannot tell right now who you are. Load this page again in a moment."

const unavailableText = "The server is running, but it did not answer. Load this page again in a moment; if that does not help, stop it at the hub's home page and start it again."

// serveUnavailable is the default of Options.Unavailable.
func serveUnavailable(w http.ResponseWriter, r *http.Request, _ Route, err error) {
	heading, text := "The server does not answer", unavailableText
	if errors.Is(err, ErrIdentityUnavailable) {
		heading, text = "The hub is busy", identityUnavailableText
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

// WantsJSON reports whether the response should be JSON: by the Accept header, or for a path
// with a segment "api", as JupyterHub decides it for stopped servers.
func WantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	asJSON, asHTML := strings.Index(accept, "application/json"), strings.Index(accept, "text/html")
	if asJSON >= 0 && (asHTML < 0 || asJSON < asHTML) {
		return true
	}
	return asHTML < 0 && slices.Contains(strings.Split(rawPath(r), "/"), "api")
}
