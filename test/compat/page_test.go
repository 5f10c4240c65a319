package compat_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/reference/differences.md")

// The page for those who change over says what the list says.
func TestDifferencesPage(t *testing.T) {
	const path = "../../docs/reference/differences.md"
	want := differencesPage()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/reference/differences.md is not what the list says: run go test ./test/compat -run Page -update")
	}
}

// differencesPage is a section for each group of requests, in the order of the list.
func differencesPage() string {
	var b strings.Builder
	b.WriteString(preface)
	section := ""
	for _, d := range differences() {
		name, cases, _ := strings.Cut(d.cases, ": ")
		if name == "*" || cases == "" {
			name = "everything"
		}
		if name != section {
			section = name
			fmt.Fprintf(&b, "\n## %s\n\n| requests | difference | why |\n| --- | --- | --- |\n", section)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(cases), cell(d.what), strings.ReplaceAll(d.reason, "|", `\|`))
	}
	b.WriteString(notCompared)
	return b.String()
}

func cell(pattern string) string {
	if pattern == "" {
		return "all"
	}
	return "`" + strings.ReplaceAll(pattern, "|", `\|`) + "`"
}

// preface is for those who read no tables.
const preface = `# Where Atrium answers otherwise than JupyterHub 6.1.1

The tests send the same requests to a JupyterHub 6.1.1 and to Atrium and compare statuses, headers and JSON. What
differs and is meant to is here. Everything else that is compared is the same.

In short:

- Objects have fields of Atrium's own besides. Clients that ignore what they do not know go on working.
- Names of people and servers are trimmed and in lower case wherever they enter, in paths too.
- What makes JupyterHub fail with 500 is 400, 403 or 404. Lists that hold something else than texts are 400.
- Nothing is kept of what is refused: groups are made all or none, and a refused service is not there afterwards.
- A token makes no tokens that may more than itself (403), and no administrators unless it is an administrator's.
- The last administrator who can get in is neither demoted, suspended nor deleted (409); nor does anybody take their own
  administrator's rights (400).
- A group that the configuration makes at every start is not deleted, nor properties replaced that stand there (409).
- A person has a limited number of API tokens; a further one is 400. The list of them has pages for those who ask.
- A service's token and OAuth client are its own: 409 for those of others.
- A method that does not exist is 405, and an address that does not exist 404, before anybody is asked who they are.
- A notebook server's or service's cookies are kept to its own path, narrowed where they were for more, and it cannot set the hub's.
- Cookies count for less: not for what a browser calls cross-site, nor for forms sent to the API.
- Nothing of the hub is shown in frames, logins at services among it, but a page with a link that opens a new tab. With a
  domain for each person, frames of people's own pages show services that need no confirmation.
- Pages redirect with 302, and with 303 after a form.
- Tokens can be had for a name and a password again, as before JupyterHub 2.0.

In the tables * is anything; left of → is JupyterHub's answer, right of it Atrium's.
`

// notCompared are differences that the requests cannot show.
const notCompared = `
## not compared

- The words of messages, but for those that clients look for; the HTML of pages.
- With public_url JupyterHub sends a browser that asks for an address outside /hub/ to a whole address, and Atrium to
  the path: it stays at the name that it came by. Only where each person has a domain are they whole addresses here too.
- Somebody who follows the same start by more than 20 streams of progress at once gets 429. JupyterHub has no limit;
  neither has Atrium on the number of starts that one follows.
- Somebody who is no administrator and makes more than 10,000 changes within a day to their own tokens, servers and
  shares gets 429; what takes something back is done. JupyterHub has no limit, nor records of changes to keep.
- Requests that JupyterHub does not know: those below /hub/api/bulk/, /hub/api/homes and /hub/admin/api/, the audit log,
  the nodes, /hub/health/ready.
`
