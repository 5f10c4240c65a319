package hub

import (
	"encoding/json"
	"time"
)

// Actor is who does something, for the audit log. Kind is "user", "service" or
// "system".
type Actor struct {
	Kind string
	ID   int64
	Name string
}

// System is the hub itself.
func System() Actor { return Actor{Kind: "system", Name: "atrium"} }

// AuditEntry records that somebody changed something of somebody: one entry per
// person or thing changed, tied by RequestID. Before and After are JSON objects
// without secrets.
type AuditEntry struct {
	ID         int64
	At         time.Time
	RequestID  string
	Actor      Actor
	Address    string
	Action     string // "user.create", "token.delete", "server.start" …
	TargetKind string // "user", "group", "server", "token", "hub"
	TargetID   int64
	TargetName string
	Before     json.RawMessage
	After      json.RawMessage
}
