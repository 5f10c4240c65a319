package httpapi

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
)

// routeKind is the rules by which a route's requests are authenticated and its errors
// written.
type routeKind int

const (
	// api: tokens and cookies; XSRF by JupyterHub's rules for the API; JSON errors.
	api routeKind = iota
	// page: cookies only; only navigations; XSRF for all but GET and HEAD; errors are pages.
	page
	// public: no credentials are read, and nothing about a user is shown. Errors are JSON
	// under the API's prefix, else pages.
	public
	// mixed: a page that programs request too: tokens and cookies, fetches besides
	// navigations, no XSRF, so it must not change anything. Errors are pages.
	mixed
)

// handler handles a request. who is never nil; who.Known() is false for an anonymous
// request; who.Address and who.RequestID are always set. A returned error is written by
// writeError, unless the response has begun.
type handler func(w http.ResponseWriter, r *http.Request, who *access.Requester) error

// route is one line of the table.
type route struct {
	Method    string
	Pattern   string // below the hub's prefix, as ServeMux writes it: "/api/users/{name}", "/login", "/{$}"
	Operation string // operationId in the description of the API
	// Scopes are those of which one is needed, for the API's description; the use case
	// checks them.
	Scopes []string
	kind   routeKind
	// ownXSRF: the handler calls checkXSRF itself, because it writes the error in its own
	// way, or has to find out whether the check applies.
	ownXSRF bool
	// secretPath: the path holds a secret and is not logged.
	secretPath bool
	// large: a body may be as large as bulk work needs. small: it may be no larger than that
	// of a user without rights over others.
	large, small bool
	// list: the response may be large, so that one requester gets a few at a time.
	list bool
	// longRunning: it mostly waits, for a server that starts or stops.
	longRunning bool
	// cloud: errors have a field "error" too, as in the AUP Learning Cloud.
	cloud bool
	// beforePasswordChange: it is allowed to users who must change their password first.
	beforePasswordChange bool
	// framing says which pages may show the route's in a frame.
	framing framePolicy
	Handle  handler
}

// apiRoot is the one address that any page may read.
const apiRoot = "/api"
