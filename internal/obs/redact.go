package obs

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// redact is slog's ReplaceAttr: it sees every attribute, and the message.
func redact(groups []string, a slog.Attr) slog.Attr {
	secret := isSecret(a.Key)
	for _, g := range groups {
		secret = secret || isSecret(g)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		if secret {
			return slog.String(a.Key, redacted)
		}
		return slog.String(a.Key, scrub(a.Value.String()))
	case slog.KindAny:
		if len(groups) == 0 && isBuiltIn(a.Key) {
			return a // the level, or the place in the source
		}
		if secret {
			return slog.String(a.Key, redacted)
		}
		return slog.Attr{Key: a.Key, Value: scrubAny(a.Value.Any())}
	default: // no number, time or truth is a secret: "tokens" may be counted
		return a
	}
}

func isBuiltIn(key string) bool { return key == slog.LevelKey || key == slog.SourceKey }

// isSecret tells whether a key names a secret: "password", "api_token",
// "Set-Cookie", "clientSecret", but not "token_id".
func isSecret(key string) bool {
	key = strings.TrimSuffix(strings.ToLower(key), "s")
	for _, word := range [...]string{"password", "token", "secret", "authorization", "cookie"} {
		if strings.HasSuffix(key, word) {
			return true
		}
	}
	return false
}

// scrubAny goes into those values of which texts with secrets are known to come.
func scrubAny(v any) slog.Value {
	switch v := v.(type) {
	case error:
		return slog.StringValue(scrub(textOf(v)))
	case *url.URL:
		if v == nil {
			return slog.AnyValue(v)
		}
		return slog.StringValue(scrub(v.Redacted()))
	case http.Header:
		return slog.AnyValue(scrubHeader(v))
	case []string:
		out := make([]string, len(v))
		for i, s := range v {
			out[i] = scrub(s)
		}
		return slog.AnyValue(out)
	default:
		return slog.AnyValue(v)
	}
}

func scrubHeader(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			if isSecret(name) {
				v = redacted
			}
			out.Add(name, scrub(v))
		}
	}
	return out
}

// What looks like a secret within a text: a token of Atrium's, credentials as they
// stand in an Authorization header, secrets in a URL's query, a URL's password.
var (
	ownToken    = regexp.MustCompile(`atr_[A-Za-z0-9_-]{8,}`)
	credentials = regexp.MustCompile(`(?i)\b(bearer|basic|token) +[A-Za-z0-9._~+/=-]{16,}`)
	queryValue  = regexp.MustCompile(`(?i)([?&](?:[a-z_]*token|code|_xsrf|password)=)[^&\s"]+`)
	urlPassword = regexp.MustCompile(`(://[^/\s:@]*:)[^/\s@]+@`)
)

// scrub replaces what looks like a secret within a text.
func scrub(s string) string {
	if !strings.ContainsAny(s, "_ =@") { // nearly every short text
		return s
	}
	s = ownToken.ReplaceAllString(s, hub.TokenPrefix+redacted)
	s = credentials.ReplaceAllString(s, "$1 "+redacted)
	s = queryValue.ReplaceAllString(s, "${1}"+redacted)
	return urlPassword.ReplaceAllString(s, "${1}"+redacted+"@")
}

// textOf is err's text; slog shows a panic there as text too.
func textOf(err error) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprintf("!PANIC: %v", r)
		}
	}()
	return err.Error()
}
