package local

import (
	"time"

	"github.com/atriumhub/atrium/internal/spawn"
)

// slowAfter is after what time a part of a start is told to who waits: most take no time.
const slowAfter = time.Second

// reportIfSlow tells what a start is at if that has not ended by then. The caller calls done
// at its end; nothing is told after that.
func (d *Driver) reportIfSlow(spec spawn.Spec, percent int, message string) (done func()) {
	told := make(chan struct{})
	timer := time.AfterFunc(slowAfter, func() {
		defer close(told)
		if l := d.listener.Load(); l != nil {
			(*l).Progressed(spawn.Progress{ServerID: spec.ServerID, Fence: spec.Fence, Percent: percent, Message: message})
		}
	})
	return func() {
		if !timer.Stop() {
			<-told
		}
	}
}
