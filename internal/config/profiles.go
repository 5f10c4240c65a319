package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/profiles"
)

// Profile is one of `profiles`: something that people may start.
type Profile struct {
	Slug        string   `yaml:"slug"`
	DisplayName string   `yaml:"display_name"`
	Description string   `yaml:"description"`
	Icon        string   `yaml:"icon"`
	Default     bool     `yaml:"default"`
	Successor   string   `yaml:"successor"`
	Groups      []string `yaml:"groups"`
	Users       []string `yaml:"users"`
	Roles       []string `yaml:"roles"`
	Override    Settings `yaml:"kubespawner_override"`
	Options     Options  `yaml:"profile_options"`

	Sets   Settings // what stands beside these keys
	shaped string   // the form that it was written in: "" is ours and KubeSpawner's
}

// Options are those of a profile, in their order.
type Options []ProfileOption

// ProfileOption is something to choose.
type ProfileOption struct {
	Key         string
	DisplayName string         `yaml:"display_name"`
	Choices     Choices        `yaml:"choices"`
	Unlisted    UnlistedChoice `yaml:"unlisted_choice"`
}

// Choices are those of an option, in their order.
type Choices []Choice

// Choice is one of them.
type Choice struct {
	Key         string
	DisplayName string   `yaml:"display_name"`
	Description string   `yaml:"description"`
	Default     bool     `yaml:"default"`
	Groups      []string `yaml:"groups"`
	Users       []string `yaml:"users"`
	Roles       []string `yaml:"roles"`
	Override    Settings `yaml:"kubespawner_override"`
	Sets        Settings // what stands beside these keys
}

// UnlistedChoice is a text of one's own.
type UnlistedChoice struct {
	Enabled       bool     `yaml:"enabled"`
	DisplayName   string   `yaml:"display_name"`
	InChoices     string   `yaml:"display_name_in_choices"`
	Regex         string   `yaml:"validation_regex"`
	RegexMismatch string   `yaml:"validation_message"`
	Groups        []string `yaml:"groups"`
	Users         []string `yaml:"users"`
	Roles         []string `yaml:"roles"`
	Override      Settings `yaml:"kubespawner_override"`
}

// ProfileSet is the profiles as they are decided by.
func (c Config) ProfileSet() *profiles.Set {
	set, _ := c.profileSet()
	return set
}

func (c Config) profileSet() (*profiles.Set, []profiles.Fault) {
	list := make([]profiles.Profile, len(c.Profiles))
	for i, p := range c.Profiles {
		list[i] = profiles.Profile{
			Slug: p.Slug, Name: p.DisplayName, Description: p.Description, Icon: p.Icon, Default: p.Default, Successor: p.Successor,
			For: audience(p.Groups, p.Users, p.Roles), Sets: p.Sets.then(p.Override), Options: p.Options.converted(),
		}
	}
	return profiles.New(list)
}

func (options Options) converted() (out []profiles.Option) {
	for _, o := range options {
		option := profiles.Option{Key: o.Key, Name: o.DisplayName}
		for _, c := range o.Choices {
			option.Choices = append(option.Choices, profiles.Choice{
				Key: c.Key, Name: c.DisplayName, Description: c.Description, Default: c.Default,
				For: audience(c.Groups, c.Users, c.Roles), Sets: c.Sets.then(c.Override),
			})
		}
		if u := o.Unlisted; u.Enabled {
			option.Unlisted = &profiles.Unlisted{
				Name: u.DisplayName, InList: u.InChoices, Pattern: u.Regex, Mismatch: u.RegexMismatch,
				For: audience(u.Groups, u.Users, u.Roles), Sets: u.Override.Settings,
			}
		}
		out = append(out, option)
	}
	return out
}

// audience has the people by their names as the hub has them.
func audience(groups, users, roles []string) profiles.Audience {
	a := profiles.Audience{Groups: groups, Users: slices.Clone(users), Roles: roles}
	for i, name := range users {
		if normal, err := hub.UserName(name); err == nil {
			a.Users[i] = normal
		}
	}
	return a
}

// validateProfiles checks the profiles, and that the driver can carry what they ask for.
func (c Config) validateProfiles(f *faults) {
	_, wrong := c.profileSet()
	for _, w := range wrong {
		f.add(strings.TrimSuffix("profiles."+w.At, "."), "profiles: "+w.Text)
	}
	for i, p := range c.Profiles {
		at, where := fmt.Sprintf("profiles.%d", i), "profiles: "+p.Slug
		c.validateAudience(f, at, where, p.shaped, p.Groups, p.Users, p.Roles)
		c.validateSettings(f, at, where, p.Sets, p.Override)
		for _, o := range p.Options {
			below, of := at+".profile_options."+o.Key, where+": "+o.Key
			for _, choice := range o.Choices {
				at, where := below+".choices."+choice.Key, of+": "+choice.Key
				c.validateAudience(f, at, where, "", choice.Groups, choice.Users, choice.Roles)
				c.validateSettings(f, at, where, choice.Sets, choice.Override)
			}
			u, at := o.Unlisted, below+".unlisted_choice"
			c.validateAudience(f, at, of+": unlisted_choice", "", u.Groups, u.Users, u.Roles)
			c.validateSettings(f, at, of+": unlisted_choice", Settings{}, u.Override)
		}
	}
}

