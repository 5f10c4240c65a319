package endpoint_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// Ten megabytes of "[]," made two gigabytes of the hub, and held all others up for as long as it took apart what they say.
func TestABodyOfVeryManyValuesIsNotTakenApart(t *testing.T) {
	h := httpapitest.New(t)
	student := httpapitest.Bearer(h.Token(h.User("ann", false)))
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	many := func(key, item string, n int) string {
		return `{"` + key + `": [` + strings.Repeat(item+",", n-1) + item + `]}`
	}
	const own, all = endpoint.MaxOwnBody / endpoint.BytesPerValue, endpoint.MaxBody / endpoint.BytesPerValue
	for _, c := range []struct {
		name, path, body string
		as               httpapitest.Asker
		want             int
		says             string
	}{
		{"a student's list", "/users/ann/tokens", many("scopes", `""`, own), student, http.StatusRequestEntityTooLarge, "at most 52428"},
		{"objects in a note", "/users/ann/tokens", many("note", `{}`, own), student, http.StatusRequestEntityTooLarge, "at most 52428"},
		{"a student's list that is long enough", "/users/ann/tokens", many("scopes", `""`, own-10), student, http.StatusBadRequest, "no such scope"},
		{"commas in a text are none", "/users/ann/tokens", `{"note": "` + strings.Repeat(`,:[{\"`, own/2) + `"}`, student, http.StatusBadRequest, "too long"},
		{"an administrator's list of people", "/users", many("usernames", `""`, all), admin, http.StatusRequestEntityTooLarge, "at most 524288"},
		{"a list of a hundred thousand people", "/users", many("usernames", `""`, 100_000), admin, http.StatusBadRequest, "name"},
	} {
		w := h.Do("POST", "/hub/api"+c.path, c.body, c.as)
		if w.Code != c.want || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %.300s", c.name, w.Code, w.Body)
		}
	}
}
