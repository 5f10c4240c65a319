package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/hub"
)

// maxDepth is how deep the JSON of a request may be nested: about what Python's
// parser takes.
const maxDepth = 500

// How long a request's body may take to arrive: somebody unknown sends a form at most,
// others no slower than slowestBody.
const (
	bodyPatience          = 10 * time.Minute
	anonymousBodyPatience = 30 * time.Second
	slowestBody           = 64 << 10 // bytes a second
)

// patienceFor is how long a body of that many bytes may take; -1: nobody knows how many.
func patienceFor(bytes int64) time.Duration {
	if bytes < 0 || bytes > maxLargeBody {
		return bodyPatience
	}
	return min(bodyPatience, anonymousBodyPatience+time.Duration(bytes)*time.Second/slowestBody)
}

// hurry bounds how long the rest of a request may take to arrive, also where no
// handler reads it: connections of nobody's, a byte a minute each, would add up.
// Deadlines are the machine's, so is their clock; where a connection knows none, it
// waits as before.
func hurry(w http.ResponseWriter, r *http.Request, patience time.Duration) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(hub.SystemClock().Add(patience))
	}
}

func errBadJSON() error { return hub.Errorf(hub.Invalid, "Invalid JSON in body of request") }

// readBody reads a request's JSON; nil for an empty body. Errors are hub.Invalid,
// or *http.MaxBytesError, or that the credentials are no longer good.
func readBody(r *http.Request) (json.RawMessage, error) {
	raw, err := readAll(r.Body, r.ContentLength)
	if err != nil {
		return nil, bodyError(err, "The request's body broke off")
	}
	if err := callOf(r).arrived(); err != nil || len(raw) == 0 {
		return nil, err
	}
	raw = bytes.TrimSpace(raw)
	most := math.MaxInt
	if b, ok := r.Body.(*body); ok {
		most = int(b.limit / bytesPerValue)
	}
	depth, values := shape(raw, most)
	if values > most { // said before all else, since it is found at the least cost
		return nil, hub.Errorf(hub.TooLarge, "The request's body may have at most %d values, and has more", most)
	}
	if !utf8.Valid(raw) || depth > maxDepth || !json.Valid(raw) {
		return nil, errBadJSON()
	}
	return raw, nil
}

// readAll reads all, of which there are so many bytes; -1: nobody knows how many. Room for
// more than everybody may send is made as it comes, not as it is announced.
func readAll(r io.Reader, size int64) ([]byte, error) {
	var all bytes.Buffer
	if size > 0 {
		all.Grow(int(min(size, maxOwnBody)) + bytes.MinRead)
	}
	_, err := all.ReadFrom(r)
	return all.Bytes(), err
}

// bodyError is the error of reading a body, as its sender is told of it.
func bodyError(err error, otherwise string) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fmt.Errorf("read body: %w", err)
	}
	if _, ok := errors.AsType[*hub.Error](err); ok {
		return err
	}
	return hub.Wrap(hub.Invalid, err, otherwise)
}

// readRaw reads a body that is no JSON, up to a number of bytes.
func readRaw(r *http.Request, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, bodyError(err, "The request's body broke off")
	}
	return raw, callOf(r).arrived()
}

// shape is how deep brackets outside of strings are nested, and how many values there are,
// keys counted too. It ends where there are more than most.
func shape(raw []byte, most int) (depth, values int) {
	now, quoted := 0, false
	values = 1
	for i := 0; i < len(raw) && values <= most; i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			values++
			depth = max(depth, now)
		case c == ',' || c == ':':
			values++
		case c == '}' || c == ']':
			now--
		}
	}
	return depth, values
}

// falsy tells whether Python would take the value for nothing, as JupyterHub often does.
func falsy(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "false", "0", `""`, "[]", "{}":
		return true
	}
	var list []json.RawMessage
	var object map[string]json.RawMessage
	return json.Unmarshal(raw, &list) == nil && len(list) == 0 ||
		json.Unmarshal(raw, &object) == nil && len(object) == 0
}

// object is a JSON object with its keys as they are written: encoding/json takes
// "Admin" for a field "admin". Of keys given twice the last one counts.
type object map[string]json.RawMessage

func asObject(raw json.RawMessage) (object, bool) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil || o == nil {
		return nil, false
	}
	return o, true
}

// only says which keys are not among those known. Values are not repeated: they
// may be secrets.
func (o object) only(known ...string) error {
	var unknown []string
	for key := range maps.Keys(o) {
		if !slices.Contains(known, key) {
			unknown = append(unknown, shown(key))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return hub.Errorf(hub.Invalid, "Invalid JSON keys: %s", strings.Join(unknown[:min(len(unknown), 10)], ", "))
}

// shown is a client's text as an error may repeat it: short, printable, quoted.
func shown(s string) string { return "'" + hub.Clip(s) + "'" }

// text is a string; "" and false where the key is absent.
func (o object) text(key string) (value string, given bool, err error) {
	raw, ok := o[key]
	if !ok {
		return "", false, nil
	}
	if raw[0] != '"' || json.Unmarshal(raw, &value) != nil {
		return "", true, hub.Errorf(hub.Invalid, "%s must be a string", key)
	}
	if strings.ContainsRune(value, 0) {
		return "", true, hub.Errorf(hub.Invalid, "%s must not contain a NUL character", key)
	}
	return value, true, nil
}

// truth is a boolean; nil where the key is absent.
func (o object) truth(key string) (*bool, error) {
	raw, ok := o[key]
	if !ok {
		return nil, nil
	}
	switch string(raw) {
	case "true", "false":
		value := raw[0] == 't'
		return &value, nil
	}
	return nil, hub.Errorf(hub.Invalid, "%s must be true or false", key)
}

// texts is a list of strings; nil where the key is absent.
func (o object) texts(key string) ([]string, error) {
	raw, ok := o[key]
	if !ok {
		return nil, nil
	}
	var items []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		return nil, hub.Errorf(hub.Invalid, "%s must be a list of strings", key)
	}
	list := make([]string, len(items))
	for i, item := range items {
		if item[0] != '"' || json.Unmarshal(item, &list[i]) != nil {
			return nil, hub.Errorf(hub.Invalid, "%s must be a list of strings: item %d is not", key, i+1)
		}
	}
	return list, nil
}

// is asks for a value of the JSON type that begins with the character.
func (o object) is(key string, first byte, what string) error {
	if raw, ok := o[key]; ok && raw[0] != first {
		return hub.Errorf(hub.Invalid, "%s must be %s", key, what)
	}
	return nil
}

// userModel checks a body by JupyterHub's model of a user.
func (o object) userModel(more ...string) error {
	if err := o.only(append([]string{"name", "admin", "groups", "roles", "auth_state"}, more...)...); err != nil {
		return err
	}
	if _, _, err := o.text("name"); err != nil {
		return err
	}
	if _, err := o.truth("admin"); err != nil {
		return err
	}
	for _, key := range []string{"groups", "roles"} {
		if err := o.is(key, '[', "a list"); err != nil {
			return err
		}
	}
	return o.is("auth_state", '{', "an object")
}

// groupModel checks a body by JupyterHub's model of a group, and gives its users.
func (o object) groupModel() (users []string, err error) {
	if err := o.only("name", "users", "roles"); err != nil {
		return nil, err
	}
	if _, _, err := o.text("name"); err != nil {
		return nil, err
	}
	if err := o.is("roles", '[', "a list"); err != nil {
		return nil, err
	}
	return o.texts("users")
}
