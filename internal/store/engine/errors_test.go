package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/atriumhub/atrium/internal/hub"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want hub.Code
	}{
		"unique":        {&pgconn.PgError{Code: "23505"}, hub.Conflict},
		"foreign key":   {&pgconn.PgError{Code: "23503"}, hub.NotFound},
		"serialization": {&pgconn.PgError{Code: "40001"}, hub.Unavailable},
		"deadlock":      {&pgconn.PgError{Code: "40P01"}, hub.Unavailable},
		"shutdown":      {&pgconn.PgError{Code: "57P01"}, hub.Unavailable},
		"too many":      {&pgconn.PgError{Code: "53300"}, hub.Unavailable},
		"syntax":        {&pgconn.PgError{Code: "42601"}, hub.Internal},
		"cut":           {io.ErrUnexpectedEOF, hub.Unavailable},
		"dial":          {&net.OpError{Op: "dial", Err: errors.New("refused")}, hub.Unavailable},
		"other":         {errors.New("other"), hub.Internal},
	} {
		err := Translate(t.Context(), "op", c.err)
		if got := hub.ErrorCode(err); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, c.want)
		}
		if busy := c.want == hub.Unavailable && strings.Contains(err.Error(), "busy"); busy != (name == "serialization" || name == "deadlock") {
			t.Errorf("%s: %v", name, err)
		}
		if e, ok := errors.AsType[*hub.Error](err); !ok || e.Msg == "" || (c.want == hub.Unavailable) != (e.RetryAfter > 0) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	ended, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if err := Translate(ended, "op", errors.New("x")); !hub.Is(err, hub.Unavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("out of time: %v", err)
	}
}
