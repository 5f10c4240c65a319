package access

import (
	"github.com/atriumhub/atrium/internal/hub"
)

// CheckBulkRequest refuses nobody, those who hold none of the scopes on anybody, and too many rows.
func CheckBulkRequest(r *Requester, oneOf []string, key string, rows int) error {
	if err := MaySome(r, oneOf...); err != nil {
		return err
	}
	most := MaxBulk
	if !MayOthers(r, oneOf...) {
		most = maxOwnBulk
	}
	if rows > most {
		return hub.Errorf(hub.TooLarge, "%d rows in one request; send at most %d", rows, most)
	}
	return checkKey(key)
}

// MaxBulk is how many rows a bulk request may have.
const MaxBulk = 10_000

// maxOwnBulk is how many rows those send at a time who act on themselves alone.
const maxOwnBulk = 100

// BulkScopes are those of bulk work.
func BulkScopes() []string {
	return []string{"admin:users", "create:users", "admin:passwords", "delete:users", "start:servers", "delete:servers", "groups", "admin:quota"}
}

// checkKey refuses what is no key for a request: one has up to maxKey printable ASCII
// characters, and the empty one stands for none.
func checkKey(key string) error {
	if len(key) > maxKey {
		return hub.Errorf(hub.Invalid, "The Idempotency-Key is too long: at most %d characters", maxKey)
	}
	for _, c := range []byte(key) {
		if c < 0x20 || c > 0x7e {
			return hub.Errorf(hub.Invalid, "The Idempotency-Key must be printable ASCII")
		}
	}
	return nil
}

// maxKey is the longest key of a request, in bytes.
const maxKey = 128
