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
	JobID      int64 // the job that it is part of; 0: none
}

// AuditQuery selects entries; empty fields select all.
type AuditQuery struct {
	Actor      string // name
	Action     string // "user.create"; one that ends with a dot selects all that begin so: "user."
	TargetKind string
	Target     string // name
	RequestID  string
	JobID      int64
	Since      time.Time // that moment and later
	Until      time.Time // before that moment
	Before     int64     // ids below this one; 0: all
	Limit      int
}
