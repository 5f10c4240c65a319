package profiles

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// KubeSpawner's names of the fields of a form, and the Learning Cloud's.
const (
	fieldOption  = "profile-option-" // and SLUG--KEY after it
	fieldGPU     = "gpu_selection_"  // and the resource after it
	fieldRuntime = "runtime"
	optionGPU    = "gpu_selection"

	// Of the Learning Cloud's links.
	fieldResource  = "resource"
	fieldAutostart = "autostart"
	keyAccelerator = "accelerator"

	unlistedPick = "unlisted-choice" // of a list of choices: the text beside it counts
)

// FormOptions makes user options of a form's fields, or of a link's: of the profile that they
// name with its options, in KubeSpawner's names and in the Learning Cloud's. Other fields are kept, each with the
// list of its values, as JupyterHub does; so are all where the hub has no profiles.
func (s *Set) FormOptions(fields url.Values) map[string]any {
	out := make(map[string]any, len(fields))
	for name, values := range fields {
		out[name] = values
	}
	if !s.Any() {
		return out
	}
	slug := fields.Get(keyProfile)
	if slug == "" {
		slug = fields.Get(keyResource)
	}
	if slug == "" {
		slug = fields.Get(fieldResource)
	}
	for name := range fields {
		value := fields.Get(name)
		switch {
		case name == keyProfile, name == fieldResource, name == fieldAutostart:
			delete(out, name)
		case name == keyResource:
			out[name] = value
		case name == fieldRuntime:
			delete(out, name)
			out[keyRuntime] = value
			if minutes, err := strconv.Atoi(value); err == nil {
				out[keyRuntime] = minutes
			}
		case strings.HasPrefix(name, fieldOption), strings.HasPrefix(name, fieldGPU):
			delete(out, name) // of this profile they come again
		}
	}
	if slug != "" {
		out[keyProfile] = slug
	}
	s.formChoices(fields, slug, out)
	return out
}

// Merged is the fields of a form together with those of the link that it was reached by. Where the form
// chooses a profile, what the link chose does not count any more.
func Merged(link, form url.Values) url.Values {
	chooses := form.Get(keyProfile) != "" || form.Get(keyResource) != ""
	out := url.Values{}
	for name, values := range link {
		if !chooses || !choosing(name) {
			out[name] = values
		}
	}
	maps.Copy(out, form)
	return out
}

// choosing tells whether a field chooses what starts.
func choosing(name string) bool {
	switch name {
	case keyProfile, keyResource, fieldResource, keyAccelerator, fieldAutostart:
		return true
	}
	return strings.HasPrefix(name, fieldOption) || strings.HasPrefix(name, fieldGPU)
}

// Consents tells whether a link asks to start what it names, once somebody says yes.
func Consents(link url.Values) bool {
	return link.Get(fieldAutostart) == "1" && (link.Get(keyProfile) != "" || link.Get(keyResource) != "" || link.Get(fieldResource) != "")
}

// Field is the name of the form's field of an option of a profile, and of the text of one's own beside it.
func Field(slug, option string) (choice, own string) {
	return fieldOption + slug + "--" + option, fieldOption + slug + "--" + option + unlistedSuffix
}

// Own is what a list of choices has in the place of the text beside it.
const Own = unlistedPick

// Picked is what options say of one of a profile's, as far as they say it: the key of a choice, or a text of one's own.
func Picked(options json.RawMessage, key string) (choice, own string) {
	var given map[string]json.RawMessage
	if json.Unmarshal(options, &given) != nil {
		return "", ""
	}
	choice, _ = text(given, key) // what is no text is no choice that a page could show
	own, _ = text(given, key+unlistedSuffix)
	return choice, own
}

// Slug is the profile that options name, if they do.
func Slug(options json.RawMessage) string {
	slug, _ := Picked(options, keyProfile)
	if slug == "" {
		slug, _ = Picked(options, keyResource)
	}
	return slug
}

// formChoices adds the options of the profile. Where a list of choices has one picked, a text beside it is left over.
func (s *Set) formChoices(fields url.Values, slug string, out map[string]any) {
	prefix := fieldOption + slug + "--"
	for name := range fields {
		key, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		value := fields.Get(name)
		if of, unlisted := strings.CutSuffix(key, unlistedSuffix); unlisted {
			if pick := fields.Get(prefix + of); pick != "" && pick != unlistedPick {
				continue
			}
		} else if value == unlistedPick {
			continue
		}
		if value != "" {
			out[key] = value
		}
	}
	gpu := fields.Get(fieldGPU + slug)
	if p, known := s.find(slug); known && gpu == "" && !p.has(keyAccelerator) {
		gpu = fields.Get(keyAccelerator)
		delete(out, keyAccelerator)
	}
	if gpu != "" {
		out[optionGPU] = gpu
	}
}

func (p Profile) has(option string) bool {
	return slices.ContainsFunc(p.Options, func(o Option) bool { return o.Key == option })
}
