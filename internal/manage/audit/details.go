package audit

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// How long what changed may be in a line, in characters: one value, and all of it.
const (
	maxAuditValue   = 40
	maxAuditDetails = 120
)

// details says in one line what an entry of the audit log has changed: "group cs101", "admin false → true".
// --json has all of it.
func details(before, after json.RawMessage) string {
	was, is := fieldsOf(before), fieldsOf(after)
	all := maps.Clone(was)
	maps.Copy(all, is)
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		old, hadOld := was[key]
		now, hasNow := is[key]
		switch {
		case hadOld && hasNow && old == now:
		case hadOld && hasNow:
			parts = append(parts, key+" "+shorten(old, maxAuditValue)+" → "+shorten(now, maxAuditValue))
		default:
			parts = append(parts, key+" "+shorten(all[key], maxAuditValue))
		}
	}
	return shorten(strings.Join(parts, ", "), maxAuditDetails)
}

// fieldsOf are the fields of a JSON object, each as text; none where it is no object.
func fieldsOf(object json.RawMessage) map[string]string {
	var raw map[string]json.RawMessage
	if json.Unmarshal(object, &raw) != nil {
		return map[string]string{}
	}
	fields := make(map[string]string, len(raw))
	for key, v := range raw {
		if text, said := plainText(v); said {
			fields[key] = text
		}
	}
	return fields
}

// plainText is a JSON value as people write it; false for one that says nothing.
func plainText(v json.RawMessage) (text string, said bool) {
	var list []json.RawMessage
	switch {
	case json.Unmarshal(v, &text) == nil:
		return text, text != ""
	case json.Unmarshal(v, &list) == nil:
		parts := make([]string, len(list))
		for i, item := range list {
			parts[i], _ = plainText(item)
		}
		return strings.Join(parts, ";"), len(parts) > 0
	}
	var flat bytes.Buffer
	if json.Compact(&flat, v) != nil {
		return "", false
	}
	return flat.String(), true
}

// shorten cuts a text to so many characters.
func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
