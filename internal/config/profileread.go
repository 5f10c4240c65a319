package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/atriumhub/atrium/internal/config/slug"
)

// Profiles are read in all forms that they are written in: a list, or a mapping whose keys only give
// the order, as KubeSpawner has profile_list; and with what ApplicationHub's config.yml has in each.
type Profiles []Profile

// shapeApplicationHub is how ApplicationHub's config.yml has a profile: with a definition in it.
const shapeApplicationHub = "ApplicationHub"

// deepReader is a value that reads YAML with all that is below it, and names each fault by its line.
type deepReader interface {
	readDeep(r *reader, key, id string, n *yaml.Node)
}

func reflectOf(pointer any) reflect.Value { return reflect.ValueOf(pointer).Elem() }

func (list *Profiles) readDeep(r *reader, key, id string, n *yaml.Node) {
	var items []*yaml.Node
	switch n.Kind {
	case yaml.SequenceNode:
		items = n.Content
	case yaml.MappingNode:
		pairs := r.pairs(key+".", n)
		slices.SortStableFunc(pairs, func(a, b pair) int { return strings.Compare(a.word, b.word) })
		for _, p := range pairs {
			items = append(items, p.value)
		}
	default:
		r.fault(n, key, "a list is expected here, each item with keys, as - slug: …; a function, which KubeSpawner takes too, is Python and is not read")
	}
	*list = nil
	for _, item := range items {
		at := id + "." + strconv.Itoa(len(*list))
		r.note(at, item)
		item, ok := r.resolve(key, item)
		if !ok {
			continue
		}
		if item.Kind != yaml.MappingNode {
			r.fault(item, key, "each profile has keys with values, as slug: …")
			continue
		}
		*list = append(*list, r.profile(key, at, item))
	}
}

// profile reads one.
func (r *reader) profile(key, id string, n *yaml.Node) (p Profile) {
	definition := slices.IndexFunc(r.peek(n), func(p pair) bool { return p.word == "definition" })
	if definition >= 0 {
		p = r.applicationHub(key, id, n)
	} else {
		r.withSettings(key, id, n, &p, &p.Sets)
	}
	if p.Slug == "" {
		p.Slug = slug.Of(p.DisplayName)
	}
	return p
}

// peek is pairs without finding fault.
func (r *reader) peek(n *yaml.Node) []pair { return (&reader{}).pairs("", n) }

// withSettings reads a section in which settings stand beside its other keys.
func (r *reader) withSettings(key, id string, n *yaml.Node, section any, s *Settings) {
	v := reflectOf(section)
	readers := settingReaders()
	rest := *n
	rest.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		word, _ := scalar(n.Content[i])
		if _, isField := fieldOf(v, word); !isField && readers[word] != nil {
			r.note(id+"."+word, n.Content[i])
			readers[word](s, value{r, key + "." + word, n.Content[i+1]})
			continue
		}
		rest.Content = append(rest.Content, n.Content[i], n.Content[i+1])
	}
	r.section(key+".", id+".", &rest, v)
}

func (options *Options) readDeep(r *reader, key, id string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, key, "names with keys below are expected here, as image: {display_name: …}")
		return
	}
	for _, p := range r.pairs(key+".", n) {
		o := ProfileOption{Key: p.word}
		r.note(id+"."+p.word, p.key)
		r.section(key+"."+p.word+".", id+"."+p.word+".", p.value, reflectOf(&o))
		*options = append(*options, o)
	}
}

func (choices *Choices) readDeep(r *reader, key, id string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, key, "names with keys below are expected here, as small: {display_name: …}")
		return
	}
	for _, p := range r.pairs(key+".", n) {
		c := Choice{Key: p.word}
		r.note(id+"."+p.word, p.key)
		item, ok := r.resolve(key+"."+p.word, p.value)
		if ok && item.Kind == yaml.MappingNode {
			r.withSettings(key+"."+p.word, id+"."+p.word, item, &c, &c.Sets)
		} else if ok && !empty(item) {
			r.fault(item, key+"."+p.word, "keys with values are expected here, as display_name: …")
		}
		*choices = append(*choices, c)
	}
}
