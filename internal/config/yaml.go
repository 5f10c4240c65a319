package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/atriumhub/atrium/internal/config/yamldoc"
)

// maxFile is how large a configuration may be, in bytes: far more than anybody
// writes, and little enough to say at once that this is some other file.
const maxFile = 1 << 20

// reader reads a parsed file over a Config. It goes through the tree itself, where
// the library's decoder would name no key, and repeat values, which may be secrets.
type reader struct {
	path   string
	from   map[string]place // where each key stands
	faults []Fault
}

// readYAML reads a file over c, and gives all that is wrong with it.
func readYAML(c *Config, path string, b []byte) []Fault {
	r := &reader{path: path, from: c.from}
	if len(b) > maxFile {
		r.fault(nil, "", "it is larger than %d bytes, so it is no configuration of Atrium's", maxFile)
		return r.faults
	}
	docs, err := yamldoc.Read(b)
	if err != nil {
		r.fault(nil, "", "%s", yamldoc.Fault(err))
		return r.faults
	}
	switch {
	case len(docs) > 1:
		r.fault(docs[1], "", "a second document (after ---); a file holds one")
		fallthrough
	case len(docs) == 1:
		r.section("", "", docs[0], reflect.ValueOf(c).Elem())
	}
	return r.faults
}

// empty tells whether nothing was written, or null.
func empty(n *yaml.Node) bool { return yamldoc.Empty(n) }

func (r *reader) fault(at *yaml.Node, key, format string, args ...any) {
	f := Fault{Key: key, Text: fmt.Sprintf(format, args...), at: place{source: r.path}}
	if at != nil {
		f.at.line = at.Line
	}
	if key != "" {
		f.Text = key + ": " + f.Text
	}
	r.faults = append(r.faults, f)
}

// note keeps where a key stands.
func (r *reader) note(id string, at *yaml.Node) {
	if r.from != nil {
		r.from[id] = place{source: r.path, line: at.Line}
	}
}

// section reads a mapping into the struct that its keys belong to. prefix is before
// them for people, id for Config.from.
func (r *reader) section(prefix, id string, n *yaml.Node, v reflect.Value) {
	name := strings.TrimSuffix(prefix, ".")
	n, ok := r.resolve(name, n)
	if !ok || empty(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.fault(n, name, "keys with values are expected here, as %s: …", firstKey(v.Type()))
		return
	}
	for _, p := range r.pairs(prefix, n) {
		field, ok := fieldOf(v, p.word)
		switch {
		case !ok && !r.glued(prefix, p):
			r.fault(p.key, "", "unknown key %s%s%s", prefix, p.word, suggest(prefix, p.word, v.Type()))
		case !ok:
		case field.Kind() == reflect.Struct && !deep(field):
			r.note(id+named(v, p.word), p.key)
			r.section(prefix+p.word+".", id+named(v, p.word)+".", p.value, field)
		default:
			if !empty(p.value) {
				r.note(id+named(v, p.word), p.key)
			}
			r.value(prefix+p.word, id+named(v, p.word), p.value, field)
		}
	}
}

// nodeReader is a value that reads YAML in a way of its own.
type nodeReader interface {
	readNode(n *yaml.Node) error
}

// value reads what stands at a key that is no section. Nothing there (null) leaves
// what was.
func (r *reader) value(key, id string, n *yaml.Node, v reflect.Value) {
	n, ok := r.resolve(key, n)
	if !ok || empty(n) {
		return
	}
	if own, ok := v.Addr().Interface().(deepReader); ok {
		own.readDeep(r, key, id, n)
		return
	}
	if own, ok := v.Addr().Interface().(nodeReader); ok {
		if err := own.readNode(n); err != nil {
			r.fault(n, key, "%v", err)
		}
		return
	}
	if _, textual := textual(v); !textual {
		switch {
		case structured(v) && v.Kind() == reflect.Slice:
			r.sections(key, id, n, v)
			return
		case structured(v):
			r.named(key, id, n, v)
			return
		case v.Kind() == reflect.Slice:
			r.list(key, n, v)
			return
		case v.Kind() == reflect.Map:
			r.texts(key, n, v)
			return
		}
	}
	text, ok := scalar(n)
	if !ok {
		r.fault(n, key, "one value is expected here, not a list or keys")
		return
	}
	if _, textual := textual(v); quoted(n) && !textual && v.Kind() != reflect.String {
		r.fault(n, key, "%q is a text; write it without quotes", text)
		return
	}
	if err := set1(v, text); err != nil {
		r.fault(n, key, "%v", err)
	}
}

// deep tells whether a value reads all that is below it by itself.
func deep(v reflect.Value) bool {
	_, ok := v.Addr().Interface().(deepReader)
	return ok
}

// structured tells whether a value is a list or mapping of sections.
func structured(v reflect.Value) bool {
	return (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Type().Elem().Kind() == reflect.Struct
}

// fresh makes a section with its defaults.
func fresh(t reflect.Type) reflect.Value {
	v := reflect.New(t)
	if d, ok := v.Interface().(interface{ SetDefaults() }); ok {
		d.SetDefaults()
	}
	return v.Elem()
}

// sections reads a sequence of mappings.
func (r *reader) sections(key, id string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		r.fault(n, key, "a list is expected here, each item with keys, as - %s: …", firstKey(v.Type().Elem()))
		return
	}
	list := reflect.MakeSlice(v.Type(), 0, len(n.Content))
	for i, item := range n.Content {
		section := fresh(v.Type().Elem())
		at := fmt.Sprintf("%s.%d", id, i)
		r.note(at, item)
		if item, ok := r.resolve(key, item); ok && empty(item) {
			r.fault(n, key, "an item of the list is empty")
		}
		r.section(key+".", at+".", item, section)
		list = reflect.Append(list, section)
	}
	if list.Len() == 0 {
		list = reflect.Zero(v.Type())
	}
	v.Set(list)
}

