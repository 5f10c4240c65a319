package profiles

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fault is something that is wrong with profiles.
type Fault struct {
	At   string // where: the number of the profile and keys below it, as 0.profile_options.image
	Text string
}

var (
	goodSlug = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	goodKey  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)
)

const (
	maxProfiles = 500
	maxName     = 200 // characters
	maxIcon     = 8
)

// New makes a Set, and names all that is wrong with the profiles.
func New(list []Profile) (*Set, []Fault) {
	c := checker{slugs: map[string]int{}}
	if len(list) > maxProfiles {
		c.fault("", "there are more than %d", maxProfiles)
	}
	s := &Set{list: make([]Profile, len(list))}
	for i, p := range list {
		s.list[i] = c.profile(strconv.Itoa(i), i, p)
	}
	for i, p := range s.list {
		if p.Successor == "" {
			continue
		}
		at := fmt.Sprintf("%d.successor", i)
		if _, there := c.slugs[p.Successor]; !there {
			c.fault(at, "%s: there is no profile %q to succeed it", p.Slug, p.Successor)
		} else if _, ends := s.find(p.Slug); !ends {
			c.fault(at, "%s: it succeeds itself", p.Slug)
		}
		if p.Default {
			c.fault(fmt.Sprintf("%d.default", i), "%s: one that has a successor cannot be the default", p.Slug)
		}
	}
	return s, c.faults
}

type checker struct {
	faults []Fault
	slugs  map[string]int
}

func (c *checker) fault(at, format string, args ...any) {
	c.faults = append(c.faults, Fault{At: at, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) profile(at string, place int, p Profile) Profile {
	if !goodSlug.MatchString(p.Slug) {
		c.fault(at+".slug", "%q is no slug: letters, digits and -._ are", p.Slug)
	} else if first, twice := c.slugs[p.Slug]; twice {
		c.fault(at+".slug", "the slug %s is that of profile %d already", p.Slug, first+1)
	} else {
		c.slugs[p.Slug] = place
	}
	if p.Name == "" {
		p.Name = p.Slug
	}
	c.name(at+".display_name", p.Slug, p.Name)
	if utf8.RuneCountInString(p.Icon) > maxIcon || !line(p.Icon) {
		c.fault(at+".icon", "%s: an icon is a sign such as 🐍, at most %d characters", p.Slug, maxIcon)
	}
	options := make([]Option, len(p.Options))
	for i, o := range p.Options {
		options[i] = c.option(at+".profile_options."+o.Key, p.Slug+": "+o.Key, o)
	}
	p.Options = options
	return p
}

func (c *checker) option(at, where string, o Option) Option {
	if !goodKey.MatchString(o.Key) || strings.HasSuffix(o.Key, unlistedSuffix) || o.Key == keyProfile || o.Key == keyResource || o.Key == keyRuntime {
		c.fault(at, "%s: no option can be called so", where)
	}
	if o.Name == "" {
		o.Name = o.Key
	}
	c.name(at+".display_name", where, o.Name)
	if len(o.Choices) == 0 && o.Unlisted == nil {
		c.fault(at, "%s: it has no choices, and takes no text either", where)
	}
	choices := make([]Choice, len(o.Choices))
	for i, choice := range o.Choices {
		if choice.Name == "" {
			choice.Name = choice.Key
		}
		below := at + ".choices." + choice.Key
		if choice.Key == unlistedPick || choice.Key == "" || !line(choice.Key) || len(choice.Key) > maxName {
			c.fault(below, "%s: no choice can be called %q", where, choice.Key)
		}
		c.name(below+".display_name", where+": "+choice.Key, choice.Name)
		choices[i] = choice
	}
	o.Choices = choices
	if o.Unlisted != nil {
		o.Unlisted = c.unlisted(at+".unlisted_choice", where, *o.Unlisted)
	}
	return o
}

func (c *checker) unlisted(at, where string, u Unlisted) *Unlisted {
	u.matches = func(string) bool { return true }
	if u.Pattern == "" {
		return &u
	}
	// The whole text, as the pattern of a form's field in a browser: KubeSpawner, which looks at the
	// beginning alone, takes what its own form refuses.
	whole, err := regexp.Compile(`\A(?:` + u.Pattern + `)\z`)
	if err != nil {
		c.fault(at+".validation_regex", "%s: the pattern is not understood: write one without looking ahead or back, and without references", where)
		u.matches = func(string) bool { return false }
		return &u
	}
	u.matches = whole.MatchString
	return &u
}

func (c *checker) name(at, where, name string) {
	if !line(name) || utf8.RuneCountInString(name) > maxName {
		c.fault(at, "%s: the name must be one line of at most %d characters", where, maxName)
	}
}

func line(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) }
