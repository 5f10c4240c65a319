package e2e_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// cheapPasswords makes hashing quick, where many passwords are set.
const cheapPasswords = "auth: {native: {argon2: {memory_kib: 1024, iterations: 1}}}\n"

// ran is what a command came to.
type ran struct {
	Status      int
	Out, Err    string
	all         string // both, as they came
	commandLine string
}

// teacher is somebody at the command line, in a folder of their own.
type teacher struct {
	t   *testing.T
	dir string
	env []string
}

// Teacher works on the hub with the administrator's token.
func (h *hub) Teacher() *teacher {
	h.t.Helper()
	return &teacher{t: h.t, dir: h.t.TempDir(), env: []string{"JUPYTERHUB_URL=" + h.URL, "JUPYTERHUB_TOKEN=" + adminToken}}
}

func (p *teacher) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(p.t.Context(), programs.atrium, args...)
	cmd.Dir, cmd.Env = p.dir, append(environment(), p.env...)
	cmd.WaitDelay = time.Second
	return cmd
}

// Users runs 'atrium users' to its end.
func (p *teacher) Users(args ...string) ran {
	p.t.Helper()
	return p.run(p.command(append([]string{"users"}, args...)...))
}

func (p *teacher) run(cmd *exec.Cmd) ran {
	p.t.Helper()
	var stdout, stderr, all bytes.Buffer
	both := &output{}
	cmd.Stdout, cmd.Stderr = writers{&stdout, both}, writers{&stderr, both}
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		p.t.Fatalf("%s: %v", cmd, err)
	}
	all.WriteString(both.String())
	return ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String(), all.String(), strings.Join(cmd.Args, " ")}
}

type writers []interface{ Write([]byte) (int, error) }

func (w writers) Write(p []byte) (int, error) {
	for _, to := range w {
		if n, err := to.Write(p); err != nil {
			return n, err
		}
	}
	return len(p), nil
}

// Want fails the test unless the command ended with the status and said each text.
func (p *teacher) Want(r ran, status int, texts ...string) {
	p.t.Helper()
	if r.Status != status {
		p.t.Fatalf("%s: status %d, want %d:\n%s", r.commandLine, r.Status, status, tail(r.all))
	}
	for _, text := range texts {
		if !strings.Contains(r.all, text) {
			p.t.Errorf("%s: it does not say %q:\n%s", r.commandLine, text, tail(r.all))
		}
	}
}

func tail(text string) string { return text[max(0, len(text)-3000):] }

// Path is a file of the teacher's.
func (p *teacher) Path(name string) string { return filepath.Join(p.dir, name) }

// Write writes a file of the teacher's.
func (p *teacher) Write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(p.Path(name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// Table reads a CSV file as maps from column to cell.
func (p *teacher) Table(name string) []map[string]string {
	p.t.Helper()
	f, err := os.Open(p.Path(name))
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		p.t.Fatal(err)
	}
	var table []map[string]string
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, cell := range row {
			cells[rows[0][i]] = cell
		}
		table = append(table, cells)
	}
	return table
}

// numbered is a file of numbered people.
func numbered(prefix string, from, to int) string {
	var b strings.Builder
	b.WriteString("username\n")
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "%s%05d\n", prefix, i)
	}
	return b.String()
}

// Count is how many people the hub has.
func (a *api) Count() int {
	a.t.Helper()
	req, err := http.NewRequest(http.MethodGet, a.base+"/hub/api/users?limit=1", nil)
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+a.token)
	req.Header.Set("Accept", "application/jupyterhub-pagination+json")
	got, err := send(a.http, req)
	if err != nil {
		a.t.Fatal(err)
	}
	var page struct {
		Pagination struct{ Total int } `json:"_pagination"`
	}
	decode(a.t, got.Body, &page)
	return page.Pagination.Total
}

// LogsIn tells whether the password is the person's.
func (h *hub) LogsIn(name, password string) bool {
	h.t.Helper()
	got, err := h.As("").Try(http.MethodPost, "/hub/api/authorizations/token", map[string]string{"username": name, "password": password})
	if err != nil {
		h.t.Fatal(err)
	}
	return got.Status == http.StatusOK || got.Status == http.StatusCreated
}
