package pages

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	unseen = regexp.MustCompile(`(?s)<script.*?</script>|<head>.*?</head>|<code.*?</code>|<span class="mono">.*?</span>`)
	markup = regexp.MustCompile(`(?s)<[^>]*>`)
	titles = regexp.MustCompile(`(?s)<(?:h1|h2|label|th|summary|option|button|a class="btn)[^>]*>(.*?)</(?:h1|h2|label|th|summary|option|button|a)>`)
	jargon = regexp.MustCompile(`(?i)\b(spawn\w*|pending|scopes?|user.options|xsrf|json|http|stack|null|invalid|illegal|abort\w*)\b|!`)
	later  = regexp.MustCompile(`[^.?:]\s([A-Z]\w*)`)
)

// Pages speak in plain words, without exclamation marks, and their titles and buttons in
// sentence case.
func TestPagesSpeakPlainly(t *testing.T) {
	for _, p := range []*Pages{newPages(t, "/", builtApp()), newPages(t, "/", fstest.MapFS{})} {
		for name, page := range everyPage("ann", "/user/x/") {
			body := unseen.ReplaceAllString(render(t, p, 200, page).Body.String(), " ")
			text := html.UnescapeString(markup.ReplaceAllString(body, " "))
			if m := jargon.FindString(text); m != "" {
				t.Errorf("%s: %q is no word for people", name, m)
			}
			for _, m := range titles.FindAllStringSubmatch(body, -1) {
				title := strings.Join(strings.Fields(markup.ReplaceAllString(m[1], " ")), " ")
				if word := later.FindStringSubmatch(title); word != nil {
					t.Errorf("%s: %q has a capital letter at %s", name, title, word[1])
				}
			}
		}
	}
}
