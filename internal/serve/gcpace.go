package serve

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// gcPace gives the garbage collector room while the hub is busy. By default it runs
// when the heap has doubled; a hub's heap is a few megabytes, so under load that is
// dozens of times a second and a quarter of all processor time. At rest the default
// is best: it keeps the process small.
type gcPace struct {
	percent int // in force
	calm    int // looks in a row at which little had been allocated
}

const (
	gcDefault  = 100      // percent: the heap may double
	gcHighest  = 1000     // bounds how far a heap that grows suddenly can shoot over
	gcRoom     = 32 << 20 // bytes that may be allocated between two collections under load
	gcLook     = 500 * time.Millisecond
	gcBusy     = 8 << 20 // bytes allocated between two looks that make a hub busy
	gcCalmTime = 5 * time.Second

	gcLeastLimit = 112 << 20 // bytes that the process may always have before the collector hurries
	gcLimitStep  = 16 << 20
)

// memoryLimit is what the collector keeps all of Go's memory below where it can, for a heap
// of live bytes. A percentage alone lets what grows between two looks, as by large requests,
// grow by many times. A heap that is really so large soon gets more.
func memoryLimit(live uint64) int64 {
	return max(gcLeastLimit, int64(live+live/2+2*gcRoom)/gcLimitStep*gcLimitStep)
}

// next is the percentage for a heap of live bytes, of which so much was allocated
// since the last look.
func (g *gcPace) next(live, allocated uint64) int {
	if allocated < gcBusy {
		if g.calm++; g.calm >= int(gcCalmTime/gcLook) {
			return gcDefault
		}
		return g.percent
	}
	g.calm = 0
	return int(max(gcDefault, min(gcHighest, 100*gcRoom/max(live, 1))))
}

// paceGC adapts the collector's percentage until ctx ends. Where the environment sets
// one (GOGC), that stays.
func paceGC(ctx context.Context) {
	before := debug.SetGCPercent(gcDefault)
	defer debug.SetGCPercent(before)
	if before != gcDefault {
		return
	}
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 { // else somebody has set it
		defer debug.SetMemoryLimit(limit)
		limit = gcLeastLimit
		debug.SetMemoryLimit(limit)
	} else {
		limit = 0
	}
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(samples)
	pace, last := gcPace{percent: gcDefault}, samples[1].Value.Uint64()
	tick := time.NewTicker(gcLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(samples)
		live, allocs := samples[0].Value.Uint64(), samples[1].Value.Uint64()
		want := pace.next(live, allocs-last)
		last = allocs
		if now := memoryLimit(live); limit > 0 && now != limit {
			limit = now
			debug.SetMemoryLimit(limit)
		}
		// Setting it stops the world for a moment: not for a little.
		if want != pace.percent && (want == gcDefault || max(want, pace.percent) > min(want, pace.percent)*5/4) {
			debug.SetGCPercent(want)
			pace.percent = want
			if want == gcDefault {
				// At rest it might not run for minutes, and all that time the process would
				// be as large as it was under load. What pools hold goes with the second run.
				runtime.GC()
				debug.FreeOSMemory()
			}
		}
	}
}
