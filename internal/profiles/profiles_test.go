package profiles

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/hub"
)

func told(s string) *string { return &s }

// classroom has what a course has: something for everybody, something for a group, and choices for few.
func classroom(t testing.TB) *Set {
	t.Helper()
	memory := func(n int64) Settings { return Settings{Limits: Limits{Memory: &n}} }
	set, faults := New([]Profile{
		{Slug: "small", Name: "Small", Sets: memory(1 << 30)},
		{
			Slug: "lab", Name: "Lab", Default: true, For: Audience{Groups: []string{"cs101"}, Users: []string{"guest"}, Roles: []string{"grader"}},
			Sets: Settings{Environment: map[string]*string{"COURSE": told("cs101"), "BASE": nil}, DefaultURL: told("/lab/tree/{username}")},
			Options: []Option{
				{
					Key: "size", Choices: []Choice{
						{Key: "one", Sets: memory(2 << 30)},
						{Key: "two", Default: true, For: Audience{Groups: []string{"tutors"}}, Sets: memory(4 << 30)},
					},
				},
				{
					Key: "branch", Choices: []Choice{{Key: "main", Sets: Settings{Environment: map[string]*string{"BRANCH": told("main")}}}},
					Unlisted: &Unlisted{
						Pattern: `[a-z]+`, Mismatch: "Small letters.", For: Audience{Groups: []string{"tutors"}},
						Sets: Settings{Environment: map[string]*string{"BRANCH": told("{{x}}-{value}")}, Args: []string{"--branch={value}"}},
					},
				},
			},
		},
		{Slug: "old", Name: "Old", Successor: "lab"},
		{Slug: "staff", Name: "Staff", For: Audience{Groups: []string{"staff"}}},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return set
}

func TestChoose(t *testing.T) {
	set := classroom(t)
	nobody := Person{Name: "ann"}
	member := Person{Name: "bob", Groups: []string{"cs101"}}
	tutor := Person{Name: "tess", Groups: []string{"cs101", "tutors"}}
	base := hub.Launch{Command: []string{"lab"}, Environment: map[string]string{"BASE": "1", "KEPT": "1"}}
	lab := func(memory int64, branch string, args ...string) hub.Launch {
		return hub.Launch{
			Profile: "lab", Command: []string{"lab"}, Args: args, Limits: hub.Limits{Memory: memory},
			Environment: map[string]string{"KEPT": "1", "COURSE": "cs101", "BRANCH": branch, "JUPYTERHUB_DEFAULT_URL": "/lab/tree/NAME"},
		}
	}
	small := hub.Launch{Profile: "small", Command: []string{"lab"}, Limits: hub.Limits{Memory: 1 << 30}, Environment: base.Environment}
	for _, c := range []struct {
		name, options string
		who           Person
		want          hub.Launch
		code          hub.Code
		says          string
	}{
		{"nothing named, for everybody", `{}`, nobody, small, "", ""},
		{"no options at all", ``, nobody, small, "", ""},
		{"null and empty are nothing", `{"profile": null, "resource_type": ""}`, nobody, small, "", ""},
		{"other keys are left alone", `{"profile": "small", "size": {"a": 1}, "x": [1]}`, nobody, small, "", ""},
		{"the default of a member", `{}`, member, lab(2<<30, "main"), "", ""},
		{"the default choice of a tutor", `{}`, tutor, lab(4<<30, "main"), "", ""},
		{"by a role", `{"profile": "lab"}`, Person{Name: "eve", Roles: []string{"user", "grader"}}, lab(2<<30, "main"), "", ""},
		{"by name", `{"profile": "lab"}`, Person{Name: "guest"}, lab(2<<30, "main"), "", ""},
		{"as the Learning Cloud names it", `{"resource_type": "lab"}`, member, lab(2<<30, "main"), "", ""},
		{"the profile wins over the resource", `{"profile": "small", "resource_type": "lab"}`, nobody, small, "", ""},
		{"its successor", `{"profile": "old", "size": "one"}`, tutor, lab(2<<30, "main"), "", ""},
		{"a choice", `{"profile": "lab", "size": "two"}`, tutor, lab(4<<30, "main"), "", ""},
		{"a text of one's own", `{"profile": "lab", "branch--unlisted-choice": "dev"}`, tutor, lab(4<<30, "{x}-dev", "--branch=dev"), "", ""},

		{"not theirs", `{"profile": "lab"}`, nobody, hub.Launch{}, hub.Forbidden, "The profile lab is not for ann."},
		{"not theirs as a resource", `{"resource_type": "lab"}`, nobody, hub.Launch{}, hub.Forbidden, "not for ann"},
		{"not theirs by its successor", `{"profile": "old"}`, nobody, hub.Launch{}, hub.Forbidden, "not for ann"},
		{"there is none", `{"profile": "huge"}`, nobody, hub.Launch{}, hub.Invalid, "There is no profile huge."},
		{"no text", `{"profile": ["lab"]}`, member, hub.Launch{}, hub.Invalid, "profile: a text is expected."},
		{"no object", `[1]`, member, hub.Launch{}, hub.Invalid, "must be an object"},
		{"a choice that is not theirs", `{"profile": "lab", "size": "two"}`, member, hub.Launch{}, hub.Forbidden, "size: two of the profile lab is not for this person."},
		{"no such choice", `{"profile": "lab", "size": "ten"}`, member, hub.Launch{}, hub.Invalid, "has no choice ten"},
		{"a choice that is no text", `{"profile": "lab", "size": {}}`, member, hub.Launch{}, hub.Invalid, "size: a text is expected."},
		{"a text that is not theirs to give", `{"profile": "lab", "branch--unlisted-choice": "dev"}`, member, hub.Launch{}, hub.Forbidden, "not for this person"},
		{"a text where none is taken", `{"profile": "lab", "size--unlisted-choice": "dev"}`, tutor, hub.Launch{}, hub.Invalid, "takes no value of your own"},
		{"a text that does not match", `{"profile": "lab", "branch--unlisted-choice": "DEV"}`, tutor, hub.Launch{}, hub.Invalid, "Small letters."},
		{"one that matches at its beginning", `{"profile": "lab", "branch--unlisted-choice": "dev; x"}`, tutor, hub.Launch{}, hub.Invalid, "Small letters."},
		{"one of two lines", `{"profile": "lab", "branch--unlisted-choice": "dev\nx"}`, tutor, hub.Launch{}, hub.Invalid, "one line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			chosen, err := set.Choose(c.who, json.RawMessage(c.options))
			if hub.ErrorCode(err) != c.code || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v", err)
			}
			if err != nil {
				return
			}
			if url, ok := c.want.Environment["JUPYTERHUB_DEFAULT_URL"]; ok {
				c.want.Environment["JUPYTERHUB_DEFAULT_URL"] = strings.Replace(url, "NAME", c.who.Name, 1)
			}
			if d := cmp.Diff(c.want, chosen.Launch(base, "")); d != "" {
				t.Error(d)
			}
		})
	}
	if d := cmp.Diff(map[string]string{"BASE": "1", "KEPT": "1"}, base.Environment); d != "" {
		t.Error("the hub's own launch was changed", d)
	}
	only, _ := New([]Profile{{Slug: "staff", For: Audience{Groups: []string{"staff"}}}})
	if _, err := only.Choose(nobody, nil); !hub.Is(err, hub.Forbidden) {
		t.Errorf("whoever has nothing to start: %v", err)
	}
	var none *Set
	if c, err := none.Choose(nobody, json.RawMessage(`[whatever`)); err != nil || c.Profile != "" || none.Offered(nobody) != nil {
		t.Error("without profiles something is refused", err)
	}
}

