package serve

import "testing"

func TestTheCollectorHasRoomUnderLoadOnly(t *testing.T) {
	const mib = 1 << 20
	g := gcPace{percent: gcDefault}
	for i, c := range []struct {
		live, allocated uint64
		want            int
	}{
		{4 * mib, 0, 100},
		{4 * mib, 100 * mib, 800},
		{1 * mib, 100 * mib, 1000},
		{16 * mib, 100 * mib, 200},
		{64 * mib, 100 * mib, 100},
		{0, 100 * mib, 1000},
		{4 * mib, 1 * mib, 1000}, // a short pause is no rest
	} {
		if g.percent = g.next(c.live, c.allocated); g.percent != c.want {
			t.Errorf("%d: %d %%, want %d", i, g.percent, c.want)
		}
	}
	for range int(gcCalmTime / gcLook) {
		g.percent = g.next(4*mib, 0)
	}
	if g.percent != gcDefault {
		t.Errorf("at rest: %d %%", g.percent)
	}
}

func TestTheCollectorsLimitFollowsWhatIsReallyThere(t *testing.T) {
	const mib = 1 << 20
	for live, want := range map[uint64]int64{0: 112, 4 * mib: 112, 24 * mib: 112, 32 * mib: 112, 43 * mib: 128, 500 * mib: 800} {
		if got := memoryLimit(live); got != want*mib {
			t.Errorf("%d MiB live: at most %d MiB, want %d", live/mib, got/mib, want)
		}
	}
}
