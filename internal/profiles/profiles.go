// Package profiles decides what people may start, and says what it is that they start: the
// one place that does, for whoever asks and however. It knows no database: who somebody is,
// and what they ask for, is handed in.
package profiles

import "slices"

// Profile is something that can be started: a set of settings under a name, with options to
// choose from.
type Profile struct {
	Slug        string // by which programs name it
	Name        string // by which people know it
	Description string
	Icon        string // a sign or two that stand before the name; empty is none
	Default     bool   // it is meant where nothing is named
	Successor   string // the slug of the profile that is meant instead; nobody is offered this one any more
	For         Audience
	Sets        Settings
	Options     []Option
}

// Option is something to choose in a profile.
type Option struct {
	Key      string // by which programs name it
	Name     string // by which people know it
	Choices  []Choice
	Unlisted *Unlisted // a text of one's own in place of a choice; nil: none
}

// Choice is one answer to an Option.
type Choice struct {
	Key, Name, Description string
	Default                bool
	For                    Audience
	Sets                   Settings
}

// Unlisted lets people give a text of their own.
type Unlisted struct {
	Name     string // what the text is called
	InList   string // what stands for it among the choices; empty: a word of the page's
	Pattern  string // that the whole text must match; empty: any text
	Mismatch string // what to say of one that does not
	For      Audience
	Sets     Settings // in which {value} stands for the text
	matches  func(string) bool
}

// Audience is whom something is for: members of the groups, the people named, and those who
// have one of the roles. Where it names nobody, it is for everybody.
type Audience struct{ Groups, Users, Roles []string }

// Everybody tells whether nobody is named.
func (a Audience) Everybody() bool { return len(a.Groups)+len(a.Users)+len(a.Roles) == 0 }

func (a Audience) has(p Person) bool {
	return a.Everybody() || slices.Contains(a.Users, p.Name) || share(a.Groups, p.Groups) || share(a.Roles, p.Roles)
}

func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// Person is who is to have the server: the one whose it is, whoever starts it. Roles are those that they have by
// themselves, by a group, and on a group.
type Person struct {
	Name          string
	Groups, Roles []string
}

// Set is all profiles of a hub, in their order. It does not change; nil has none. Make it with New.
type Set struct{ list []Profile }

// Any tells whether there are profiles. Where there are none, nothing is decided here.
func (s *Set) Any() bool { return s != nil && len(s.list) > 0 }

// find gives the profile of a slug, or its successor.
func (s *Set) find(slug string) (Profile, bool) {
	for range s.list { // no longer, however they succeed each other
		at := slices.IndexFunc(s.list, func(p Profile) bool { return p.Slug == slug })
		if at < 0 {
			break
		}
		if s.list[at].Successor == "" {
			return s.list[at], true
		}
		slug = s.list[at].Successor
	}
	return Profile{}, false
}

// Named is what people know a profile as; empty where there is no such.
func (s *Set) Named(slug string) string {
	if !s.Any() {
		return ""
	}
	p, _ := s.find(slug)
	return p.Name
}

// Offered are the profiles that the person may start, each with those choices alone that
// they may make. One of them, and one choice of each option that has some, is the default.
func (s *Set) Offered(who Person) (offered []Profile) {
	if !s.Any() {
		return nil
	}
	for _, p := range s.list {
		if mine, ok := p.cut(who); ok {
			offered = append(offered, mine)
		}
	}
	oneDefault(offered, func(p *Profile) *bool { return &p.Default })
	return offered
}

// cut is the profile with what is for the person; not ok is one that they may not start.
func (p Profile) cut(who Person) (Profile, bool) {
	if p.Successor != "" || !p.For.has(who) {
		return p, false
	}
	options := make([]Option, len(p.Options))
	for i, o := range p.Options {
		choices := make([]Choice, 0, len(o.Choices))
		for _, c := range o.Choices {
			if c.For.has(who) {
				choices = append(choices, c)
			}
		}
		oneDefault(choices, func(c *Choice) *bool { return &c.Default })
		o.Choices = choices
		if o.Unlisted != nil && !o.Unlisted.For.has(who) {
			o.Unlisted = nil
		}
		if len(o.Choices) == 0 && o.Unlisted == nil {
			return p, false
		}
		options[i] = o
	}
	p.Options = options
	return p, true
}

// oneDefault leaves the first that is marked, or marks the first.
func oneDefault[T any](list []T, mark func(*T) *bool) {
	at := slices.IndexFunc(list, func(x T) bool { return *mark(&x) })
	for i := range list {
		*mark(&list[i]) = i == max(at, 0)
	}
}
