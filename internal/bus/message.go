package bus

import (
	"encoding/json"
	"fmt"

	"github.com/atriumhub/atrium/internal/data"
)

// maxPayload is how long a notification may be; PostgreSQL takes less than 8000 bytes.
const maxPayload = 7500

// message is what a replica sends to the others: ids and hashes, never secrets.
type message struct {
	Origin  string `json:"o"` // who sent it: that replica has told itself already
	Changes []wire `json:"c"`
}

// wire is a change as it travels.
type wire struct {
	Kind   data.ChangeKind `json:"k"`
	ID     int64           `json:"i,omitempty"`
	UserID int64           `json:"u,omitempty"`
	Key    string          `json:"h,omitempty"`
	Told   bool            `json:"-"`
}

// encode packs changes into as few payloads as they need, in order. One that is too
// long by itself becomes a Resync.
func encode(origin string, changes []data.Change) ([]string, error) {
	head, err := json.Marshal(message{Origin: origin, Changes: []wire{}})
	if err != nil {
		return nil, fmt.Errorf("encode changes: %w", err)
	}
	var payloads []string
	var packed []byte
	flush := func() {
		if len(packed) > 0 {
			// The head ends with "[]}".
			payloads = append(payloads, string(head[:len(head)-2])+string(packed)+"]}")
			packed = nil
		}
	}
	for _, c := range changes {
		one, err := json.Marshal(wire(c))
		if err == nil && len(head)+len(one) > maxPayload {
			one, err = json.Marshal(wire{Kind: data.Resync})
		}
		if err != nil {
			return nil, fmt.Errorf("encode changes: %w", err)
		}
		if len(head)+len(packed)+1+len(one) > maxPayload {
			flush()
		}
		if len(packed) > 0 {
			packed = append(packed, ',')
		}
		packed = append(packed, one...)
	}
	flush()
	return payloads, nil
}

// decode reads a payload. What cannot be read, such as one from a newer version,
// is a Resync and an error for the log.
func decode(payload string) (origin string, changes []data.Change, err error) {
	var m message
	if err := json.Unmarshal([]byte(payload), &m); err != nil {
		return "", []data.Change{{Kind: data.Resync}}, fmt.Errorf("read a notification: %w", err)
	}
	for _, w := range m.Changes {
		changes = append(changes, data.Change(w))
	}
	return m.Origin, changes, nil
}
