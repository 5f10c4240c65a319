package peoplefile

import (
	"strings"
	"testing"
)

// Names that nobody can type, and what spreadsheets have made of names, are told from names of the whole world.
func TestOddNamesAreTold(t *testing.T) {
	for name, want := range map[string]string{
		"an\u200bna":          "U+200B (zero width space), after \"an\"",
		"\ufeffanna":          "U+FEFF (byte-order mark)",
		"an\u00adna":          "U+00AD (soft hyphen)",
		"anna\u00a0b":         "U+00A0 (no-break space)",
		"\u202eanna":          "U+202E (for text from right to left)",
		"anna\u200f":          "U+200F (for text from right to left)",
		"an\ufe0fna":          "cannot be seen",
		"anna\u3164":          "cannot be seen",
		"anna\ue000":          "cannot be seen",
		"\u0430nna":           "another script among Latin ones: U+0430 (Cyrillic)",
		"ann\u03b1":           "another script among Latin ones: U+03B1 (Greek)",
		"annaא":               "another script among Latin ones: U+05D0 (Hebrew)",
		"anna\u0661":          "another script among Latin ones: U+0661",
		"\uff41nna":           "unusual form",
		"𝐚nna":                "unusual form",
		"anna①":               "unusual form",
		"jose\u0301":          "an accent that is a character of its own",
		"anna–maria":          "a dash or quote that is not a keyboard's: U+2013",
		"o’brien":             "a dash or quote",
		"m\ufffdller":         "a character that was lost",
		"2026-03-01":          "is a date",
		"2026-03-01 08:30:00": "is a date",
		"1-mar":               "is a date",
		"01. mrz":             "is a date",
		"mar-01":              "is a date",
		"1-mar-26":            "is a date",
		"01.03.2026":          "is a date",
		"08:30:00":            "is a date",
		"2.026e+11":           "digits a spreadsheet has cut",
		"2,026e+11":           "digits a spreadsheet has cut",
		"20260001.0":          "a program has added .0",
		"#name?":              "the error of a spreadsheet",
		"#n/a":                "the error of a spreadsheet",
		"#wert!":              "the error of a spreadsheet",
		"err:508":             "the error of a spreadsheet",

		"anna": "", "o'brien": "", "ünïcødé": "", "josé": "", "名前": "", "王wang": "", "ひらがなand": "", "🙂": "", "владимир": "", "νίκος": "", "דנה": "",
		"دانا": "", "a@b.example": "", "stud007": "", "123456": "", "1e5": "", "12-345": "", "jana-2": "", "1.maria": "", "may": "", "#hash?query=1&x": "", "7.5": "",
		"x-2026-03-01": "", "two words": "", "กำธร": "", "cs101.0": "",
	} {
		d := Row{Name: name}.doubts(nil, columns{})
		if want == "" && d.Name != "" || !strings.Contains(d.Name, want) {
			t.Errorf("%q %s, want %q", name, d.Name, want)
		}
	}
	for password, odd := range map[string]bool{
		"#NAME?": true, "1.23457E+15": true, "pass\ufffdword": true, "20260001.0": true, "#Secret!": false, "#Winter2026!": false, "2026-03-01": false, "pаssword": false,
	} {
		if d := (Row{Name: "ann", Password: password}).doubts(nil, columns{}); (d.Password != "") != odd || strings.Contains(d.Password, password) {
			t.Errorf("the password %q: %q", password, d.Password)
		}
	}
}
