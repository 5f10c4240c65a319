package rest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
)

func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"a": "\\\""}`, `[[[]]]`, `"\ud800"`, "{\"a\":1}\n", `{"a":1,"a":2}`, "\xef\xbb\xbf{}", "nul", "-0", "1e400"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		raw, err := endpoint.ReadJSON(r)
		if err != nil || raw == nil {
			return
		}
		_ = endpoint.IsFalsy(raw)
		o, ok := endpoint.AsObject(raw)
		if !ok {
			return
		}
		for key := range o {
			_, _, _ = o.StringField(key)
			_, _ = o.BoolField(key)
			_, _ = o.StringsField(key)
			_, _ = activityTime(o[key])
			_, _ = endpoint.ExpiresIn(o[key])
		}
		_ = checkUserModel(o)
	})
}
