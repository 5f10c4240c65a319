package hub

import (
	"encoding/json"
	"strings"
)

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

// ServiceName checks a service's name: it is a segment of paths and part of the
// names of cookies.
func ServiceName(name string) (string, error) {
	if msg := badName(name, MaxGroupName); msg != "" {
		return "", Errorf(Invalid, "Invalid service name: %s (%s)", Clip(name), msg)
	}
	if strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
	}) {
		return "", Errorf(Invalid, "Invalid service name: %s (letters, digits and -._~ are allowed)", Clip(name))
	}
	return name, nil
}
