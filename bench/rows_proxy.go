package main

import (
	"context"
	"fmt"
)

// answerKind is an answer of the notebook server that is fetched through the proxies.
type answerKind struct {
	row, path, work, unit string
	size                  int
	bar, cpuBar, nginxBar float64
}

func (b *bench) measureSmall(ctx context.Context) error {
	return b.measureProxy(ctx, answerKind{
		row: rowSmall, path: "small", size: 100, unit: perSecond, bar: 4, cpuBar: 5, nginxBar: 0.65,
		work: fmt.Sprintf("small answers (100 bytes) through the proxy, keep-alive, %d at once", connections),
	})
}

func (b *bench) measureBig(ctx context.Context) error {
	return b.measureProxy(ctx, answerKind{
		row: rowBig, path: "big", size: 1 << 20, unit: mebibytesPerSecond, bar: 4, nginxBar: 1.2,
		work: fmt.Sprintf("answers of 1 MiB through the proxy, keep-alive, %d at once", connections),
	})
}

// measureProxy compares both hubs' proxies and nginx. The client is logged in, and
// sends nginx what it sends Atrium.
func (b *bench) measureProxy(ctx context.Context, kind answerKind) error {
	path := userPath(0) + kind.path
	var sides []side
	var cookie string // Atrium's in the end, since that comes last
	for _, h := range []*hub{b.theirs, b.ours} {
		var err error
		if cookie, err = login(ctx, h.public, userName(0), path); err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
		sides = append([]side{{name: h.name, load: kind.load(h.public, path, cookie), pids: h.all}}, sides...)
	}
	if b.tools.nginx != "" {
		nginx, err := b.startNginx(ctx, userPath(0))
		if err != nil {
			return err
		}
		defer nginx.kill()
		sides = append(sides, side{name: "nginx", load: kind.load(nginx.addr, path, cookie), pids: nginx.pids})
	}
	found, err := b.alternate(ctx, kind.path+" answers", sides...)
	if err != nil {
		return err
	}
	b.report.compare(comparison{
		Row: kind.row, Work: kind.work, Unit: kind.unit, Ours: found[0], Theirs: found[1], Bar: kind.bar, CPUBar: kind.cpuBar,
	})
	if len(found) < 3 {
		b.report.skip(kind.work + ", beside nginx: nginx is not installed; cure: `apt-get install nginx-light`")
		return nil
	}
	b.report.compare(comparison{
		Row: kind.row, Work: kind.work, Unit: kind.unit, Ours: found[0], Theirs: found[2], Other: "nginx", Bar: kind.nginxBar,
	})
	return nil
}

func (k answerKind) load(addr, path, cookie string) load {
	return load{addr: addr, conns: connections, exchanges: []exchange{{send: get(addr, path, cookie), size: k.size, want: []byte(k.path[:1])}}}
}
