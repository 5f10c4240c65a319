package compat_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// compare lists what differs between the two answers, one line each: where, then
// JupyterHub's, then Atrium's.
func compare(jupyterhub, atrium *side, r request, a, b answer) []string {
	var found []string
	if a.status != b.status {
		return []string{fmt.Sprintf("status: %d → %d (%s → %s)", a.status, b.status, short(a.body), short(b.body))}
	}
	if r.wait {
		return nil
	}
	headersA, headersB := headersOf(jupyterhub, a), headersOf(atrium, b)
	for _, name := range r.headers {
		headersA[name], headersB[name] = strings.Join(a.header.Values(name), " and "), strings.Join(b.header.Values(name), " and ")
	}
	for _, name := range slices.Sorted(maps.Keys(headersA)) {
		if headersA[name] != headersB[name] {
			found = append(found, fmt.Sprintf("header %s: %s → %s", name, headersA[name], headersB[name]))
		}
	}
	bodyA, bodyB := bodyOf(jupyterhub, a), bodyOf(atrium, b)
	if m, ok := bodyA.(map[string]any); ok && a.status >= http.StatusBadRequest {
		own(m, bodyB)
	}
	if m, ok := bodyA.(map[string]any); ok && r.cut > 0 {
		if other, ok := bodyB.(map[string]any); ok { // the cut may have been anywhere
			delete(m, "last")
			delete(other, "last")
		}
	}
	var d differ
	d.values("body", "", bodyA, bodyB)
	return append(found, d.found...)
}

func short(text []byte) string {
	text = bytes.Join(bytes.Fields(text), []byte(" "))
	return string(text[:min(len(text), 160)])
}

// headersOf are the headers that matter to clients.
func headersOf(s *side, a answer) map[string]string {
	h := map[string]string{}
	for _, name := range []string{
		"Access-Control-Allow-Origin", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Credentials",
		"Allow", "X-Jupyterhub-Version", "Www-Authenticate",
	} {
		h[name] = a.header.Get(name)
	}
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		kind = a.header.Get("Content-Type")
	}
	h["Content-Type"] = kind
	h["Location"] = s.normalise(a.header.Get("Location"))
	h["Location"] = describedError.ReplaceAllString(h["Location"], "")
	for _, name := range []string{"Retry-After", "Etag"} {
		h[name] = strconv.FormatBool(a.header.Get(name) != "")
	}
	if kind == "text/event-stream" {
		h["Cache-Control"] = a.header.Get("Cache-Control")
	}
	if a.status == http.StatusNotModified || len(a.body) == 0 {
		delete(h, "Content-Type") // says nothing about nothing
	}
	if key := a.header.Get("Allow"); key != "" && a.status == http.StatusMethodNotAllowed {
		delete(h, "Allow") // HTTP wants it, JupyterHub leaves it out
	}
	if (kind != "application/json" || len(a.body) == 0) && a.status != http.StatusNotModified {
		delete(h, "Etag") // a page's is nobody's business
	}
	return h
}

// bodyOf is the JSON, the events or, of a text, that there is one.
func bodyOf(s *side, a answer) any {
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	text := bytes.TrimSpace(a.body)
	switch {
	case kind == "application/json" && len(text) > 0:
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			return "not JSON: " + short(text)
		}
		return s.clean(v)
	case kind == "text/event-stream" && len(text) > 0:
		return s.clean(events(text))
	case len(text) == 0:
		return ""
	case bytes.HasPrefix(text, []byte("# HELP ")):
		return metrics(text)
	}
	return "text"
}

// metrics are the names and types of those that dashboards for JupyterHub ask for, and
// how their buckets are called.
func metrics(text []byte) any {
	all := []any{}
	for line := range bytes.Lines(text) {
		name, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("# TYPE "))
		if ok && bytes.HasPrefix(name, []byte("jupyterhub_")) && !bytes.Contains(name, []byte("_created ")) {
			all = append(all, string(name))
		}
		if m := bucket.FindSubmatch(line); m != nil {
			all = append(all, string(m[1])+" le="+string(m[2]))
		}
	}
	return slices.Compact(sorted(all))
}

