package access

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// What an audit entry says of before and of after has at most recordRoom bytes. Of what
// is larger the values with more than longValue bytes are told by size and digest.
const (
	recordRoom = 4 << 10
	longValue  = 256
)

// recorded is v as JSON for the audit log, bounded; nil stays nil.
func recorded(v any) json.RawMessage {
	whole := JSON(v)
	if len(whole) <= recordRoom {
		return whole
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(whole, &o) == nil {
		for key, value := range o {
			if len(value) > longValue {
				o[key] = JSON(outlineOf(value))
			}
		}
		if shorter := JSON(o); len(shorter) <= recordRoom {
			return shorter
		}
	}
	return JSON(outlineOf(whole))
}

// outline tells of a long value.
type outline struct {
	Bytes  int    `json:"bytes"`
	Items  int    `json:"items,omitempty"` // of a list
	SHA256 string `json:"sha256"`
}

func outlineOf(value json.RawMessage) outline {
	sum := sha256.Sum256(value)
	o := outline{Bytes: len(value), SHA256: hex.EncodeToString(sum[:])}
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil {
		o.Items = len(list)
	}
	return o
}

// NamesRecord are as many of a list's names as a record has room for, and how many are
// left.
func NamesRecord(names []string) map[string]any {
	const most = 100
	record := map[string]any{"users": names[:min(len(names), most)]}
	if len(names) > most {
		record["more_users"] = len(names) - most
	}
	return record
}

// OptionsRecord tells of a server's options, in which people put what they like, keys and
// passwords among it: what they are called, how large they are, and a digest by which
// equal ones are known and that nobody can try out guesses on.
func OptionsRecord(ctx context.Context, tx data.Tx, options json.RawMessage) (map[string]any, error) {
	key, err := data.SecretIn(ctx, tx, "audit.key")
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(options)
	var o map[string]json.RawMessage
	_ = json.Unmarshal(options, &o) // what is no object has no keys
	const most = 20
	keys := slices.Sorted(maps.Keys(o))
	for i := range keys {
		keys[i] = hub.Clip(keys[i])
	}
	return map[string]any{"keys": keys[:min(len(keys), most)], "bytes": len(options), "digest": hex.EncodeToString(mac.Sum(nil)[:16])}, nil
}

// AddressRecord is an address without what may be secret in it.
func AddressRecord(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User = nil
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	return cmp.Or(u.String(), address)
}

// Audit makes the entry for something that the requester does to a target.
func (r *Requester) Audit(action, kind string, id int64, name string, before, after any) hub.AuditEntry {
	return hub.AuditEntry{
		RequestID: r.RequestID, Actor: r.Actor(), Address: r.Address,
		Action: action, TargetKind: kind, TargetID: id, TargetName: name,
		Before: recorded(before), After: recorded(after), JobID: r.JobID,
	}
}

// UserRecord is what the audit log says of a person before and after a change.
func UserRecord(u hub.User) map[string]any {
	return map[string]any{"name": u.Name, "admin": u.Admin, "suspended": u.Suspended}
}
