package main

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Who fills the form in is, for the hub, who opened it.
func TestLoginForm(t *testing.T) {
	var opened string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			opened = r.UserAgent()
			http.SetCookie(w, &http.Cookie{Name: "_xsrf", Value: "x-y"})
			return
		}
		cookie, err := r.Cookie("_xsrf")
		if err != nil || cookie.Value != "x-y" || r.FormValue("_xsrf") != "x-y" || r.FormValue("username") != "ann" || r.UserAgent() != opened {
			t.Errorf("%v, %v, %v", r.Header, r.Form, err)
		}
		if r.FormValue("password") == "right & good" {
			http.Redirect(w, r, "/hub/home", http.StatusFound)
		}
	}))
	defer server.Close()
	addr := strings.TrimPrefix(server.URL, "http://")
	f, err := openForm(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	right, wrong := f.filled(addr, "ann", "right & good"), f.filled(addr, "ann", "wrong")
	if err := right.once(t.Context(), addr); err != nil {
		t.Error(err)
	}
	if err := wrong.once(t.Context(), addr); err == nil || !strings.Contains(err.Error(), "status 200") {
		t.Errorf("a login that is refused: %v", err)
	}
}

func TestPermutationTest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	sampleOf := func(middle float64) []float64 {
		list := make([]float64, 200)
		for i := range list {
			list[i] = middle + random.NormFloat64()
		}
		return list
	}
	if difference, chance, p := permutationTest(sampleOf(10), sampleOf(10), random); difference > chance || p < 0.01 {
		t.Errorf("what is the same differs by %g, of %g by chance, p = %g", difference, chance, p)
	}
	if difference, chance, p := permutationTest(sampleOf(10), sampleOf(11), random); difference <= chance || p > 0.01 {
		t.Errorf("what is not the same differs by %g, of %g by chance, p = %g", difference, chance, p)
	}
}
