package local

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/atriumhub/atrium/internal/spawn"
)

// The first two servers of somebody may start at once: both find one home.
func TestTwoServersMakeOneHome(t *testing.T) {
	needRoot(t)
	d := &Driver{root: true, opt: Options{DataDir: t.TempDir(), UIDRange: [2]uint32{100000, 165535}}}
	if err := os.Mkdir(filepath.Join(d.opt.DataDir, "homes"), 0o711); err != nil {
		t.Fatal(err)
	}
	for id := range int64(200) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := d.account(t.Context(), spawn.Spec{UserID: id, UserName: "ada"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}
