package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile is how large a configuration may be, in bytes: far more than anybody
// writes, and little enough to say at once that this is some other file.
const maxFile = 1 << 20

// reader reads a parsed file over a Config. It goes through the tree itself, where
// the library's decoder would stop at the first fault, name neither the line nor
// the key of some, and repeat values, which may be secrets.
type reader struct {
	path    string
	anchors map[string]ast.Node
	faults  []string
}

// readYAML reads a file over c, and gives all that is wrong with it: a line each,
// with the file's line and the key.
func readYAML(c *Config, path string, b []byte) []string {
	r := &reader{path: path, anchors: map[string]ast.Node{}}
	if len(b) > maxFile {
		return []string{fmt.Sprintf("%s: it is larger than %d bytes, so it is no configuration of Atrium's", path, maxFile)}
	}
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return []string{path + ": " + syntaxFault(err)}
	}
	seen := false
	for _, doc := range file.Docs {
		if empty(doc.Body) {
			continue
		}
		if seen {
			r.fault(doc.Body, "", "a second document (after ---); a file holds one")
			break
		}
		seen = true
		ast.Walk(r, doc.Body)
		r.section("", doc.Body, reflect.ValueOf(c).Elem())
	}
	return r.faults
}

// Visit notes the anchors of a tree, for the aliases that mean them.
func (r *reader) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok && a.Name != nil {
		r.anchors[a.Name.String()] = a.Value
	}
	return r
}

// syntaxFault says in one line what is not YAML, without the text at that place: it
// may be part of a password that wants quotes.
func syntaxFault(err error) string {
	ye, ok := errors.AsType[yaml.Error](err)
	if !ok {
		return "it is not YAML"
	}
	msg, _, _ := strings.Cut(ye.GetMessage(), "\n")
	if strings.Contains(msg, `"`) && !strings.HasPrefix(msg, "mapping key") {
		msg = "not understood; put a text with special characters in quotes"
	}
	if t := ye.GetToken(); t != nil && t.Position != nil {
		return fmt.Sprintf("line %d: %s", t.Position.Line, msg)
	}
	return msg
}

func empty(n ast.Node) bool {
	switch n.(type) {
	case nil, *ast.CommentGroupNode, *ast.NullNode:
		return true
	}
	return false
}

func (r *reader) fault(at ast.Node, key, format string, args ...any) {
	where := r.path
	if n := line(at); n > 0 {
		where += fmt.Sprintf(": line %d", n)
	}
	if key != "" {
		where += ": " + key
	}
	r.faults = append(r.faults, where+": "+fmt.Sprintf(format, args...))
}

