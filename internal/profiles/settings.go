package profiles

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Settings is what a profile or a choice changes of a launch; what is nil or empty stays as it was.
type Settings struct {
	Image       string
	Command     []string           // in place of the hub's
	Args        []string           // after it
	Environment map[string]*string // nil takes a variable away
	DefaultURL  *string            // the page that a server opens with
	Folder      *string            // in which it shows files
	Limits      Limits
	Accelerator string // that it runs with
	Rate        int64  // credits a minute; 0: the accelerator says it, or the hub
	Time        TimeLimits
	Devices     map[string]int // how many of each kind
}

// TimeLimits is for how long a run may be ready, and for how long its person can have it at most; 0 is no limit.
type TimeLimits struct{ Default, Max *time.Duration }

// Limits is what a server may use; 0 is no limit. What is reserved for it, servers are told,
// and no driver keeps.
type Limits struct {
	Memory, ReservedMemory *int64   // bytes
	CPU, ReservedCPU       *float64 // cores
}

// apply changes the launch. Its maps and slices are replaced, never written to.
func (s Settings) apply(l *hub.Launch, who Person, server string) {
	if s.Image != "" {
		l.Image = s.Image
	}
	if len(s.Command) > 0 {
		l.Command = slices.Clone(s.Command)
	}
	if len(s.Args) > 0 {
		l.Args = slices.Concat(l.Args, s.Args)
	}
	if s.Accelerator != "" {
		l.Accelerator = s.Accelerator
	}
	if s.Rate > 0 {
		l.Rate = s.Rate
	}
	env := maps.Clone(l.Environment)
	if env == nil {
		env = map[string]string{}
	}
	for name, value := range s.Environment {
		if value == nil {
			delete(env, name)
		} else {
			env[name] = *value
		}
	}
	// As JupyterHub's Spawner.get_env calls them, and with the names that it fills in.
	fill := strings.NewReplacer("{username}", who.Name, "{servername}", server)
	for name, value := range map[string]*string{"JUPYTERHUB_DEFAULT_URL": s.DefaultURL, "JUPYTERHUB_ROOT_DIR": s.Folder} {
		if value != nil {
			env[name] = fill.Replace(*value)
		}
	}
	s.Limits.apply(l, env)
	s.Time.apply(l)
	l.Environment = env
}

func (t TimeLimits) apply(l *hub.Launch) {
	if t.Default != nil {
		l.TimeLimit = int64(*t.Default / time.Second)
	}
	if t.Max != nil {
		l.MaxTimeLimit = int64(*t.Max / time.Second)
	}
}

func (s Limits) apply(l *hub.Launch, env map[string]string) {
	if s.Memory != nil {
		l.Limits.Memory = *s.Memory
	}
	if s.CPU != nil {
		l.Limits.CPU = *s.CPU
	}
	if s.ReservedMemory != nil {
		env["MEM_GUARANTEE"] = strconv.FormatInt(*s.ReservedMemory, 10)
	}
	if s.ReservedCPU != nil {
		env["CPU_GUARANTEE"] = strconv.FormatFloat(*s.ReservedCPU, 'f', -1, 64)
	}
}

// placeholder stands for the text that somebody gives.
const placeholder = "{value}"

// with is the settings with a text in place of the placeholder. Braces are written twice where
// they are meant, as in Python's format.
func (s Settings) with(value string) Settings {
	fill := strings.NewReplacer("{{", "{", "}}", "}", placeholder, value).Replace
	all := func(list []string) []string {
		out := slices.Clone(list)
		for i := range out {
			out[i] = fill(out[i])
		}
		return out
	}
	one := func(text *string) *string {
		if text == nil {
			return nil
		}
		filled := fill(*text)
		return &filled
	}
	s.Image, s.Command, s.Args = fill(s.Image), all(s.Command), all(s.Args)
	s.DefaultURL, s.Folder = one(s.DefaultURL), one(s.Folder)
	env := make(map[string]*string, len(s.Environment))
	for name, text := range s.Environment {
		env[name] = one(text)
	}
	s.Environment = env
	return s
}

// Limits is what servers may be limited to at most: base, or more where a profile or a choice says so. Means to
// hold limits are sought for them.
func (s *Set) Limits(base hub.Limits) hub.Limits {
	if !s.Any() {
		return base
	}
	take := func(l Limits) {
		if l.Memory != nil {
			base.Memory = max(base.Memory, *l.Memory)
		}
		if l.CPU != nil {
			base.CPU = max(base.CPU, *l.CPU)
		}
	}
	for _, p := range s.list {
		take(p.Sets.Limits)
		for _, o := range p.Options {
			for _, c := range o.Choices {
				take(c.Sets.Limits)
			}
			if o.Unlisted != nil {
				take(o.Unlisted.Sets.Limits)
			}
		}
	}
	return base
}
