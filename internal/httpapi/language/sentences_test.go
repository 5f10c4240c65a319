package language_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/language"
)

// rowWords are the packages whose every message may stand in a row of bulk work, beside a form of the panel or at a line
// of a file, also where it has no plain words of its own.
var rowWords = []string{"people", "groups", "accounts", "access", "bulk", "jobs", "peoplefile"}

// forPrograms are messages of theirs that no page leads to: JupyterHub's own, which pages have other words for, and those
// about requests that no page sends.
var forPrograms = regexp.MustCompile(`^(Not Found|Forbidden|%s|a service is no user|To sort groups by .*|The request must say what .*|` +
	`A dry run, and .*|.*Idempotency-Key.*|Action is not authorized .*|There is no job %d.*|%d (rows|usernames) in one request.*|File must contain .*|` +
	`%s has no server named '%s'|Must specify .*|All %d users .*|%s has made %d changes .*)$`)

// What use cases say to people is in the catalogue, wherever it is made.
func TestSentencesAreInTheCatalogue(t *testing.T) {
	found := 0
	for path, sentences := range sentencesOf(t, "../..") {
		for _, said := range sentences {
			found++
			if german := language.German.Text(said); german == said {
				t.Errorf("%s: %q has no German", path, said)
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d sentences were found", found)
	}
}

// sentencesOf are the formats of what is said to people, by the files that say it.
func sentencesOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		pkg, _, _ := strings.Cut(filepath.ToSlash(name), "/")
		found[name] = sentencesIn(file, strings.Contains(" "+strings.Join(rowWords, " ")+" ", " "+pkg+" "))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// sentencesIn are those of a file: plain words, and, of packages of rowWords, all messages that have none.
func sentencesIn(file *ast.File, rows bool) (said []string) {
	hasPlain := map[ast.Node]bool{} // errors to which plain words are given
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		at := -1
		switch nameOf(call) {
		case "Plainly":
			at = 0
			hasPlain[call.Fun.(*ast.SelectorExpr).X] = true //nolint:forcetypeassert // it is a method
		case "Said":
			at = 1
		case "Errorf":
			if rows && !hasPlain[call] && strings.HasPrefix(types(call), "hub.") {
				at = 1
			}
		case "Warn":
			if rows {
				at = 0
			}
		}
		if at >= 0 && at < len(call.Args) {
			if text := literal(call.Args[at]); text != "" && !forPrograms.MatchString(text) {
				said = append(said, text)
			}
		}
		return true
	})
	return said
}

func nameOf(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		return fun.Sel.Name
	case *ast.Ident:
		return fun.Name
	}
	return ""
}

// types is what a function is called by, with its package.
func types(call *ast.CallExpr) string {
	if fun, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := fun.X.(*ast.Ident); ok {
			return x.Name + "." + fun.Sel.Name
		}
	}
	return ""
}

// literal is a text that stands in the source, also in parts; what else is added to it counts as %s.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		a, b := literal(e.X), literal(e.Y)
		if a == "" && b == "" {
			return ""
		}
		if a == "" {
			a = "%s"
		}
		if b == "" {
			b = "%s"
		}
		return a + b
	}
	return ""
}