// validateAudience refuses whom there is not: a name with a slip in it would let nobody in.
func (c Config) validateAudience(f *faults, at, where, shaped string, groups, people, roles []string) {
	users(f, at+".users", where, people)
	groupNames(f, at+".groups", where, groups)
	for _, name := range groups {
		_, declared := c.Groups[name]
		// ApplicationHub's file has no place for groups.
		f.checkAt(at+".groups", declared || shaped == shapeApplicationHub,
			"%s: there is no group %s; declare it, as groups: {%s: {}}%s", where, name, name, didYouMean(name, slices.Sorted(maps.Keys(c.Groups))))
	}
	known := []string{scopes.RoleAdmin, scopes.RoleUser, scopes.RoleTeacher}
	for _, r := range c.Roles {
		known = append(known, r.Name)
	}
	for _, name := range roles {
		f.checkAt(at+".roles", slices.Contains(known, name), "%s: there is no role %s among roles%s", where, name, didYouMean(name, known))
	}
}

// validateSettings checks what one place sets, by keys of its own and by kubespawner_override.
func (c Config) validateSettings(f *faults, at, where string, own, override Settings) {
	for _, s := range []struct {
		Settings
		at string
	}{{own, at}, {override, at + ".kubespawner_override"}} {
		check := func(key string, good bool, format string, args ...any) {
			f.checkAt(s.at+"."+key, good, "%s: %s: %s", where, key, fmt.Sprintf(format, args...))
		}
		for _, key := range s.Foreign {
			check(key, false, "spawner.driver: local does not carry it out; remove it%s", didYouMean(key, settingKeys()))
		}
		if s.Image != "" {
			check(s.imageKey(), false, "spawner.driver: local runs processes, which have no image; remove it, and set command where another program is meant")
		}
		l := s.Limits
		check("mem_limit", l.Memory == nil || *l.Memory == 0 || *l.Memory >= leastMemory, "with less than %v no notebook server starts; 0 sets no limit", Size(leastMemory))
		check("cpu_limit", l.CPU == nil || *l.CPU == 0 || *l.CPU >= leastCPU && *l.CPU <= 1<<20, "it is a number of cores, as 1 or 0.5; 0 sets no limit")
		short, long := s.Time.Default, s.Time.Max
		check("time_limit", goodLimit(short), badLimit)
		check("max_time_limit", goodLimit(long), badLimit)
		check("time_limit", short == nil || long == nil || *long == 0 || *short <= *long, "it is longer than max_time_limit")
		for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
			value := s.Environment[name]
			check("environment", variable(name) && (value == nil || !strings.Contains(*value, "\x00")), "%q cannot be the name of a variable, or its value holds a zero byte", name)
		}
		check("quota_rate", s.Rate == 0 || goodRate(s.Rate), "it must be 1 to %d credits a minute", mostRate)
		_, known := c.Accelerators[s.Accelerator]
		check("accelerator", s.Accelerator == "" || known, "there is no accelerator %s; declare it, as accelerators: {%s: {quota_rate: 2}}%s",
			s.Accelerator, s.Accelerator, didYouMean(s.Accelerator, slices.Sorted(maps.Keys(c.Accelerators))))
		c.validateAsked(f, s.at, where, s.Settings)
		check("command", len(s.Command) == 0 || s.Command[0] != "", "the first word, the program, is empty")
	}
}

// validateAsked refuses devices that this machine does not have.
func (c Config) validateAsked(f *faults, at, where string, s Settings) {
	for _, kind := range slices.Sorted(maps.Keys(s.Devices)) {
		if fault := devices.Kinds(c.Spawner.Local.Devices).Asked(kind, s.Devices[kind], didYouMean); fault != "" {
			f.add(at+"."+s.kinds[kind], where+": "+s.kinds[kind]+": "+fault)
		}
	}
}

// DeviceKinds are the kinds of devices that a profile asks for, with one choice or another.
func (p Profile) DeviceKinds() []string {
	kinds := map[string]bool{}
	for _, s := range p.settings() {
		for kind, n := range s.Devices {
			kinds[kind] = kinds[kind] || n > 0
		}
	}
	maps.DeleteFunc(kinds, func(_ string, asked bool) bool { return !asked })
	return slices.Sorted(maps.Keys(kinds))
}

// settings are all that a profile and its choices set.
func (p Profile) settings() []Settings {
	all := []Settings{p.Sets, p.Override}
	for _, o := range p.Options {
		for _, choice := range o.Choices {
			all = append(all, choice.Sets, choice.Override)
		}
		all = append(all, o.Unlisted.Override)
	}
	return all
}

// ProfileWarnings says what profiles ask for that is told to servers and not kept.
func (c Config) ProfileWarnings() (out []string) {
	for _, p := range c.Profiles {
		if slices.ContainsFunc(p.settings(), func(s Settings) bool { return s.Limits.ReservedMemory != nil || s.Limits.ReservedCPU != nil }) {
			out = append(out, fmt.Sprintf("profiles: %s: mem_guarantee and cpu_guarantee: servers are told of them, and nothing is kept free for them on this machine", p.Slug))
		}
	}
	return out
}
