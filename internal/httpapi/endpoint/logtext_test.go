package endpoint

import (
	"strings"
	"testing"
	"unicode"
)

func TestLogsAreReadWithoutColours(t *testing.T) {
	for _, tt := range []struct{ name, log, want string }{
		{"plain", "a\tb\nc", "a\tb\nc"},
		{"JupyterLab's colours", "\x1b[32m[I 2026-01-02 03:04:05 ServerApp]\x1b(B\x1b[m jupyterlab | loaded\n", "[I 2026-01-02 03:04:05 ServerApp] jupyterlab | loaded\n"},
		{"256 colours", "\x1b[38;5;196;1mred\x1b[0m\n", "red\n"},
		{"a link", "\x1b]8;;https://x.example\x1b\\here\x1b]8;;\x1b\\ \x1b]0;title\x07end", "here end"},
		{"pip's bar", "Downloading x\r\n  0%\r 50%\r100% done\r\nnext\n", "Downloading x\n100% done\nnext\n"},
		{"erased line", "\x1b[2K\rready", "ready"},
		{"bell and zero", "a\x07b\x00c\u009bd", "abc"},
		{"cut in a sequence", "text\x1b[3", "text"},
		{"accents", "\x1b[1mGrüße, 学生\x1b[0m", "Grüße, 学生"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Readable(tt.log); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzReadable(f *testing.F) {
	f.Add("\x1b[32mgreen\x1b[0m\r\nx\ry")
	f.Fuzz(func(t *testing.T, log string) {
		got := Readable(log)
		if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) }) {
			t.Errorf("%q of %q holds control characters", got, log)
		}
		if strings.Count(got, "\n") > strings.Count(log, "\n") {
			t.Errorf("%q of %q has more lines", got, log)
		}
	})
}