// A client of Python's writes le first where there are other labels, Go's last.
var bucket = regexp.MustCompile(`^(jupyterhub_\w+)_bucket\{(?:.*,)?le="([^"]*)"`)

// events are the first and the last of a stream of server-sent events: the steps in
// between are each hub's own, and so is what a failure is said to be.
func events(text []byte) any {
	var all []any
	for line := range bytes.Lines(text) {
		data, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data:"))
		if !ok {
			continue
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			v = "not JSON: " + short(data)
		}
		if m, ok := v.(map[string]any); ok && m["failed"] == true {
			for _, key := range []string{"message", "html_message"} {
				if said, ok := m[key].(string); ok {
					m[key], _, _ = strings.Cut(said, ":")
				}
			}
		}
		all = append(all, v)
	}
	switch len(all) {
	case 0:
		return all
	case 1:
		return map[string]any{"only": all[0]}
	}
	return map[string]any{"first": all[0], "last": all[len(all)-1]}
}

// clean replaces what a hub has chosen by itself: its address and what was saved from its answers.
func (s *side) clean(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = s.clean(value)
		}
	case []any:
		for i, value := range v {
			v[i] = s.clean(value)
		}
	case string:
		return s.normalise(v)
	}
	return v
}

func (s *side) normalise(text string) string {
	text = address.ReplaceAllString(text, "HOST")
	text = shareCode.ReplaceAllString(text, "accept-share?code={secret}")
	for name, value := range s.saved {
		if text == value || len(value) > 8 && strings.Contains(text, value) {
			text = strings.ReplaceAll(text, value, "{"+name+"}")
		}
	}
	return text
}

var (
	address = regexp.MustCompile(`127\.0\.0\.1(:|%3A)\d{4,5}`)
	// What an OAuth error is in words, which are each hub's own.
	describedError = regexp.MustCompile(`&error_description=[^&]*`)
	shareCode      = regexp.MustCompile(`accept-share\?code=[A-Za-z0-9_-]{43}`)
)

// wired are JupyterHub's messages that clients look for: Atrium says the same. Other
// messages are Atrium's own; that there is one is compared.
var wired = regexp.MustCompile(strings.Join([]string{
	"^Missing or invalid credentials", "^Action is not authorized with current scopes.*", "^No access to resources or resources not found",
	"^Invalid JSON in body of request", "^'_xsrf' argument missing from", "^XSRF cookie does not match", "^Invalid usernames?: ",
	"^No such server '", "^Named servers are not enabled", "already has the maximum of", "^Invalid server_name: ", "^Invalid display_name: ",
	"must not exceed", "^Shutting down Hub$",
}, "|"))

// own makes the messages of two failures equal where Atrium may use words of its own.
func own(jupyterhub map[string]any, atrium any) {
	other, ok := atrium.(map[string]any)
	if !ok {
		return
	}
	theirs, ok := jupyterhub["message"].(string)
	ours, has := other["message"].(string)
	if ok && has && ours != "" && theirs != "" && (!wired.MatchString(theirs) || wired.FindString(theirs) == wired.FindString(ours)) {
		jupyterhub["message"], other["message"] = "words", "words"
	}
}

// differ walks two JSON values.
type differ struct{ found []string }

func (d *differ) add(path, what string, args ...any) {
	d.found = append(d.found, path+": "+fmt.Sprintf(what, args...))
}

// values compares two values at a path; key is the innermost name.
func (d *differ) values(path, key string, a, b any) {
	if a, b = classify(key, a), classify(key, b); reflect.DeepEqual(a, b) {
		return
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			d.objects(path, x, y)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			d.lists(path, key, x, y)
			return
		}
	}
	d.add(path, "%s → %s", show(a), show(b))
}

func (d *differ) objects(path string, a, b map[string]any) {
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		x, there := a[key]
		y, here := b[key]
		switch {
		case !here:
			d.add(path+"."+key, "missing (%s)", show(x))
		case !there:
			d.add(path+"."+key, "extra (%s)", show(y))
		default:
			d.values(path+"."+key, key, x, y)
		}
	}
}

