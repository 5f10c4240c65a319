package endpoint

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
)

// Kind is the rules by which a route's requests are authenticated and its errors
// written.
type Kind int

const (
	// API is for programs: tokens and cookies; XSRF by JupyterHub's rules for the API; JSON errors.
	API Kind = iota
	// Page is for people: cookies only; only navigations; XSRF for all but GET and HEAD; errors are pages.
	Page
	// Public is for anybody: no credentials are read, and nothing about a user is shown. Errors are JSON
	// under the API's prefix, else pages.
	Public
	// Mixed is for a page that programs request too: tokens and cookies, fetches besides
	// navigations, no XSRF, so it must not change anything. Errors are pages.
	Mixed
)

// Handler handles a request. who is never nil; who.Known() is false for an anonymous
// request; who.Address and who.RequestID are always set. A returned error is written by
// the Server, unless the response has begun.
type Handler func(w http.ResponseWriter, r *http.Request, who *access.Requester) error

// Route is one line of the table.
type Route struct {
	Method    string
	Pattern   string // below the hub's prefix, as ServeMux writes it: "/api/users/{name}", "/login", "/{$}"
	Operation string // operationId in the description of the API
	// Scopes are those of which one is needed, for the API's description; the use case
	// checks them.
	Scopes []string
	Kind   Kind
	// OwnXSRF: the handler calls CheckXSRF itself, because it writes the error in its own
	// way, or has to find out whether the check applies.
	OwnXSRF bool
	// SecretPath: the path holds a secret and is not logged.
	SecretPath bool
	// Large: a body may be as large as bulk work needs. Small: it may be no larger than that
	// of a user without rights over others.
	Large, Small bool
	// List: the response may be large, so that one requester gets a few at a time.
	List bool
	// LongRunning: it mostly waits, for a server that starts or stops.
	LongRunning bool
	// Cloud: errors have a field "error" too, as in the AUP Learning Cloud.
	Cloud bool
	// BeforePasswordChange: it is allowed to users who must change their password first.
	BeforePasswordChange bool
	// Framing says which pages may show the route's in a frame.
	Framing Framing
	Handle  Handler
}

// APIRoot is the one address that any page may read.
const APIRoot = "/api"
