package tlsfront

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// zapLogger writes what the ACME client says to the hub's log. What it calls
// information are the single steps, which are of interest when something goes wrong.
func zapLogger(log *slog.Logger) *zap.Logger { return zap.New(core{log.Handler()}) }

type core struct{ to slog.Handler }

func level(l zapcore.Level) slog.Level {
	switch {
	case l >= zapcore.ErrorLevel:
		return slog.LevelError
	case l == zapcore.WarnLevel:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

// unknownAuthority is how Go says that nobody who is trusted has signed a certificate:
// here, that of the authority's own HTTPS.
const unknownAuthority = "certificate signed by unknown authority"

// Enabled leaves out what the library calls debugging: whole requests.
func (c core) Enabled(l zapcore.Level) bool {
	return l > zapcore.DebugLevel && c.to.Enabled(context.Background(), level(l))
}

func (c core) With(fields []zapcore.Field) zapcore.Core {
	return core{c.to.WithAttrs(attributes(fields))}
}

func (c core) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return checked.AddCore(e, c)
	}
	return checked
}

func (c core) Write(e zapcore.Entry, fields []zapcore.Field) error {
	r := slog.NewRecord(e.Time, level(e.Level), e.Message, 0)
	r.AddAttrs(slog.String("part", "acme"))
	attrs := attributes(fields)
	r.AddAttrs(attrs...)
	if slices.ContainsFunc(attrs, func(a slog.Attr) bool { return strings.Contains(a.Value.String(), unknownAuthority) }) {
		r.AddAttrs(slog.String("cure", "tls.acme.ca_file names a PEM file with the roots of an authority in house"))
	}
	return c.to.Handle(context.Background(), r)
}

func (c core) Sync() error { return nil }

func attributes(fields []zapcore.Field) []slog.Attr {
	out := make([]slog.Attr, 0, len(fields))
	for _, f := range fields {
		values := zapcore.NewMapObjectEncoder()
		f.AddTo(values)
		for k, v := range values.Fields {
			out = append(out, slog.Any(k, v))
		}
	}
	return out
}
