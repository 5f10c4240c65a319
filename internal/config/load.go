package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/atriumhub/atrium/internal/hub"
)

// Warning is something odd that is no reason not to start.
type Warning string

// Load reads the configuration: defaults, then the file (path empty: none), then
// the environment ("NAME=value" each). All faults come at once, as one hub.Invalid
// error with a line each. The result is not validated yet, since flags come last.
func Load(path string, environ []string, readFile func(string) ([]byte, error)) (Config, []Warning, error) {
	c := Default()
	env := environment(environ)
	var faults []string
	if path != "" {
		b, err := readFile(path)
		if err != nil {
			return c, nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("The configuration %s cannot be read: %s.", path, cause(err)))
		}
		faults = append(faults, readYAML(&c, path, b)...)
	}
	warnings, more := readEnv(&c, env, readFile)
	if faults = append(faults, more...); len(faults) > 0 {
		return c, warnings, hub.Errorf(hub.Invalid, "%s", strings.Join(faults, "\n"))
	}
	if c.DataDir == "" {
		c.DataDir = DataDir(os.Geteuid(), func(name string) string { return env[name] })
	}
	c.normalise()
	return c, warnings, nil
}

func environment(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok {
			env[name] = value
		}
	}
	return env
}

func cause(err error) string {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err.Error()
	}
	return err.Error()
}

// readYAML reads a file over c. Unknown keys are all named with their lines; wrong
// values are named by the library, one at a time.
func readYAML(c *Config, path string, b []byte) []string {
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return []string{path + ": " + oneLine(err)}
	}
	var faults []string
	for _, doc := range file.Docs {
		faults = append(faults, unknownKeys(path, "", doc.Body, reflect.TypeFor[Config]())...)
	}
	if len(faults) > 0 {
		return faults
	}
	if err := yaml.UnmarshalWithOptions(b, c, yaml.Strict()); err != nil {
		return []string{path + ": " + oneLine(err)}
	}
	return nil
}

// oneLine brings the library's error, which shows the place in the source, into
// one line that begins with the line's number.
func oneLine(err error) string {
	msg := err.Error()
	if ye, ok := errors.AsType[yaml.Error](err); ok {
		if t := ye.GetToken(); t != nil && t.Position != nil {
			return fmt.Sprintf("line %d: %s (at %q)", t.Position.Line, ye.GetMessage(), t.Value)
		}
		msg = ye.GetMessage()
	}
	msg, _, _ = strings.Cut(msg, "\n")
	return msg
}

// unknownKeys walks a mapping beside the type that it is meant for.
func unknownKeys(file, prefix string, node ast.Node, t reflect.Type) []string {
	var values []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return nil // the decoder says what is wrong with it
	}
	fields := map[string]reflect.Type{}
	var known []string
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("yaml")
		fields[name] = t.Field(i).Type
		known = append(known, prefix+name)
	}
	var faults []string
	for _, v := range values {
		tok := v.Key.GetToken()
		ft, ok := fields[tok.Value]
		switch {
		case !ok:
			faults = append(faults, fmt.Sprintf("%s: line %d: unknown key %s%s%s", file, tok.Position.Line,
				prefix, tok.Value, didYouMean(prefix+tok.Value, known)))
		case ft.Kind() == reflect.Struct:
			faults = append(faults, unknownKeys(file, prefix+tok.Value+".", v.Value, ft)...)
		}
	}
	return faults
}

// readEnv reads ATRIUM_… variables over c.
func readEnv(c *Config, env map[string]string, readFile func(string) ([]byte, error)) (warnings []Warning, faults []string) {
	for _, alias := range [][2]string{
		{"JUPYTERHUB_ADMIN_PASSWORD", "ATRIUM_ADMIN_PASSWORD"}, {"JUPYTERHUB_API_TOKEN", "ATRIUM_ADMIN_TOKEN"},
	} {
		_, own := env[alias[1]]
		_, file := env[alias[1]+"_FILE"]
		if v := env[alias[0]]; v != "" && !own && !file {
			env[alias[1]] = v
		}
	}
	var known []string
	for _, k := range keys(c) {
		known = append(known, k.env())
		value, set := env[k.env()]
		if k.secret() {
			known = append(known, k.env()+"_FILE")
			if path := env[k.env()+"_FILE"]; path != "" && !set {
				b, err := readFile(path)
				if err != nil {
					faults = append(faults, fmt.Sprintf("%s_FILE: %s cannot be read: %s", k.env(), path, cause(err)))
					continue
				}
				value, set = strings.TrimRight(string(b), "\r\n"), true
			}
		}
		if !set {
			continue
		}
		if err := set1(k.value, value); err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", k.env(), err))
		}
	}
	return unknownVariables(env, known), faults
}

// unknownVariables warns of ATRIUM_… variables that nothing reads, but for those
// that Kubernetes makes for a service of that name.
func unknownVariables(env map[string]string, known []string) []Warning {
	var warnings []Warning
	for name := range env {
		kubernetes := strings.HasPrefix(name, "ATRIUM_PORT") || strings.HasPrefix(name, "ATRIUM_SERVICE_")
		if strings.HasPrefix(name, "ATRIUM_") && !kubernetes && !slices.Contains(known, name) {
			warnings = append(warnings, Warning(fmt.Sprintf("unknown environment variable %s%s", name, didYouMean(name, known))))
		}
	}
	slices.Sort(warnings)
	return warnings
}

// set1 reads one value from text: lists as JSON or separated by commas, maps as JSON.
func set1(v reflect.Value, text string) error {
	if u, ok := textual(v); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(n)
	case reflect.Uint8, reflect.Uint32:
		n, err := strconv.ParseUint(text, 10, v.Type().Bits())
		if err != nil {
			return fmt.Errorf("%q is not a whole number in its range", text)
		}
		v.SetUint(n)
	case reflect.Slice:
		return setList(v, text)
	case reflect.Map:
		fresh := reflect.New(v.Type())
		if err := json.Unmarshal([]byte(text), fresh.Interface()); err != nil {
			return errors.New(`is not a JSON object of texts, as {"NAME":"value"}`)
		}
		v.Set(fresh.Elem())
	default:
		return errors.New("cannot be set from the environment")
	}
	return nil
}

func setList(v reflect.Value, text string) error {
	var list []string
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return errors.New(`is not a JSON list of texts, as ["a","b"]`)
		}
	} else {
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
	}
	v.Set(reflect.ValueOf(list))
	return nil
}

// normalise brings values into the one form that the rest of the program knows.
func (c *Config) normalise() {
	c.BaseURL = "/" + strings.Trim(c.BaseURL, "/") + "/"
	if c.BaseURL == "//" {
		c.BaseURL = "/"
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	c.HubConnectURL = strings.TrimRight(c.HubConnectURL, "/")
}
