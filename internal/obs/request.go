package obs

import (
	"context"
	"sync/atomic"
)

type requestKey struct{}

// request is what log lines of one request have in common.
type request struct {
	id   string
	user atomic.Pointer[string]
}

// WithRequest begins a request: every line logged with the context bears its id.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, &request{id: id})
}

// SetUser says whose request it is, once that is known. Lines logged with any
// context of the request bear the name from then on, also those of who began it.
// Outside of a request it does nothing.
func SetUser(ctx context.Context, name string) {
	if r := requestOf(ctx); r != nil {
		r.user.Store(&name)
	}
}

func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}
