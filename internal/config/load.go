package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Warning is something odd that is no reason not to start.
type Warning string

// Load reads the configuration: defaults, then the file (path empty: none), then
// the environment ("NAME=value" each). All faults come at once, as one hub.Invalid
// error with a line each. The result is not validated yet, since flags come last; with
// an error it holds what could be read, and Validate names these faults with its own.
func Load(path string, environ []string, readFile func(string) ([]byte, error)) (Config, []Warning, error) {
	c := Default()
	c.from = map[string]place{}
	env := environment(environ)
	if path != "" {
		b, err := readFile(path)
		if err != nil {
			c.unread = append(c.unread, Fault{Text: fmt.Sprintf("The configuration %s cannot be read: %s.", path, cause(err))})
		} else {
			c.unread = append(c.unread, readYAML(&c, path, b)...)
		}
	}
	warnings, more := readEnv(&c, env, readFile)
	c.unread = append(c.unread, more...)
	if c.DataDir == "~" || strings.HasPrefix(c.DataDir, "~/") {
		c.unread = append(c.unread, Fault{Key: "data_dir", Text: "data_dir: ~ is known to shells only; write the whole path"})
	}
	if c.DataDir == "" {
		c.DataDir = DataDir(os.Geteuid(), func(name string) string { return env[name] })
	}
	c.normalise()
	return c, warnings, c.Told(c.unread)
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

// maxSecret is how large a file with a secret may be, in bytes.
const maxSecret = 64 << 10

// readEnv reads ATRIUM_… variables over c.
func readEnv(c *Config, env map[string]string, readFile func(string) ([]byte, error)) (warnings []Warning, faults []Fault) {
	for _, alias := range [][2]string{
		{"JUPYTERHUB_ADMIN_PASSWORD", "ATRIUM_ADMIN_PASSWORD"}, {"JUPYTERHUB_API_TOKEN", "ATRIUM_ADMIN_TOKEN"},
	} {
		if v := env[alias[0]]; v != "" && env[alias[1]] == "" && env[alias[1]+"_FILE"] == "" {
			env[alias[1]] = v
		}
	}
	var known []string
	for _, k := range keys(c) {
		known = append(known, k.env())
		value, set := env[k.env()]
		if k.secret() {
			file := k.env() + "_FILE"
			known = append(known, file)
			// Empty is as good as unset: templates set both variables and fill one.
			path := env[file]
			if path != "" && value != "" {
				warnings = append(warnings, Warning(fmt.Sprintf("%s and %s are both set; the former is used", k.env(), file)))
			} else if path != "" {
				var fault string
				if value, fault = readSecret(path, readFile); fault != "" {
					faults = append(faults, Fault{Key: k.path, Text: path + " " + fault, at: place{source: file}})
					continue
				}
				set = true
			}
		}
		if !set {
			continue
		}
		c.from[k.path] = place{source: k.env()}
		if err := set1(k.value, value); err != nil {
			faults = append(faults, Fault{Key: k.path, Text: err.Error(), at: c.from[k.path]})
		}
	}
	return append(warnings, unknownVariables(env, known)...), faults
}

// readSecret reads a secret from its file, without the line's end.
func readSecret(path string, readFile func(string) ([]byte, error)) (secret, fault string) {
	b, err := readFile(path)
	switch {
	case err != nil:
		return "", "cannot be read: " + cause(err)
	case len(b) > maxSecret:
		return "", fmt.Sprintf("is larger than %d bytes, which no secret is", maxSecret)
	}
	if secret = strings.TrimRight(string(b), "\r\n"); secret == "" {
		return "", "is empty"
	}
	return secret, ""
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
	if structured(v) {
		return readText(v, text)
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
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return fmt.Errorf("%q is not a number", text)
		}
		v.SetFloat(n)
	case reflect.Slice:
		return setList(v, text)
	case reflect.Map:
		fresh := reflect.New(v.Type())
		if err := json.Unmarshal([]byte(text), fresh.Interface()); err != nil {
			return errors.New(`it is not a JSON object of texts, as {"NAME":"value"}`)
		}
		v.Set(fresh.Elem())
	default:
		return errors.New("cannot be set from the environment")
	}
	return nil
}

func setList(v reflect.Value, text string) error {
	list := []string{} // not nil: nothing at all is a choice as well
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return errors.New(`it is not a JSON list of texts, as ["a","b"]`)
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
	c.PublicURL = normalOrigin(c.PublicURL)
	for i, at := range c.FrameAncestors {
		c.FrameAncestors[i] = normalOrigin(at)
	}
	c.HubConnectURL = normalOrigin(c.HubConnectURL)
	c.TLS.normalise()
	c.Pages.normalise()
}

// normalOrigin writes scheme and host in lower case and without a slash at the end,
// as browsers name origins; what is none stays for Validate to name.
func normalOrigin(s string) string {
	s = strings.TrimRight(s, "/")
	if !origin(s) {
		return s
	}
	return strings.ToLower(s)
}
