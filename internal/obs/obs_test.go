package obs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/hub"
)

// line logs one line as JSON and reads it.
func line(ctx context.Context, t *testing.T, args ...any) map[string]any {
	t.Helper()
	var out bytes.Buffer
	Logger(&out, "info", "json").InfoContext(ctx, "hello", args...)
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	for _, key := range []string{"time", "level", "msg"} {
		if _, ok := got[key]; !ok {
			t.Errorf("no %s in %s", key, out.String())
		}
		delete(got, key)
	}
	return got
}

type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

func TestRedaction(t *testing.T) {
	own := hub.NewToken()
	var none *nilError
	for _, tc := range []struct {
		name string
		args []any
		want map[string]any
	}{
		{"by key", []any{"password", "hunter2", "token", "t0", "secret", "s", "Authorization", "a", "cookie", "c"},
			map[string]any{"password": redacted, "token": redacted, "secret": redacted, "Authorization": redacted, "cookie": redacted}},
		{"by the last part of a key", []any{"api_token", "x", "Set-Cookie", "x", "clientSecret", "x", "passwords", []string{"x"}},
			map[string]any{"api_token": redacted, "Set-Cookie": redacted, "clientSecret": redacted, "passwords": redacted}},
		{"what is none", []any{"token_id", "7", "tokens", 7, "name", "ada", "path", "/user/ada/lab"},
			map[string]any{"token_id": "7", "tokens": 7.0, "name": "ada", "path": "/user/ada/lab"}},
		{"in a group", []any{slog.Group("cookies", "session", "x"), slog.Group("request", "token", "x", "n", 1)},
			map[string]any{"cookies": map[string]any{"session": redacted}, "request": map[string]any{"token": redacted, "n": 1.0}}},
		{"a token of ours anywhere", []any{"note", "got " + own + ", thanks"}, map[string]any{"note": "got atr_[redacted], thanks"}},
		{"credentials anywhere", []any{"header", "Authorization: Bearer abcdefghijklmnopqrst", "other", "token 0123456789abcdef0123"},
			map[string]any{"header": "Authorization: Bearer [redacted]", "other": "token [redacted]"}},
		{"in a path's query", []any{"uri", "/user/ada/lab?x=1&token=abc&y=2", "back", "/cb?code=abc"},
			map[string]any{"uri": "/user/ada/lab?x=1&token=[redacted]&y=2", "back": "/cb?code=[redacted]"}},
		{"in a database's URL", []any{"db", "postgres://atrium:hunter2@db:5432/x"}, map[string]any{"db": "postgres://atrium:[redacted]@db:5432/x"}},
		{"in a URL", []any{"url", &url.URL{Scheme: "https", Host: "h", Path: "/a", RawQuery: "token=abc", User: url.UserPassword("u", "p")}},
			map[string]any{"url": "https://u:[redacted]@h/a?token=[redacted]"}},
		{"in an error", []any{"error", fmt.Errorf("get %s: %w", own, errors.New("no"))}, map[string]any{"error": "get atr_[redacted]: no"}},
		{"a broken error", []any{"error", none}, map[string]any{"error": "!PANIC: runtime error: invalid memory address or nil pointer dereference"}},
		{"no error", []any{"error", nil}, map[string]any{"error": nil}},
		{"in headers", []any{"headers", http.Header{"Authorization": {"x"}, "X-Api-Token": {"y"}, "Accept": {"*/*"}, "Referer": {"/a?token=z"}}},
			map[string]any{"headers": map[string]any{"Authorization": []any{redacted}, "X-Api-Token": []any{redacted}, "Accept": []any{"*/*"}, "Referer": []any{"/a?token=[redacted]"}}}},
		{"a list", []any{"args", []string{"--token", own}}, map[string]any{"args": []any{"--token", "atr_[redacted]"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, line(t.Context(), t, tc.args...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRedactionOfMessageAndOfLoggers(t *testing.T) {
	own := hub.NewToken()
	var out bytes.Buffer
	log := Logger(&out, "info", "text").With("token", "hunter2").WithGroup("cookie")
	log.Info("made "+own, "session", "hunter2") //nolint:sloglint // a careless message is what is tested
	if s := out.String(); strings.Contains(s, own) || strings.Contains(s, "hunter2") || !strings.Contains(s, "atr_[redacted]") {
		t.Errorf("logged: %s", s)
	}
}

// No token of ours gets through, wherever in a text it stands.
func TestOwnTokensNeverPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		own := hub.NewToken()
		text := rapid.String().Draw(t, "before") + own + rapid.String().Draw(t, "after")
		if strings.Contains(scrub(text), own) {
			t.Fatalf("scrub(%q) kept the token", text)
		}
	})
}

func TestRequest(t *testing.T) {
	if got := line(t.Context(), t); len(got) != 0 {
		t.Errorf("outside of a request: %v", got)
	}
	SetUser(t.Context(), "ada") // nothing to set
	ctx := WithRequest(t.Context(), "r1")
	if diff := cmp.Diff(map[string]any{"request_id": "r1"}, line(ctx, t)); diff != "" {
		t.Errorf("before the login (-want +got):\n%s", diff)
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	SetUser(inner, "ada")
	if diff := cmp.Diff(map[string]any{"request_id": "r1", "user": "ada", "n": 1.0}, line(ctx, t, "n", 1)); diff != "" {
		t.Errorf("after it (-want +got):\n%s", diff)
	}
}

func TestLevelAndFormat(t *testing.T) {
	for _, tc := range []struct {
		level, format string
		lines         int
		json          bool
	}{
		{"debug", "json", 4, true},
		{"info", "text", 3, false},
		{"WARN", "json", 2, true},
		{"error", "text", 1, false},
		{"", "", 3, true}, // a buffer is no terminal
		{"loud", "xml", 3, true},
	} {
		t.Run(tc.level+" "+tc.format, func(t *testing.T) {
			var out bytes.Buffer
			log := Logger(&out, tc.level, tc.format)
			log.Debug("a")
			log.Info("b")
			log.Warn("c")
			log.Error("d")
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if len(lines) != tc.lines || strings.HasPrefix(lines[0], "{") != tc.json {
				t.Errorf("%d lines, the first: %s", len(lines), lines[0])
			}
		})
	}
}
