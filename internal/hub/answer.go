package hub

import "encoding/json"

// Answer is what a request under a key of its client's choosing was answered, kept
// for a day: the same request again is answered by it, and not done again. It holds
// no secrets.
type Answer struct {
	Owner   string // whose key it is: "user:ID" or "service:ID"
	Key     string
	Digest  string // of what was asked for, without secrets
	Content json.RawMessage
}
