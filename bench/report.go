package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// report is what the run found.
type report struct {
	Date        string       `json:"date"`
	Machine     string       `json:"machine"`
	Versions    []string     `json:"versions"`
	Command     string       `json:"command"`
	Rounds      int          `json:"rounds"`
	Length      string       `json:"length"`
	Comparisons []comparison `json:"comparisons"`
	Facts       []fact       `json:"facts"`
	Skipped     []string     `json:"skipped,omitempty"`
}

func (r *report) compare(c comparison) { r.Comparisons = append(r.Comparisons, c) }
func (r *report) fact(f fact)          { r.Facts = append(r.Facts, f) }
func (r *report) skip(why string)      { r.Skipped = append(r.Skipped, why) }

// describe notes on what and with what the run was made.
func (r *report) describe(ctx context.Context, opt options, t tools) {
	r.Date = time.Now().UTC().Format(time.DateOnly)
	r.Machine = describeMachine()
	r.Command = "make bench"
	if opt.given != "" {
		r.Command += fmt.Sprintf(" ARGS='%s'", strings.TrimSpace(opt.given))
	}
	r.Rounds, r.Length = opt.rounds, opt.length.String()
	r.Versions = []string{
		says(ctx, t.atrium, "--version"),
		"JupyterHub " + says(ctx, t.python, "-m", "jupyterhub", "--version") + " with " + says(ctx, t.python, "--version"),
		"configurable-http-proxy " + chpVersion(ctx, t.chp) + " with Node " + says(ctx, "node", "--version"),
	}
	if t.nginx != "" {
		r.Versions = append(r.Versions, strings.TrimPrefix(says(ctx, t.nginx, "-v"), "nginx version: "))
	}
	r.Versions = append(r.Versions, "client and notebook server: "+runtime.Version())
}

func describeMachine() string {
	words := []string{fmt.Sprintf("%s/%s", runtime.GOOS, runtime.GOARCH), fmt.Sprintf("%d processors", runtime.NumCPU())}
	for _, of := range []struct{ path, name string }{{"/proc/cpuinfo", "model name"}, {"/proc/meminfo", "MemTotal"}} {
		if value := lineOf(of.path, of.name); value != "" {
			words = append(words, value)
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		words = append(words, "kernel "+strings.TrimSpace(string(text)))
	}
	return strings.Join(words, ", ")
}

// lineOf is the value of a "name: value" line of a file, the first of them.
func lineOf(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (r *report) print(w io.Writer) error {
	_, err := io.WriteString(w, r.markdown())
	return err
}

// byHand is where a run stops writing: the rest of the document is people's.
const byHand = "<!-- What follows is written by hand; `make bench` keeps it. -->\n"

// save replaces the document's generated part, and writes the figures as JSON. An
// empty path is not written.
func (r *report) save(document, figures string) error {
	if document != "" {
		old, err := os.ReadFile(document)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := os.WriteFile(document, []byte(merge(r.markdown(), string(old))), 0o644); err != nil {
			return err
		}
	}
	if figures == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(figures, append(text, '\n'), 0o644)
}

// merge puts the generated part before what people wrote in the old document.
func merge(generated, old string) string {
	_, notes, _ := strings.Cut(old, byHand)
	return generated + "\n" + byHand + notes
}