// named reads a mapping of names to mappings.
func (r *reader) named(key, id string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, key, "names with keys below are expected here, as NAME: {%s: …}", firstKey(v.Type().Elem()))
		return
	}
	all := reflect.MakeMap(v.Type())
	for _, p := range r.pairs(key+".", n) {
		section := fresh(v.Type().Elem())
		r.note(id+"."+p.word, p.key)
		r.section(key+"."+p.word+".", id+"."+p.word+".", p.value, section)
		all.SetMapIndex(reflect.ValueOf(p.word), section)
	}
	if all.Len() == 0 {
		all = reflect.Zero(v.Type())
	}
	v.Set(all)
}

// readText reads a list or mapping of sections from one text, as a variable of the
// environment holds it: JSON, which is YAML.
func readText(v reflect.Value, text string) error {
	docs, err := yamldoc.Read([]byte(text))
	if err != nil || len(docs) != 1 {
		return errors.New("it is not JSON")
	}
	r := &reader{}
	r.value("", "", docs[0], v)
	if len(r.faults) > 0 {
		return errors.New(strings.TrimPrefix(r.faults[0].Text, ": "))
	}
	return nil
}

// list reads a sequence of texts.
func (r *reader) list(key string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		r.fault(n, key, `a list is expected here, as ["a", "b"]`)
		return
	}
	list := []string{}
	for _, item := range n.Content {
		item, ok := r.resolve(key, item)
		if !ok {
			continue
		}
		text, ok := scalar(item)
		switch {
		case ok:
			list = append(list, text)
		case item.Kind == yaml.MappingNode:
			r.fault(item, key, `the list holds keys with values; put a text that holds ": " in quotes`)
		default:
			r.fault(item, key, "the list holds something that is no text")
		}
	}
	v.Set(reflect.ValueOf(list))
}

// texts reads a mapping of names to texts.
func (r *reader) texts(key string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, key, "names with values are expected here, as NAME: value")
		return
	}
	texts := map[string]string{}
	for _, p := range r.pairs(key+".", n) {
		item, ok := r.resolve(key+"."+p.word, p.value)
		if !ok || r.glued(key+".", p) {
			continue
		}
		text, ok := scalar(item)
		if !ok {
			r.fault(p.key, key+"."+p.word, `a text is expected here, as "…"`)
			continue
		}
		texts[p.word] = text
	}
	v.Set(reflect.ValueOf(texts))
}

// resolve goes from an alias to what it means. Tags are refused.
func (r *reader) resolve(key string, n *yaml.Node) (*yaml.Node, bool) {
	meant := n
	if n.Kind == yaml.AliasNode {
		meant = n.Alias
	}
	switch {
	case meant.Style&yaml.TaggedStyle != 0:
		r.fault(n, key, "tags are not read; put a text that begins with ! in quotes")
	case meant != n && empty(meant):
		r.fault(n, key, "the * names nothing that is marked with &; put a text that begins with * in quotes")
	case meant.Anchor != "" && empty(meant):
		r.fault(n, key, "nothing follows the &; put a text that begins with & in quotes")
	default:
		return meant, true
	}
	return nil, false
}

// pair is a key of a mapping with its value.
type pair struct {
	word       string // the key as text
	key, value *yaml.Node
	flow       bool // it stands in {…}
}

// pairs are those of a mapping, each key once.
func (r *reader) pairs(prefix string, n *yaml.Node) []pair {
	var all []pair
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		p := pair{key: n.Content[i], value: n.Content[i+1], flow: n.Style&yaml.FlowStyle != 0}
		word, ok := scalar(p.key)
		if !ok {
			r.fault(p.key, strings.TrimSuffix(prefix, "."), "a list or keys stand where a key is expected")
			continue
		}
		if line, twice := lines[word]; twice {
			r.fault(p.key, prefix+word, "it is given on line %d already", line)
			continue
		}
		p.word = word
		lines[p.word] = p.key.Line
		all = append(all, p)
	}
	return all
}

// glued finds fault with {key:value}, which to YAML is a key of that name without a
// value. What follows the colon may be a secret.
func (r *reader) glued(prefix string, p pair) bool {
	word, _, colon := strings.Cut(p.word, ":")
	if !colon || !p.flow || p.key.Style != 0 || !empty(p.value) {
		return false
	}
	r.fault(p.key, prefix+word, "a blank is missing after the colon")
	return true
}

// scalar is a value's text as it was written: 0123 stays 0123, so that an unquoted
// password of digits is what it looks like.
func scalar(n *yaml.Node) (string, bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n.Value, n.Kind == yaml.ScalarNode && !empty(n)
}

func quoted(n *yaml.Node) bool {
	return n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
}

// fieldOf is the field that a key belongs to, by its name or by another that is also read (the tag also).
func fieldOf(v reflect.Value, word string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag; tag.Get("yaml") == word || tag.Get("also") == word {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// named is the name of the field that a key belongs to, however it was written.
func named(v reflect.Value, word string) string {
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag; tag.Get("also") == word {
			return tag.Get("yaml")
		}
	}
	return word
}

func firstKey(t reflect.Type) string { return t.Field(0).Tag.Get("yaml") }
