package profiles

import (
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
