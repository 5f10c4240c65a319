package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// maxKey is the longest key of a request, in bytes.
const maxKey = 128

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

// How many keys of a requester's are remembered at a time: their answers stay for a day, and
// each may be as large as its request.
const (
	mostKeys    = 10_000
	mostOwnKeys = 100 // of those who act on themselves alone
	keysAgain   = time.Hour
)

// repeat is a request under a client's key, for which the answer is kept. Without a key
// nothing is.
type repeat struct {
	answer hub.Answer
	most   int
}

// newRepeat makes it of what is asked for, which must not hold secrets: the same key
// for something else is refused.
func newRepeat(r *Requester, key string, asked ...any) repeat {
	if key == "" {
		return repeat{}
	}
	text, err := json.Marshal(asked)
	if err != nil { // plain structs
		panic("app: " + err.Error())
	}
	sum := sha256.Sum256(text)
	most := mostOwnKeys
	if MayOthers(r, bulkScopes()...) {
		most = mostKeys
	}
	return repeat{hub.Answer{
		Owner: r.Kind() + ":" + strconv.FormatInt(max(r.User.ID, r.Service.ID), 10), Key: key, Digest: hex.EncodeToString(sum[:]),
	}, most}
}

// keyOf is the key of a request; one that does nothing has none.
func keyOf(key string, dryRun bool) string {
	if dryRun {
		return ""
	}
	return key
}

// former gives the answer that was kept: false for none. hub.Conflict where the key was
// used for something else.
func (p repeat) former(ctx context.Context, tx data.Tx, into *[]RowResult) (bool, error) {
	if p.answer.Key == "" {
		return false, nil
	}
	kept, err := tx.Answer(ctx, p.answer.Owner, p.answer.Key)
	if hub.Is(err, hub.NotFound) {
		return false, p.another(ctx, tx)
	}
	if err != nil {
		return false, err
	}
	if kept.Digest != p.answer.Digest {
		return false, hub.Errorf(hub.Conflict, "This Idempotency-Key was used for another request. Use a new one.")
	}
	var results []RowResult // into an old list, what is left out would stay
	if err := json.Unmarshal(kept.Content, &results); err != nil {
		return false, fmt.Errorf("read the answer kept: %w", err)
	}
	*into = results
	return true, nil
}

// another refuses one key more than the requester may have.
func (p repeat) another(ctx context.Context, tx data.Tx) error {
	n, err := tx.CountAnswers(ctx, p.answer.Owner, p.most)
	if err == nil && n >= p.most {
		err = &hub.Error{
			Code: hub.Limit, RetryAfter: keysAgain,
			Msg: fmt.Sprintf("You have sent %d requests with an Idempotency-Key within a day. Send this one without, or wait.", p.most),
		}
	}
	return err
}

// keep stores the answer.
func (p repeat) keep(ctx context.Context, tx data.Tx, answer any) error {
	if p.answer.Key == "" {
		return nil
	}
	content, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("keep the answer: %w", err)
	}
	p.answer.Content = content
	return tx.PutAnswer(ctx, p.answer)
}
