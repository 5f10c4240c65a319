package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Reference is every key with its meaning, its environment variable and its
// default, as a YAML file to start from.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Every key of Atrium's configuration with its default.
# Each can also be set in the environment, under the name given; lists as JSON or
# separated by commas. A variable wins over the file, a flag over both. A secret can
# be read from a file, named by the variable with _FILE at its end.
# Time spans: 90s, 15m, 12h, 14d. Sizes: 512M, 2G, with 1024 to the K.
`)
	c := Default()
	var open []string
	for _, k := range keys(&c) {
		parts := strings.Split(k.path, ".")
		depth := commonPrefix(open, parts[:len(parts)-1])
		for i := depth; i < len(parts)-1; i++ {
			fmt.Fprintf(&b, "\n%s%s:\n", strings.Repeat("  ", i), parts[i])
		}
		open = parts[:len(parts)-1]
		indent := strings.Repeat("  ", len(open))
		fmt.Fprintf(&b, "\n%s# %s\n%s# %s\n%s%s: %s\n", indent, k.doc, indent, k.env(), indent, parts[len(parts)-1], sample(k.value))
	}
	return b.String()
}

func commonPrefix(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// sample is a default as YAML; JSON is YAML.
func sample(v reflect.Value) string {
	if s, ok := v.Interface().(fmt.Stringer); ok && v.Kind() != reflect.String {
		return s.String()
	}
	switch v.Kind() {
	case reflect.Slice:
		if v.Len() == 0 {
			return "[]"
		}
	case reflect.Map:
		if v.Len() == 0 {
			return "{}"
		}
	default:
	}
	out, err := json.Marshal(v.Interface())
	if err != nil { // defaults are texts, numbers and lists of them
		return ""
	}
	return string(out)
}
