package endpoint

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/atriumhub/atrium/internal/hub"
)

// escapes matches terminal escape sequences (ECMA-48): colours and cursor movements, titles
// and links, and all others.
var escapes = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*(?:[@-~]|$)|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|\x{9b}[0-?]*[ -/]*[@-~]`)

// Readable is a server's log as plain text: without escape sequences, and with only the last
// state of a line that was overwritten, such as a progress bar.
func Readable(log string) string {
	if !strings.ContainsFunc(log, func(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) }) {
		return log
	}
	var out strings.Builder
	for line := range strings.Lines(escapes.ReplaceAllString(log, "")) {
		text, ended := strings.CutSuffix(line, "\n")
		text = strings.TrimRight(text, "\r")
		text = text[strings.LastIndexByte(text, '\r')+1:]
		out.WriteString(strings.Map(func(r rune) rune {
			if r != '\t' && unicode.IsControl(r) {
				return -1
			}
			return r
		}, text))
		if ended {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// OnServer writes base scopes with the filter for the server.
func OnServer(bases []string, server hub.Server) []string {
	list := make([]string, len(bases))
	for i, base := range bases {
		list[i] = base + "!server=" + server.FullName()
	}
	return list
}
