package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"a": "\\\""}`, `[[[]]]`, `"\ud800"`, "{\"a\":1}\n", `{"a":1,"a":2}`, "\xef\xbb\xbf{}", "nul", "-0", "1e400"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		raw, err := readJSON(r)
		if err != nil || raw == nil {
			return
		}
		_ = isFalsy(raw)
		o, ok := asObject(raw)
		if !ok {
			return
		}
		for key := range o {
			_, _, _ = o.stringField(key)
			_, _ = o.boolField(key)
			_, _ = o.stringsField(key)
			_, _ = activityTime(o[key])
			_, _ = expiresIn(o[key])
		}
		_ = checkUserModel(o)
	})
}
