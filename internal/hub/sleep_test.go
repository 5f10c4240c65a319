package hub

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestSleep(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx   context.Context // nil: one that ends after a minute
		d     time.Duration
		want  error
		takes time.Duration
	}{
		"to the end":         {nil, time.Second, nil, time.Second},
		"cut short":          {nil, time.Hour, context.DeadlineExceeded, time.Minute},
		"no pause":           {nil, 0, nil, 0},
		"less than none":     {nil, -time.Second, nil, 0},
		"over before":        {ended, time.Second, context.Canceled, 0},
		"over, and no pause": {ended, 0, context.Canceled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := c.ctx
				if ctx == nil {
					limited, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					ctx = limited
				}
				elapsed := NewElapsed()
				if err := Sleep(ctx, c.d); !errors.Is(err, c.want) || elapsed() != c.takes {
					t.Errorf("%v after %s, want %v after %s", err, elapsed(), c.want, c.takes)
				}
			})
		})
	}
}
