package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// How many keys of a requester's are remembered at a time: their jobs stay for a day, and
// the results of each may be as large as its request.
const (
	mostKeys    = 10_000
	mostOwnKeys = 100 // of those who act on themselves alone
	keysAgain   = time.Hour
)

// keyedRequest is a request under a client's key, for which the job is kept. Without a key it is
// forgotten once it is done.
type keyedRequest struct {
	owner, key, digest string
	most               int
}

// newRepeat makes it of what is asked for, which must not hold secrets: the same key
// for something else is refused.
func newRepeat(r *access.Requester, key string, asked ...any) keyedRequest {
	most := mostOwnKeys
	if access.MayOthers(r, access.BulkScopes()...) {
		most = mostKeys
	}
	return keyedRequest{OwnerOf(r), key, DigestOf(asked), most}
}

// DigestOf tells what is asked for from everything else.
func DigestOf(asked []any) string {
	text, err := json.Marshal(asked)
	if err != nil { // plain structs
		panic("jobs: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// OwnerOf names a requester as the owner of keys and jobs.
func OwnerOf(r *access.Requester) string {
	return r.Kind() + ":" + strconv.FormatInt(max(r.User.ID, r.Service.ID), 10)
}

// former gives the job that the key was used for: false for none. hub.Conflict where it was
// used for something else.
func (p keyedRequest) former(ctx context.Context, tx data.Tx) (hub.Job, bool, error) {
	if p.key == "" {
		return hub.Job{}, false, nil
	}
	job, err := tx.JobByKey(ctx, p.owner, p.key)
	if hub.Is(err, hub.NotFound) {
		return hub.Job{}, false, p.another(ctx, tx)
	}
	if err == nil && job.Digest != p.digest {
		err = hub.Errorf(hub.Conflict, "This Idempotency-Key was used for another request. Use a new one.")
	}
	return job, err == nil, err
}

// another refuses one key more than the requester may have.
func (p keyedRequest) another(ctx context.Context, tx data.Tx) error {
	n, err := tx.CountJobs(ctx, p.owner, p.most)
	if err == nil && n >= p.most {
		err = &hub.Error{
			Code: hub.Limit, RetryAfter: keysAgain,
			Msg: fmt.Sprintf("You have sent %d requests with an Idempotency-Key within a day. Send this one without, or wait.", p.most),
		}
	}
	return err
}
