package language_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/language"
)

func TestOf(t *testing.T) {
	for accept, want := range map[string]language.Tag{
		"":                                 language.English,
		"de":                               language.German,
		"de-AT,de;q=0.9,en;q=0.8":          language.German,
		"en-US,en;q=0.9,de;q=0.8":          language.English,
		"fr;q=1.0, en;q=0.2, de;q=0.9":     language.German,
		"fr, *;q=0.5":                      language.English,
		"de;q=0":                           language.English,
		"de;q=nonsense":                    language.English,
		"DE":                               language.German,
		",,;;q=,=":                         language.English,
		"__proto__, de-DE-x-private;q=0.1": language.German,
	} {
		if got := language.Of(&http.Request{Header: http.Header{"Accept-Language": {accept}}}); got != want {
			t.Errorf("%q is %s, want %s", accept, got, want)
		}
	}
}

func TestSay(t *testing.T) {
	for text, want := range map[string]string{
		"Log in":                 "Anmelden",
		"3rd":                    "3.",
		"Waiting in queue: 21st": "In der Warteschlange: 21.",
		"Waiting for 1 gpu: 2nd": "Wartet auf 1 gpu: 2.",
		"2 min ago":              "vor 2 Min.",
		"15 May 2026":            "15. Mai 2026",
		"30 seconds":             "30 Sekunden",
		"not in the catalogue":   "not in the catalogue",
		"":                       "",
		"Spawn failed: The server ended by itself.": "Der Start ist gescheitert: Der Server endete von selbst.",
		"ann has no password that could be changed": "ann hat kein Passwort, das sich ändern ließe",
		"The hub said 100 % of it":                  "The hub said 100 % of it",
		"There is no notebook server here, or it is not shared with you. Check the address, or ask Log in %s to share it.": "Hier ist kein Notebook-Server, oder er ist nicht mit Ihnen geteilt. " +
			"Prüfen Sie die Adresse, oder bitten Sie Log in %s, ihn zu teilen.",
	} {
		if got := language.German.Say(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
		if got := language.English.Say(text); got != text {
			t.Errorf("%q in English is %q", text, got)
		}
	}
	if got := language.German.Text("Try again in %s.", "30 Sekunden"); got != "Versuchen Sie es in 30 Sekunden noch einmal." {
		t.Error(got)
	}
	if got := language.Tag("").Text("Try again in %s.", "1 hour"); got != "Try again in 1 hour." {
		t.Error(got)
	}
}

// A translation fills in what its English does, in whatever order.
func TestTranslationsAreWhole(t *testing.T) {
	verbs := regexp.MustCompile(`%(\[\d\])?[a-z]`)
	for english, german := range language.Catalogue() {
		if german == "" {
			t.Errorf("%q has no German", english)
		}
		if a, b := len(verbs.FindAllString(english, -1)), len(verbs.FindAllString(german, -1)); a != b {
			t.Errorf("%q fills in %d, its German %d", english, a, b)
		}
	}
}
