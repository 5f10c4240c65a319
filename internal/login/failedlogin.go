package login

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"

	"golang.org/x/time/rate"

	"github.com/atriumhub/atrium/internal/hub"
)

// Logins that failed are in the log, not in the audit log: they change nothing, and
// whoever can reach the hub can have as many as they like.

// Of the lines about failed logins so many a second are written, and a class's at once;
// the next one says how many were not.
const (
	failedPerSecond = 1
	failedAtOnce    = 300
)

// failedLogins writes them.
type failedLogins struct {
	log      *slog.Logger
	clock    hub.Clock
	limit    *rate.Limiter
	unlogged atomic.Int64
}

func newFailedLogins(log *slog.Logger, clock hub.Clock) *failedLogins {
	return &failedLogins{log: log, clock: clock, limit: rate.NewLimiter(failedPerSecond, failedAtOnce)}
}

// Why a login failed.
const (
	wrongPassword  = "wrong password"
	noSuchPerson   = "nobody has this name"
	noPassword     = "no password"
	NoPasswordYet  = "no password yet: the first login at the form sets it"
	suspended      = "suspended"
	tooMany        = "too many failed attempts"
	meanwhile      = "changed meanwhile"
	wrongPresent   = "wrong current password, while changing it"
	noFirstLogin   = "no first login any more"
	nameTaken      = "the name is that of somebody whom the login does not stand for"
	shownOfUnknown = 2 // letters
)

// LoginFailed writes down that a login failed. The name of somebody who is there is
// written in full; of another, which may be a password typed into the wrong field, no more
// than its first letters.
func (l *Logins) LoginFailed(ctx context.Context, raw string, from Browser, reason string) {
	f := l.failed
	if !f.limit.AllowN(f.clock(), 1) {
		f.unlogged.Add(1)
		return
	}
	name := firstLetters(raw)
	if normal, err := hub.UserName(raw); err == nil {
		if p, err := l.directory.ByName(ctx, normal); err == nil {
			name = p.Name
		}
	}
	attrs := []slog.Attr{slog.String("name", name), slog.String("reason", reason), slog.String("address", hub.Truncate(from.Address, 64))}
	if n := f.unlogged.Swap(0); n > 0 {
		attrs = append(attrs, slog.Int64("unlogged", n))
	}
	f.log.LogAttrs(ctx, slog.LevelInfo, "login failed", attrs...)
}

// firstLetters is what may be shown of a text that may be a password.
func firstLetters(raw string) string {
	letters := []rune(hub.Truncate(strings.TrimSpace(raw), hub.MaxUserName))
	shown := min(shownOfUnknown, len(letters)/2)
	return hub.Clip(string(letters[:shown])) + strings.Repeat("*", min(len(letters)-shown, 16))
}
