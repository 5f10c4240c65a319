package httpapitest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/atriumhub/atrium/internal/httpapi"
)

// described checks answers against api/openapi.yaml.
type description struct {
	doc      map[string]any
	compiler *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
}

// theDescription is read once for all tests of the package.
var theDescription = sync.OnceValues(readDescription)

// openAPI is the text of it, wherever in the module the test is.
func openAPI() (text []byte, err error) {
	folder := ".."
	for range 5 {
		if text, err = os.ReadFile(filepath.Join(folder, "api", "openapi.yaml")); err == nil {
			return text, nil
		}
		folder = filepath.Join("..", folder)
	}
	return nil, err
}

func readDescription() (*description, error) {
	text, err := openAPI()
	if err != nil {
		return nil, err
	}
	var loose any
	if err := yaml.Load(text, &loose); err != nil {
		return nil, err
	}
	plain, err := json.Marshal(loose)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("openapi.json", doc); err != nil {
		return nil, err
	}
	return &description{doc: doc.(map[string]any), compiler: c, schemas: map[string]*jsonschema.Schema{}}, nil
}

// everywhere are statuses that any request can get.
var everywhere = []int{
	http.StatusNotModified, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
	http.StatusRequestEntityTooLarge, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
}

// check compares an answer of the API with what is described.
func (d *description) check(t testing.TB, s *httpapi.Server, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	pattern := s.Pattern(r)
	at := []string{"paths", strings.TrimSuffix(pattern, "{$}"), strings.ToLower(r.Method)}
	operation, ok := d.at(at...).(map[string]any)
	if pattern == "" || !ok {
		return // a page, or nothing at all
	}
	answers, _ := operation["responses"].(map[string]any)
	status := strconv.Itoa(w.Code)
	answer, ok := answers[status].(map[string]any)
	if !ok {
		if !slices.Contains(everywhere, w.Code) {
			t.Errorf("%s %s answers %s, which api/openapi.yaml does not describe: %s", r.Method, pattern, status, w.Body)
		}
		return
	}
	at = append(at, "responses", status)
	if ref, ok := answer["$ref"].(string); ok {
		at = strings.Split(strings.TrimPrefix(ref, "#/"), "/")
	}
	at = append(at, "content", "application/json", "schema")
	if d.at(at...) == nil || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		return
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err == nil {
		err = d.schema(t, at).Validate(body)
	}
	if err != nil {
		t.Errorf("%s %s answers %s otherwise than api/openapi.yaml describes: %v\n%s", r.Method, pattern, status, err, w.Body)
	}
}

func (d *description) at(path ...string) any {
	var v any = d.doc
	for _, key := range path {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	return v
}

func (d *description) schema(t testing.TB, at []string) *jsonschema.Schema {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, key := range at {
		at[i] = strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
	}
	where := "openapi.json#/" + strings.Join(at, "/")
	if d.schemas[where] == nil {
		s, err := d.compiler.Compile(where)
		if err != nil {
			t.Fatal(err)
		}
		d.schemas[where] = s
	}
	return d.schemas[where]
}
