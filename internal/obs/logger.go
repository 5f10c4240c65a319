// Package obs sets up what an operator sees of a running hub: its log. Secrets do
// not get into it, whoever tries.
package obs

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"
)

// Logger makes the process's logger. level is "debug", "info", "warn" or "error",
// format is "text" or "json"; the configuration checks both. What is neither is
// "info", and text on a terminal, JSON elsewhere.
//
// Each line bears the request and the person of its context (WithRequest), and
// secrets in attributes are replaced: by their key (password, token, secret,
// authorization, cookie, also as the last part of a longer key), by their look
// (Atrium's tokens, bearer credentials, a token in a URL), and in http.Header.
func Logger(w io.Writer, level, format string) *slog.Logger {
	options := &slog.HandlerOptions{Level: parseLevel(level), ReplaceAttr: redact}
	var h slog.Handler
	if format == "text" || format != "json" && isTerminal(w) {
		h = slog.NewTextHandler(w, options)
	} else {
		h = slog.NewJSONHandler(w, options)
	}
	return slog.New(contextHandler{h})
}

func parseLevel(level string) slog.Level {
	switch strings.ToLower(level) {
	case "debug":
		return slog.LevelDebug
	case "warn", "warning":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// contextHandler adds what the context knows of the request.
type contextHandler struct{ slog.Handler }

// Handle adds request and user to the line.
func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	if req := requestOf(ctx); req != nil {
		r = r.Clone()
		r.AddAttrs(slog.String("request_id", req.id))
		if user := req.user.Load(); user != nil {
			r.AddAttrs(slog.String("user", *user))
		}
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the context's attributes coming.
func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the context's attributes coming, within the group.
func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}
