package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
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

// nearest is the known word that is most like an unknown one; empty when none is.
func nearest(word string, known []string) string {
	if len(word) > 100 { // not a slip of the finger, and slow to compare
		return ""
	}
	best, distance := "", len(word)/2+1
	for _, k := range known {
		if d := edits(word, k); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// edits is the Levenshtein distance of two short words.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
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
	if n := nearest(word, beside); n != "" {
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
	if n := nearest(word, known); n != "" {
		return fmt.Sprintf("; did you mean %s?", n)
	}
	return ""
}