// No refusal says whom something is for, or what else there is.
func TestRefusalsTellNothingOfOthers(t *testing.T) {
	set := classroom(t)
	for _, options := range []string{`{"profile": "staff"}`, `{"profile": "x"}`, `{"profile": "lab"}`} {
		_, err := set.Choose(Person{Name: "ann"}, json.RawMessage(options))
		for _, secret := range []string{"cs101", "tutors", "guest", "grader", "Lab", "Small", "small"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", options, err)
			}
		}
	}
}

func TestFormOptions(t *testing.T) {
	set := classroom(t)
	for _, c := range []struct {
		name, form string
		want       map[string]any
	}{
		{"KubeSpawner's", "profile=lab&profile-option-lab--size=one&profile-option-staff--size=two", map[string]any{"profile": "lab", "size": "one"}},
		{"a text of one's own", "profile=lab&profile-option-lab--branch=unlisted-choice&profile-option-lab--branch--unlisted-choice=dev", map[string]any{"profile": "lab", "branch--unlisted-choice": "dev"}},
		{"a text alone", "profile=lab&profile-option-lab--branch--unlisted-choice=dev", map[string]any{"profile": "lab", "branch--unlisted-choice": "dev"}},
		{"a choice, and a text that is left over", "profile=lab&profile-option-lab--branch=main&profile-option-lab--branch--unlisted-choice=dev", map[string]any{"profile": "lab", "branch": "main"}},
		{"the Learning Cloud's", "resource_type=lab&gpu_selection_lab=phx&gpu_selection_small=&runtime=30&repo_url=x", map[string]any{
			"profile": "lab", "resource_type": "lab", "gpu_selection": "phx", "runtime_minutes": 30, "repo_url": []string{"x"},
		}},
		{"a link of the Learning Cloud's", "resource=lab&accelerator=phx&autostart=1", map[string]any{"profile": "lab", "gpu_selection": "phx"}},
		{"others are kept", "a=1&a=2", map[string]any{"a": []string{"1", "2"}}},
	} {
		fields, err := url.ParseQuery(c.form)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, set.FormOptions(fields)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	var none *Set
	if d := cmp.Diff(map[string]any{"profile": []string{"lab"}, "runtime": []string{"1"}}, none.FormOptions(url.Values{"profile": {"lab"}, "runtime": {"1"}})); d != "" {
		t.Errorf("without profiles: %s", d)
	}
}

// Means to hold limits are sought for the highest that any choice has.
func TestLimits(t *testing.T) {
	set := classroom(t)
	if got := set.Limits(hub.Limits{CPU: 1, Processes: 9}); got != (hub.Limits{Memory: 4 << 30, CPU: 1, Processes: 9}) {
		t.Errorf("%+v", got)
	}
	var none *Set
	if got := none.Limits(hub.Limits{CPU: 1}); got != (hub.Limits{CPU: 1}) {
		t.Errorf("without profiles: %+v", got)
	}
}

// What is wrong with profiles is named, and where.
func TestFaults(t *testing.T) {
	_, faults := New([]Profile{
		{Slug: "a b"},
		{Slug: "a"},
		{Slug: "a"},
		{Slug: "b", Successor: "c", Default: true},
		{Slug: "d", Successor: "e"},
		{Slug: "e", Successor: "d"},
		{Slug: "f", Name: "two\nlines", Icon: "far too long", Options: []Option{
			{Key: "profile", Choices: []Choice{{Key: "x"}}},
			{Key: "none"},
			{Key: "ahead", Unlisted: &Unlisted{Pattern: "(?=x)"}},
			{Key: "pick", Choices: []Choice{{Key: unlistedPick}}},
		}},
	})
	var got []string
	for _, f := range faults {
		got = append(got, f.At)
	}
	slices.Sort(got)
	want := []string{
		"0.slug", "2.slug", "3.default", "3.successor", "4.successor", "5.successor", "6.display_name", "6.icon",
		"6.profile_options.ahead.unlisted_choice.validation_regex", "6.profile_options.none",
		"6.profile_options.pick.choices.unlisted-choice", "6.profile_options.profile",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d, faults)
	}
}

