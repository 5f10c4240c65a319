package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"github.com/atriumhub/atrium/internal/config/slips"
)

// key is one thing that can be set.
type key struct {
	path  string // "spawner.local.command"
	doc   string
	value reflect.Value // settable when the Config was given by pointer
}

// env is the key's environment variable.
func (k key) env() string { return "ATRIUM_" + strings.ToUpper(strings.ReplaceAll(k.path, ".", "_")) }

func (k key) secret() bool { return k.value.Type() == reflect.TypeFor[Secret]() }

// keys lists what can be set, in the order of the structs.
func keys(c *Config) []key { return walk("", reflect.ValueOf(c).Elem()) }

func walk(prefix string, v reflect.Value) []key {
	var out []key
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		path := prefix + f.Tag.Get("yaml")
		if v.Field(i).Kind() == reflect.Struct {
			out = append(out, walk(path+".", v.Field(i))...)
			continue
		}
		out = append(out, key{path: path, doc: f.Tag.Get("doc"), value: v.Field(i)})
	}
	return out
}

// textual gives a value's reader of text, if it has one.
func textual(v reflect.Value) (encoding.TextUnmarshaler, bool) {
	u, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	return u, ok
}

// suggest names the known key that an unknown one below prefix, in a section of type
// t, was probably meant to be: one beside it that looks like it, or one of that
// name elsewhere.
func suggest(prefix, word string, t reflect.Type) string {
	var beside []string
	for i := range t.NumField() {
		if word := t.Field(i).Tag.Get("yaml"); word != "" {
			beside = append(beside, word)
		}
	}
	if n := slips.Nearest(word, beside); n != "" {
		return fmt.Sprintf("; did you mean %s%s?", prefix, n)
	}
	for _, k := range keys(&Config{}) {
		if strings.HasSuffix(k.path, "."+word) || k.path == word {
			return fmt.Sprintf("; did you mean %s?", k.path)
		}
	}
	return ""
}

func didYouMean(word string, known []string) string {
	if n := slips.Nearest(word, known); n != "" {
		return fmt.Sprintf("; did you mean %s?", n)
	}
	return ""
}
