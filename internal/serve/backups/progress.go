package backups

import (
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress shows on a terminal how many rows have gone by; nowhere else.
type progress struct {
	bar  *mpb.Bar
	all  *mpb.Progress
	rows atomic.Int64
}

func newProgress(out io.Writer, what string) *progress {
	p := &progress{}
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return p
	}
	p.all = mpb.New(mpb.WithOutput(out), mpb.WithRefreshRate(200*time.Millisecond))
	p.bar = p.all.New(0, mpb.SpinnerStyle(), mpb.BarRemoveOnComplete(),
		mpb.AppendDecorators(decor.Name(what+" "), decor.CurrentNoUnit("%d rows"), decor.AverageSpeed(0, " %.0f/s")))
	return p
}

// add counts rows; the bar hears of them now and then, not of each.
func (p *progress) add(n int64) {
	const each = 512
	if rows := p.rows.Add(n); p.bar != nil && rows%each == 0 {
		p.bar.SetCurrent(rows)
	}
}

func (p *progress) end() {
	if p.bar != nil {
		p.bar.SetTotal(p.rows.Load(), true)
		p.all.Wait()
	}
}
