package native

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWaitingIsTold(t *testing.T) {
	var mu sync.Mutex
	var told []string
	h := NewHasher(HasherOptions{MemoryKiB: 64, Iterations: 1, Parallelism: 1, Workers: 1, Waited: func(kind string, wait time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		if wait < 0 {
			t.Errorf("%s waited %v", kind, wait)
		}
		told = append(told, kind)
	}})
	if err := h.pool.acquire(t.Context(), bulkWork); err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() { _, _ = h.Hash(t.Context(), "secret") })
	done.Go(func() { _, _, _ = h.Verify(t.Context(), "", "secret") })
	want := map[string]int{"login": 1, "bulk": 1}
	for !maps.Equal(h.Waiting(), want) {
		time.Sleep(time.Millisecond)
	}
	h.pool.release()
	done.Wait()
	if diff := cmp.Diff([]string{"bulk", "login"}, slices.Sorted(slices.Values(told))); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if got := h.Waiting(); got["login"] != 0 || got["bulk"] != 0 {
		t.Errorf("still waiting: %v", got)
	}
}