func (d *differ) lists(path, key string, a, b []any) {
	if unordered[key] {
		a, b = sorted(a), sorted(b)
	}
	if key == "api_tokens" {
		a, b = tokensSorted(a), tokensSorted(b)
	}
	if texts(a) && texts(b) {
		d.sets(path, a, b)
		return
	}
	if len(a) != len(b) {
		d.add(path, "%d items → %d items (%s → %s)", len(a), len(b), show(a), show(b))
		return
	}
	for i := range a {
		d.values(fmt.Sprintf("%s[%d]", path, i), key, a[i], b[i])
	}
}

// sets says which texts are in one list only, or that the order differs.
func (d *differ) sets(path string, a, b []any) {
	before := len(d.found)
	for _, v := range a {
		if !slices.Contains(b, v) {
			d.add(path, "lacks %v", v)
		}
	}
	for _, v := range b {
		if !slices.Contains(a, v) {
			d.add(path, "also has %v", v)
		}
	}
	if len(d.found) == before && !reflect.DeepEqual(a, b) {
		d.add(path, "in another order (%s → %s)", show(a), show(b))
	}
}

func texts(list []any) bool {
	return !slices.ContainsFunc(list, func(v any) bool { _, ok := v.(string); return !ok })
}

func sorted(list []any) []any {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return list
}

// tokensSorted lists tokens by what they are: JupyterHub has them by their last use,
// which both hubs write only every now and then.
func tokensSorted(list []any) []any {
	form := func(v any) string {
		token, ok := v.(map[string]any)
		if !ok {
			return show(v)
		}
		scopes, _ := token["scopes"].([]any)
		id, _ := token["id"].(string)
		if tokenID.MatchString(id) {
			id = "" // one whose id nobody has saved
		}
		return fmt.Sprint(token["note"], id, len(scopes), sorted(scopes), token["expires_at"] == nil)
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(form(a), form(b)) })
	return list
}

// unordered are the lists whose order JupyterHub leaves to chance.
var unordered = map[string]bool{"scopes": true, "groups": true, "roles": true, "users": true}

var (
	timeForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?Z$`)
	tokenID   = regexp.MustCompile(`^a\d+$`)
	shareID   = regexp.MustCompile(`^sc_\d+$`)
	timeNames = map[string]bool{
		"created": true, "last_activity": true, "started": true, "created_at": true, "expires_at": true, "last_exchanged_at": true,
	}
	secretNames = map[string]bool{"token": true, "access_token": true, "code": true, "session_id": true}
)

// classify replaces what no two hubs have alike by what it must look like.
func classify(key string, v any) any {
	text, ok := v.(string)
	if !ok {
		number, ok := v.(float64)
		switch {
		case ok && key == "pid":
			return "a process id"
		case ok && key == "expires_in":
			return math.Round(number / 60) // what is left of it: seconds are the machine's business
		}
		return v
	}
	switch {
	case timeNames[key] && timeForm.MatchString(text):
		return "a time"
	case (key == "id" || key == "token_id") && tokenID.MatchString(text):
		return "a token's id"
	case key == "id" && shareID.MatchString(text):
		return "a share code's id"
	case secretNames[key] && len(text) >= 16:
		return "a secret"
	case key == "scope":
		words := strings.Fields(text)
		slices.Sort(words)
		return strings.Join(words, " ") // in any order
	case key == "url" && strings.Contains(text, "?"):
		path, query, _ := strings.Cut(text, "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			return v
		}
		return path + "?" + values.Encode() // in any order
	}
	return v
}

func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return short(text)
}

// at is the text at a dotted place of a JSON answer: "token", "items.0.id".
func at(body []byte, place string) (string, bool) {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return "", false
	}
	for part := range strings.SplitSeq(place, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(x) {
				return "", false
			}
			v = x[i]
		default:
			return "", false
		}
	}
	text, ok := v.(string)
	return text, ok
}
