package hubtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Teacher is somebody at Atrium's command line, in a folder of their own.
type Teacher struct {
	T       *testing.T
	Program string
	Dir     string
	Env     []string // besides Environment
}

// NewTeacher works on the hub at the address, with the token.
func NewTeacher(t *testing.T, program, url, token string) *Teacher {
	t.Helper()
	return &Teacher{T: t, Program: program, Dir: t.TempDir(), Env: []string{"JUPYTERHUB_URL=" + url, "JUPYTERHUB_TOKEN=" + token}}
}

// Ran is what a command came to.
type Ran struct {
	Status      int
	Out, Err    string
	All         string // both, as they came
	CommandLine string
}

// Command is one of Atrium's, not yet run.
func (p *Teacher) Command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(p.T.Context(), p.Program, args...)
	cmd.Dir, cmd.Env = p.Dir, append(Environment(), p.Env...)
	cmd.WaitDelay = time.Second
	return cmd
}

// As is the same teacher with another token.
func (p *Teacher) As(token string) *Teacher {
	other := *p
	other.Env = append(slices.Clone(p.Env), "JUPYTERHUB_TOKEN="+token)
	return &other
}

// Users runs 'atrium users' to its end.
func (p *Teacher) Users(args ...string) Ran {
	p.T.Helper()
	return p.Do(p.Command(append([]string{"users"}, args...)...))
}

// Run runs 'atrium' to its end.
func (p *Teacher) Run(args ...string) Ran {
	p.T.Helper()
	return p.Do(p.Command(args...))
}

// Do runs a command to its end, whatever that is.
func (p *Teacher) Do(cmd *exec.Cmd) Ran {
	p.T.Helper()
	all := &said{}
	stdout, stderr := &said{also: all}, &said{also: all}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		p.T.Fatalf("%s: %v", cmd, err)
	}
	return Ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String(), all.String(), strings.Join(cmd.Args, " ")}
}

// said collects what a command writes.
type said struct {
	also *said
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	if s.also != nil {
		_, _ = s.also.Write(p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// Want fails the test unless the command ended with the status and said each text.
func (p *Teacher) Want(r Ran, status int, texts ...string) {
	p.T.Helper()
	if r.Status != status {
		p.T.Fatalf("%s: status %d, want %d:\n%s", r.CommandLine, r.Status, status, Tail(r.All))
	}
	for _, text := range texts {
		if !strings.Contains(r.All, text) {
			p.T.Errorf("%s: it does not say %q:\n%s", r.CommandLine, text, Tail(r.All))
		}
	}
}

// Tail is the end of a text that may be long.
func Tail(text string) string { return text[max(0, len(text)-3000):] }

// Answer reads what a command wrote to standard output as JSON.
func (p *Teacher) Answer(r Ran, into any) {
	p.T.Helper()
	if err := json.Unmarshal([]byte(r.Out), into); err != nil {
		p.T.Fatalf("%s: %v:\n%s", r.CommandLine, err, Tail(r.All))
	}
}

// Path is a file of the teacher's.
func (p *Teacher) Path(name string) string { return filepath.Join(p.Dir, name) }

// Write writes a file of the teacher's.
func (p *Teacher) Write(name, text string) {
	p.T.Helper()
	if err := os.WriteFile(p.Path(name), []byte(text), 0o600); err != nil {
		p.T.Fatal(err)
	}
}

// Listed is what 'users list --json' tells of a person that a backup must bring back.
type Listed struct {
	Username string
	Admin    bool
	Groups   []string
}

// Everybody is whom the hub has, by name.
func (p *Teacher) Everybody() []Listed {
	p.T.Helper()
	r := p.Users("list", "--json")
	p.Want(r, 0)
	var all []Listed
	p.Answer(r, &all)
	slices.SortFunc(all, func(a, b Listed) int { return strings.Compare(a.Username, b.Username) })
	for i := range all {
		slices.Sort(all[i].Groups)
	}
	return all
}