// world draws profiles, and people in groups of which some have them.
func world(t *rapid.T) ([]Profile, Person) {
	names := []string{"a", "b", "c"}
	some := func(what string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 2, rapid.ID).Draw(t, what)
	}
	audience := func() Audience {
		return Audience{Groups: some("groups"), Roles: some("roles"), Users: some("users")}
	}
	list := make([]Profile, rapid.IntRange(1, 4).Draw(t, "profiles"))
	for i := range list {
		p := Profile{Slug: string(rune('p' + i)), Default: rapid.Bool().Draw(t, "default"), For: audience()}
		for j := range rapid.IntRange(0, 2).Draw(t, "options") {
			o := Option{Key: string(rune('k' + j))}
			for n := range rapid.IntRange(0, 3).Draw(t, "choices") {
				o.Choices = append(o.Choices, Choice{Key: string(rune('x' + n)), For: audience(), Default: rapid.Bool().Draw(t, "default")})
			}
			if len(o.Choices) == 0 || rapid.Bool().Draw(t, "unlisted") {
				o.Unlisted = &Unlisted{Pattern: "own", For: audience()}
			}
			p.Options = append(p.Options, o)
		}
		list[i] = p
	}
	return list, Person{Name: rapid.SampledFrom(names).Draw(t, "name"), Groups: some("in"), Roles: some("has")}
}

// What is offered starts, and nothing else does, for every profile, choice and person.
func TestWhatIsOfferedStarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list, who := world(t)
		set, faults := New(list)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		offered := set.Offered(who)
		for _, p := range list {
			at := slices.IndexFunc(offered, func(o Profile) bool { return o.Slug == p.Slug })
			for _, options := range everyWay(p) {
				raw, err := json.Marshal(options)
				if err != nil {
					t.Fatal(err)
				}
				chosen, err := set.Choose(who, raw)
				if want := at >= 0 && has(offered[at], options); want != (err == nil) {
					t.Fatalf("%s for %+v, offered %+v: %v", raw, who, offered, err)
				}
				if err == nil && chosen.Profile != p.Slug {
					t.Fatalf("%s starts %s", raw, chosen.Profile)
				}
			}
		}
		_, err := set.Choose(who, nil)
		if len(offered) == 0 && !hub.Is(err, hub.Forbidden) {
			t.Fatalf("nothing is offered, and %v", err)
		}
	})
}

// everyWay is every way to answer all options of a profile.
func everyWay(p Profile) []map[string]string {
	ways := []map[string]string{{"profile": p.Slug}}
	for _, o := range p.Options {
		answers := [][2]string{{o.Key + unlistedSuffix, "own"}}
		for _, c := range o.Choices {
			answers = append(answers, [2]string{o.Key, c.Key})
		}
		var longer []map[string]string
		for _, way := range ways {
			for _, a := range answers {
				more := map[string]string{a[0]: a[1]}
				for k, v := range way {
					more[k] = v
				}
				longer = append(longer, more)
			}
		}
		ways = longer
	}
	return ways
}

// has tells whether the options are among those of an offered profile.
func has(p Profile, options map[string]string) bool {
	for _, o := range p.Options {
		if options[o.Key+unlistedSuffix] != "" {
			if o.Unlisted == nil {
				return false
			}
		} else if !slices.ContainsFunc(o.Choices, func(c Choice) bool { return c.Key == options[o.Key] }) {
			return false
		}
	}
	return true
}
