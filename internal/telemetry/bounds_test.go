package telemetry

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A rule that was written for JupyterHub names le="1.0".
func TestBucketsAreNamedAsJupyterHubNamesThem(t *testing.T) {
	m := New(Options{})
	m.Request(http.MethodGet, "h", http.StatusOK, 700*time.Millisecond)
	got := text(t, m)
	says(t, got,
		`jupyterhub_request_duration_seconds_bucket{code="200",handler="h",method="GET",le="0.75"} 1`,
		`jupyterhub_request_duration_seconds_bucket{code="200",handler="h",method="GET",le="1.0"} 1`,
		`jupyterhub_request_duration_seconds_bucket{code="200",handler="h",method="GET",le="2.5"} 1`,
		`jupyterhub_request_duration_seconds_bucket{code="200",handler="h",method="GET",le="10.0"} 1`,
		`jupyterhub_request_duration_seconds_bucket{code="200",handler="h",method="GET",le="+Inf"} 1`,
		`jupyterhub_server_spawn_duration_seconds_bucket{reason="",status="success",le="600.0"} 0`,
		`jupyterhub_logout_duration_seconds_bucket{le="1.0"} 0`,
	)
	if strings.Contains(got, `le="1"`) || strings.Contains(got, `quantile="1"`) {
		t.Error("some bounds are whole numbers")
	}
}

func TestBounds(t *testing.T) {
	for line, want := range map[string]string{
		`a_bucket{le="1"} 5`:                       `a_bucket{le="1.0"} 5`,
		`a_bucket{x="y",le="10"} 5`:                `a_bucket{x="y",le="10.0"} 5`,
		`a_bucket{le="0.5"} 1`:                     `a_bucket{le="0.5"} 1`,
		`a_bucket{le="1e+06"} 1`:                   `a_bucket{le="1e+06"} 1`,
		`a_bucket{le="+Inf"} 1`:                    `a_bucket{le="+Inf"} 1`,
		`go_gc_duration_seconds{quantile="0"} 1`:   `go_gc_duration_seconds{quantile="0.0"} 1`,
		`a_total{role="1"} 5`:                      `a_total{role="1"} 5`,
		`a_total{x="\",le=\"1"} 5`:                 `a_total{x="\",le=\"1"} 5`,
		`# HELP a_bucket of {le="1"} and the like`: `# HELP a_bucket of {le="1"} and the like`,
		`a 1`: `a 1`,
		``:    ``,
	} {
		if got := string(appendBounds(nil, []byte(line+"\n"))); got != want+"\n" {
			t.Errorf("%s\n\tgot %s\n\twant %s", line, got, want)
		}
	}
}

// However the text comes in pieces, it is the same.
func TestBoundsInPieces(t *testing.T) {
	const text = "# HELP a b\na_bucket{le=\"1\"} 5\na_bucket{le=\"2\"} 6\nlast 1"
	for size := 1; size <= len(text); size++ {
		h := bounded(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for at := 0; at < len(text); at += size {
				if _, err := io.WriteString(w, text[at:min(at+size, len(text))]); err != nil {
					t.Error(err)
				}
			}
		}))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
		want := strings.NewReplacer(`"1"`, `"1.0"`, `"2"`, `"2.0"`).Replace(text)
		if diff := cmp.Diff(want, w.Body.String()); diff != "" {
			t.Fatalf("in pieces of %d:\n%s", size, diff)
		}
	}
}

func TestMetricsAreCompressedForWhomTakesIt(t *testing.T) {
	m := New(Options{})
	for accept, zipped := range map[string]bool{
		"": false, "gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.00": false, "GZIP": true, "x-gzip": false,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/hub/metrics", http.NoBody)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != zipped || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %v", accept, w.Header())
			continue
		}
		var body io.Reader = w.Body
		if zipped {
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		text, err := io.ReadAll(body)
		if err != nil || !strings.Contains(string(text), `jupyterhub_logout_duration_seconds_bucket{le="1.0"} 0`+"\n") {
			t.Errorf("%q: %v: %s", accept, err, text)
		}
	}
}

// An error says nothing of an encoding that it does not have.
func TestErrorsAreNotCompressed(t *testing.T) {
	h := bounded(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "Limit of concurrent requests reached", http.StatusServiceUnavailable)
	}))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Content-Encoding") != "" || w.Body.String() != "Limit of concurrent requests reached\n" {
		t.Errorf("%d %v: %q", w.Code, w.Header(), w.Body)
	}
}
