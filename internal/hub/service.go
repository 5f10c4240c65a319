package hub

import "encoding/json"

// Service is a program beside the hub that uses its API, logs people in through it,
// or both (JupyterHub's `services`).
type Service struct {
	ID    int64
	Name  string
	Admin bool // it has the admin role
	// URL is where the proxy finds it; empty for one that only uses the API.
	URL string
	// Display lets people see it in the list of services.
	Display    bool
	Info       json.RawMessage // a JSON object that the hub hands on; never nil
	FromConfig bool            // declared in the configuration, not over the API
	Managed    bool            // the hub runs its command
	Command    []string

	// The OAuth client; empty ClientID where nobody logs in through the service.
	ClientID      string
	RedirectURI   string
	AllowedScopes []string
	NoConfirm     bool // people are not asked whether the service may know them

	Roles []string // beside "admin", sorted
}

// ServicePath is where the proxy serves a service: base + services/NAME/.
func ServicePath(base, name string) string { return base + "services/" + EscapeName(name) + "/" }

// RoleMember gives a role to a person, a group or a service: one of the three ids
// is set.
type RoleMember struct {
	Role      string
	UserID    int64
	GroupID   int64
	ServiceID int64
}
