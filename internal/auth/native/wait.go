package native

import "context"

// turn waits for a slot and tells how long that took. Its errors are pool.acquire's.
func (h *Hasher) turn(ctx context.Context, c class) error {
	began := h.now()
	err := h.pool.acquire(ctx, c)
	if err == nil {
		h.waited(c.String(), h.now()-began)
	}
	return err
}

// Waiting is how many wait for their turn, by kind: "login" and "bulk".
func (h *Hasher) Waiting() map[string]int {
	waiting := make(map[string]int, classes)
	for c := range classes {
		waiting[c.String()] = h.pool.queued(c)
	}
	return waiting
}