// line is where a node begins; 0 where the library does not know.
func line(n ast.Node) int {
	if n == nil {
		return 0
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

// section reads a mapping into the struct that its keys belong to.
func (r *reader) section(prefix string, n ast.Node, v reflect.Value) {
	name := strings.TrimSuffix(prefix, ".")
	n, ok := r.resolve(name, n)
	if !ok || empty(n) {
		return
	}
	values, ok := mapping(n)
	if !ok {
		r.fault(n, name, "keys with values are expected here, as %s: …", firstKey(v.Type()))
		return
	}
	for _, pair := range values {
		word := keyOf(pair)
		field, ok := fieldOf(v, word)
		switch {
		case !ok:
			r.fault(pair.Key, "", "unknown key %s%s%s", prefix, word, suggest(prefix, word, v.Type()))
		case field.Kind() == reflect.Struct:
			r.section(prefix+word+".", pair.Value, field)
		default:
			r.value(prefix+word, pair.Value, field)
		}
	}
}

// value reads what stands at a key that is no section. Nothing there (null) leaves
// what was.
func (r *reader) value(key string, n ast.Node, v reflect.Value) {
	n, ok := r.resolve(key, n)
	if !ok || empty(n) {
		return
	}
	if o, ok := v.Addr().Interface().(*Object); ok {
		if err := o.readNode(n); err != nil {
			r.fault(n, key, "%v", err)
		}
		return
	}
	if _, textual := textual(v); !textual {
		switch {
		case structured(v) && v.Kind() == reflect.Slice:
			r.sections(key, n, v)
			return
		case structured(v):
			r.named(key, n, v)
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

// structured tells whether a value is a list or mapping of sections.
func structured(v reflect.Value) bool {
	return (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Type().Elem().Kind() == reflect.Struct
}

// fresh makes a section with its defaults.
func fresh(t reflect.Type) reflect.Value {
	v := reflect.New(t)
	if d, ok := v.Interface().(interface{ setDefaults() }); ok {
		d.setDefaults()
	}
	return v.Elem()
}

// sections reads a sequence of mappings.
func (r *reader) sections(key string, n ast.Node, v reflect.Value) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fault(n, key, "a list is expected here, each item with keys, as - %s: …", firstKey(v.Type().Elem()))
		return
	}
	list := reflect.MakeSlice(v.Type(), 0, len(seq.Values))
	for _, item := range seq.Values {
		section := fresh(v.Type().Elem())
		if item, ok := r.resolve(key, item); ok && empty(item) {
			r.fault(n, key, "an item of the list is empty")
		}
		r.section(key+".", item, section)
		list = reflect.Append(list, section)
	}
	if list.Len() == 0 {
		list = reflect.Zero(v.Type())
	}
	v.Set(list)
}

// named reads a mapping of names to mappings.
func (r *reader) named(key string, n ast.Node, v reflect.Value) {
	values, ok := mapping(n)
	if !ok {
		r.fault(n, key, "names with keys below are expected here, as NAME: {%s: …}", firstKey(v.Type().Elem()))
		return
	}
	all := reflect.MakeMapWithSize(v.Type(), len(values))
	for _, pair := range values {
		section := fresh(v.Type().Elem())
		r.section(key+"."+keyOf(pair)+".", pair.Value, section)
		all.SetMapIndex(reflect.ValueOf(keyOf(pair)), section)
	}
	if all.Len() == 0 {
		all = reflect.Zero(v.Type())
	}
	v.Set(all)
}

// readText reads a list or mapping of sections from one text, as a variable of the
// environment holds it: JSON, which is YAML.
func readText(v reflect.Value, text string) error {
	r := &reader{anchors: map[string]ast.Node{}}
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil || len(file.Docs) != 1 {
		return errors.New("it is not JSON")
	}
	ast.Walk(r, file.Docs[0].Body)
	r.value("", file.Docs[0].Body, v)
	if len(r.faults) > 0 {
		return errors.New(strings.TrimPrefix(r.faults[0], ": "))
	}
	return nil
}

// list reads a sequence of texts.
func (r *reader) list(key string, n ast.Node, v reflect.Value) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fault(n, key, `a list is expected here, as ["a", "b"]`)
		return
	}
	list := []string{}
	for _, item := range seq.Values {
		item, ok := r.resolve(key, item)
		if !ok {
			continue
		}
		text, ok := scalar(item)
		if !ok {
			r.fault(item, key, "the list holds something that is no text")
			continue
		}
		list = append(list, text)
	}
	v.Set(reflect.ValueOf(list))
}

// texts reads a mapping of names to texts.
func (r *reader) texts(key string, n ast.Node, v reflect.Value) {
	values, ok := mapping(n)
	if !ok {
		r.fault(n, key, "names with values are expected here, as NAME: value")
		return
	}
	texts := make(map[string]string, len(values))
	for _, pair := range values {
		name := keyOf(pair)
		item, ok := r.resolve(key+"."+name, pair.Value)
		if !ok {
			continue
		}
		text, ok := scalar(item)
		if !ok {
			r.fault(pair.Key, key+"."+name, `a text is expected here, as "…"`)
			continue
		}
		texts[name] = text
	}
	v.Set(reflect.ValueOf(texts))
}

// resolve goes through anchors and aliases to what they mean. An alias that means
// itself ends at the limit.
func (r *reader) resolve(key string, n ast.Node) (ast.Node, bool) {
	for range 16 {
		switch at := n.(type) {
		case *ast.AnchorNode:
			if empty(at.Value) {
				r.fault(n, key, "nothing follows the &; put a text that begins with & in quotes")
				return nil, false
			}
			n = at.Value
		case *ast.AliasNode:
			meant, ok := r.anchors[aliasName(at)]
			if !ok || empty(meant) {
				r.fault(n, key, "the * names nothing that is marked with &; put a text that begins with * in quotes")
				return nil, false
			}
			n = meant
		case *ast.TagNode:
			r.fault(n, key, "tags are not read; put a text that begins with ! in quotes")
			return nil, false
		default:
			return n, true
		}
	}
	r.fault(n, key, "the * means itself")
	return nil, false
}

func aliasName(n *ast.AliasNode) string {
	if n.Value == nil {
		return ""
	}
	return n.Value.String()
}

func mapping(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// keyOf is a pair's key as text; the library's own spelling of what is no plain key
// never is a known one.
func keyOf(pair *ast.MappingValueNode) string {
	if s, ok := pair.Key.(*ast.StringNode); ok {
		return s.Value
	}
	if pair.Key == nil {
		return ""
	}
	word, _, _ := strings.Cut(pair.Key.String(), "\n")
	return word
}

// scalar is a value's text as it was written: 0123 stays 0123, so that an unquoted
// password of digits is what it looks like.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		if n.Value == nil {
			return "", true
		}
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		if t := n.GetToken(); t != nil {
			return t.Value, true
		}
	}
	return "", false
}

func quoted(n ast.Node) bool {
	s, ok := n.(*ast.StringNode)
	return ok && s.Token != nil && (s.Token.Type == token.DoubleQuoteType || s.Token.Type == token.SingleQuoteType)
}

func fieldOf(v reflect.Value, word string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == word {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func firstKey(t reflect.Type) string { return t.Field(0).Tag.Get("yaml") }
