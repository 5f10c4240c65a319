package httpapi

import (
	"regexp"
	"strings"
	"unicode"
)

// escapes are what programs write to terminals besides text (ECMA-48): colours and
// movements, titles and links, and the rest.
var escapes = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*(?:[@-~]|$)|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|\x{9b}[0-?]*[ -/]*[@-~]`)

// readable is a server's log as text for people: without colours, and of a line that was
// written over, such as a bar of progress, what stood there in the end.
func readable(log string) string {
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
