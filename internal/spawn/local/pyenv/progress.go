package pyenv

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

const (
	ownPackages = 112 // what pip collects for a notebook server
	perPackage  = 5   // and for each package on top
	finalSteps  = 20  // of the bar, for what comes after
	keptLines   = 8
	maxLine     = 4096
)

// progress reads pip's output. On a terminal it shows a bar, elsewhere a line for
// each phase.
type progress struct {
	out      io.Writer
	failed   string // what to say where the work fails
	expected int64  // how many packages pip will collect; the bar waits at its end where there are more

	doing atomic.Pointer[string] // not under mu: the bar asks for it while we may be waiting for the bar

	mu      sync.Mutex
	bars    *mpb.Progress // nil where there is no terminal
	bar     *mpb.Bar
	partial []byte
	last    []string
	ended   bool
}

func newProgress(out io.Writer, packages int) *progress {
	p := &progress{out: out, expected: int64(ownPackages + perPackage*packages)}
	p.do("")
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(out), mpb.WithWidth(30))
	p.bar = p.bars.New(p.expected+finalSteps, mpb.BarStyle(),
		mpb.AppendDecorators(
			decor.Elapsed(decor.ET_STYLE_MMSS, decor.WC{C: decor.DextraSpace}),
			decor.Name(" "),
			decor.Any(func(decor.Statistics) string { return *p.doing.Load() }),
		))
	return p
}

func (p *progress) do(what string) { p.doing.Store(&what) }

// phase begins the next part of the work.
func (p *progress) phase(doing string) {
	p.do(doing)
	if p.bar == nil {
		fmt.Fprintf(p.out, "  %s\n", doing)
	}
}

// Write takes output of venv and pip, in any pieces.
func (p *progress) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.partial = append(p.partial, text...)
	for {
		line, rest, ok := bytes.Cut(p.partial, []byte("\n"))
		if !ok {
			if len(p.partial) > maxLine {
				p.partial = p.partial[len(p.partial)-maxLine:]
			}
			return len(text), nil
		}
		p.line(strings.TrimSpace(string(line)))
		p.partial = rest
	}
}

// line takes one line of pip's. The caller has the mutex.
func (p *progress) line(line string) {
	if line == "" {
		return
	}
	p.last = append(p.last, line)
	if len(p.last) > keptLines {
		p.last = p.last[1:]
	}
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case word == "Collecting":
		if end := strings.IndexFunc(rest, notName); end >= 0 {
			rest = rest[:end]
		}
		p.do("fetching " + rest)
		if p.bar != nil && p.bar.Current() < p.expected {
			p.bar.Increment()
		}
	case strings.HasPrefix(line, "Installing collected packages:"):
		p.phase(fmt.Sprintf("installing %d packages", strings.Count(line, ",")+1))
		if p.bar != nil {
			p.bar.SetCurrent(p.expected)
		}
	}
}

// notName is true for what ends a package's name in a requirement.
func notName(r rune) bool { return strings.ContainsRune("<>=!~[;( ", r) }

// end takes the bar away; whether all went well decides how it ends.
func (p *progress) end(well bool) {
	p.mu.Lock()
	if p.ended {
		p.mu.Unlock()
		return
	}
	p.ended = true
	if well {
		p.do("done")
	}
	bars, bar := p.bars, p.bar
	p.mu.Unlock()
	if bars == nil {
		if well {
			fmt.Fprintln(p.out, "  done")
		}
		return
	}
	if well {
		bar.SetCurrent(p.expected + finalSteps)
	} else {
		bar.Abort(false)
	}
	bars.Wait()
}

// lastWords are the last lines, indented.
func (p *progress) lastWords() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := p.last
	if rest := strings.TrimSpace(string(p.partial)); rest != "" {
		lines = append(lines, rest)
	}
	if len(lines) == 0 {
		return "  (it said nothing)"
	}
	return "  " + strings.Join(lines, "\n  ")
}
