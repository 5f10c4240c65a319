package profiles

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/hub"
)

// The keys of user options that name a profile: ours, which is KubeSpawner's, and the Learning Cloud's.
const (
	keyProfile  = "profile"
	keyResource = "resource_type"
	// keyRuntime is for how many minutes somebody wants the server.
	keyRuntime = "runtime_minutes"

	unlistedSuffix = "--unlisted-choice"
)

// maxUnlisted is how many bytes a text of somebody's own may have.
const maxUnlisted = 1000

// Chosen is what somebody may start and wants to.
type Chosen struct {
	Profile string // its slug; empty where the hub has no profiles
	sets    []Settings
	who     Person
}

// Launch is what a run of the server of this name is started with, on the ground of what all are.
func (c Chosen) Launch(base hub.Launch, server string) hub.Launch {
	for _, s := range c.sets {
		s.apply(&base, c.who, server)
	}
	base.Profile = c.Profile
	return base
}

// Preset is what the profile is started with where nothing is chosen of its options.
func (p Profile) Preset() Chosen { return p.PresetBut("", "") }

// PresetBut is the same where of one option a choice is made.
func (p Profile) PresetBut(option, choice string) Chosen {
	c := Chosen{Profile: p.Slug, sets: []Settings{p.Sets}}
	for _, o := range p.Options {
		picked := func(c Choice) bool { return c.Default }
		if o.Key == option {
			picked = func(c Choice) bool { return c.Key == choice }
		}
		if at := slices.IndexFunc(o.Choices, picked); at >= 0 {
			c.sets = append(c.sets, o.Choices[at].Sets)
		}
	}
	return c
}

// Devices is how many devices of each kind the run is to have.
func (c Chosen) Devices() (wants map[string]int) {
	for _, s := range c.sets {
		for kind, n := range s.Devices {
			if wants == nil {
				wants = map[string]int{}
			}
			wants[kind] = n
		}
	}
	maps.DeleteFunc(wants, func(_ string, n int) bool { return n == 0 })
	if len(wants) == 0 {
		return nil
	}
	return wants
}

// Choose finds what the options name, for the person whose server it is. hub.Invalid is what there
// is not; hub.Forbidden what is there, and not for them. Options that no profile has are
// left alone, and where the hub has no profiles, all are.
func (s *Set) Choose(who Person, options json.RawMessage) (Chosen, error) {
	if !s.Any() {
		return Chosen{who: who}, nil
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(options, &given); err != nil && len(options) > 0 {
		return Chosen{}, hub.Errorf(hub.Invalid, "user_options must be an object")
	}
	whole, mine, err := s.wanted(who, given)
	if err != nil {
		return Chosen{}, err
	}
	c := Chosen{Profile: mine.Slug, who: who, sets: []Settings{mine.Sets}}
	for i, o := range mine.Options {
		sets, err := o.choose(whole.Options[i], mine, given)
		if err != nil {
			return Chosen{}, err
		}
		c.sets = append(c.sets, sets)
	}
	return c, nil
}

// wanted is the profile that the options name, or the person's default one: as it is, and with what is theirs.
func (s *Set) wanted(who Person, given map[string]json.RawMessage) (whole, mine Profile, err error) {
	slug, err := text(given, keyProfile)
	if err == nil && slug == "" {
		slug, err = text(given, keyResource)
	}
	if err != nil {
		return whole, mine, err
	}
	if slug == "" {
		offered := s.Offered(who)
		if len(offered) == 0 {
			return whole, mine, hub.Said(hub.Forbidden, "%s may start none of this hub's profiles. Ask whoever runs it.", who.Name)
		}
		slug = offered[slices.IndexFunc(offered, func(p Profile) bool { return p.Default })].Slug
	}
	whole, known := s.find(slug)
	if !known {
		return whole, mine, hub.Said(hub.Invalid, "There is no profile %s. Choose another.", hub.Clip(slug))
	}
	mine, theirs := whole.cut(who)
	if !theirs {
		return whole, mine, hub.Said(hub.Forbidden, "The profile %s is not for %s. Choose another, or ask whoever runs this hub.", hub.Clip(slug), who.Name)
	}
	return whole, mine, nil
}

// choose is what the given options choose of o, the part of the whole option that is the person's.
func (o Option) choose(whole Option, p Profile, given map[string]json.RawMessage) (Settings, error) {
	own, err := text(given, o.Key+unlistedSuffix)
	if err != nil {
		return Settings{}, err
	}
	if own != "" {
		return o.unlisted(whole, p, own)
	}
	key, err := text(given, o.Key)
	if err != nil {
		return Settings{}, err
	}
	if key == "" {
		if len(o.Choices) == 0 {
			return Settings{}, hub.Said(hub.Invalid, "%s: the profile %s needs a value for %s.", o.Key+unlistedSuffix, p.Slug, o.Name)
		}
		return o.Choices[slices.IndexFunc(o.Choices, func(c Choice) bool { return c.Default })].Sets, nil
	}
	is := func(c Choice) bool { return c.Key == key }
	if at := slices.IndexFunc(o.Choices, is); at >= 0 {
		return o.Choices[at].Sets, nil
	}
	if slices.ContainsFunc(whole.Choices, is) {
		return Settings{}, hub.Said(hub.Forbidden, "%s: %s of the profile %s is not for this person. Choose another.", o.Key, hub.Clip(key), p.Slug)
	}
	return Settings{}, hub.Said(hub.Invalid, "%s: the profile %s has no choice %s. Choose another.", o.Key, p.Slug, hub.Clip(key))
}

func (o Option) unlisted(whole Option, p Profile, own string) (Settings, error) {
	switch {
	case whole.Unlisted == nil:
		return Settings{}, hub.Said(hub.Invalid, "%s: the profile %s takes no value of your own for %s. Choose one that it has.", o.Key+unlistedSuffix, p.Slug, o.Name)
	case o.Unlisted == nil:
		return Settings{}, hub.Said(hub.Forbidden, "%s: a value of one's own for %s is not for this person. Choose one that the profile %s has.", o.Key+unlistedSuffix, o.Name, p.Slug)
	case len(own) > maxUnlisted || !utf8.ValidString(own) || strings.ContainsFunc(own, unicode.IsControl):
		return Settings{}, hub.Said(hub.Invalid, "%s: it must be one line of at most %d bytes.", o.Key+unlistedSuffix, maxUnlisted)
	case !o.Unlisted.matches(own):
		if o.Unlisted.Mismatch != "" {
			return Settings{}, hub.Errorf(hub.Invalid, "%s: %s", o.Key+unlistedSuffix, o.Unlisted.Mismatch)
		}
		return Settings{}, hub.Said(hub.Invalid, "%s: it must match %s", o.Key+unlistedSuffix, o.Unlisted.Pattern)
	}
	return o.Unlisted.Sets.with(own), nil
}

// text is a value that is a text, or a number, which is as good; empty is one that is not given, or null.
func text(given map[string]json.RawMessage, key string) (string, error) {
	raw := given[key]
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, nil
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String(), nil
	}
	return "", hub.Said(hub.Invalid, "%s: a text is expected.", hub.Clip(key))
}
