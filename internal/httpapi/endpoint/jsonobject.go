package endpoint

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// IsFalsy reports whether the value is false in Python, which JupyterHub often treats as absent.
func IsFalsy(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "false", "0", `""`, "[]", "{}":
		return true
	}
	var list []json.RawMessage
	var object map[string]json.RawMessage
	return json.Unmarshal(raw, &list) == nil && len(list) == 0 ||
		json.Unmarshal(raw, &object) == nil && len(object) == 0
}

// JSONObject is a JSON object with its keys as they are written, unlike a struct, where
// encoding/json takes "Admin" for a field "admin". Of duplicate keys the last one counts.
type JSONObject map[string]json.RawMessage

// AsObject reads an object; false for any other value, and for null.
func AsObject(raw json.RawMessage) (JSONObject, bool) {
	var o JSONObject
	if err := json.Unmarshal(raw, &o); err != nil || o == nil {
		return nil, false
	}
	return o, true
}

// CheckKeys returns an error that names the keys which are not known. It does not repeat
// values: they may be secrets.
func (o JSONObject) CheckKeys(known ...string) error {
	var unknown []string
	for key := range maps.Keys(o) {
		if !slices.Contains(known, key) {
			unknown = append(unknown, Quoted(key))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return hub.Errorf(hub.Invalid, "Invalid JSON keys: %s", strings.Join(unknown[:min(len(unknown), 10)], ", "))
}

// Quoted is a client's text as an error may repeat it: short, printable, in quotes.
func Quoted(s string) string { return "'" + hub.Clip(s) + "'" }

// StringField is the string of a key; "" and false if the key is absent.
func (o JSONObject) StringField(key string) (value string, given bool, err error) {
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

// BoolField is the boolean of a key; nil if the key is absent.
func (o JSONObject) BoolField(key string) (*bool, error) {
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

// StringsField is the list of strings of a key; nil if the key is absent.
func (o JSONObject) StringsField(key string) ([]string, error) {
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

// CheckType checks that a value, if there is one, has the JSON type that begins with the
// character first.
func (o JSONObject) CheckType(key string, first byte, what string) error {
	if raw, ok := o[key]; ok && raw[0] != first {
		return hub.Errorf(hub.Invalid, "%s must be %s", key, what)
	}
	return nil
}
