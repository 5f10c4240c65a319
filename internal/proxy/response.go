package proxy

import (
	"net/http"
	"slices"
	"strings"
)

// filterHeaders removes from a response's headers what would have an effect beyond the
// server's own paths: it shares the hub's origin and must not act for all of it. A server
// with a host of its own may have any Cross-Origin-Opener-Policy.
func (x *exchange) filterHeaders(h http.Header) {
	x.filterSetCookies(h)
	removeOriginWide(h, x.entry.Prefix)
	if ancestors := x.proxy.opts.FrameAncestors; len(ancestors) > 0 {
		allowFrameAncestors(h, ancestors, x.entry.ServerID != 0 && h.Get("X-Jupyterhub-Version") != "")
	}
	if x.entry.Host == "" {
		relaxOpenerPolicy(h)
	}
}

// removeOriginWide removes headers that apply to the whole origin, and a scope of service
// workers beyond the prefix.
// removeOriginWide removes headers that apply to the whole origin, and a scope for service
// workers that is not allowed.
func removeOriginWide(h http.Header, prefix string) {
	for name := range h {
		if isOriginWide(name) {
			delete(h, name)
		}
	}
	if slices.ContainsFunc(h["Service-Worker-Allowed"], func(scope string) bool { return !isAllowedScope(scope, prefix) }) {
		h.Del("Service-Worker-Allowed")
	}
}

// isOriginWide reports whether a header applies to the whole host, or instructs a proxy in
// front of the hub. NEL, for example, would report the URLs of everybody's requests, with
// the codes and tokens in them, to an address of the server's choice.
func isOriginWide(name string) bool {
	switch name {
	case "Set-Cookie2", "Clear-Site-Data", "Alt-Svc", "Nel", "Report-To", "Strict-Transport-Security",
		"Public-Key-Pins", "Expect-Ct", "Sec-Session-Registration", "Secure-Session-Registration",
		"X-Accel-Redirect", "X-Sendfile", "X-Lighttpd-Send-File", "X-Reproxy-Url":
		return true
	}
	return false
}

// isAllowedScope reports whether a service worker may have this scope. Browsers compare
// scopes as strings, not by segments, so that /user/al includes /user/alice/; and they
// remove tabs from the path before they resolve its dot segments.
func isAllowedScope(scope, prefix string) bool {
	scope = strings.Trim(scope, " \t")
	if strings.ContainsFunc(scope, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\\?#,", r) }) {
		return false
	}
	return isBelow(scope, prefix) && strings.Count(scope, "/") >= strings.Count(prefix, "/")
}

// relaxOpenerPolicy keeps a server's policy different from that of the hub's pages, so that
// the browser isolates a window with a hub page from the notebook that opened it.
func relaxOpenerPolicy(h http.Header) {
	const name = "Cross-Origin-Opener-Policy"
	for i, value := range h[name] {
		policy, _, _ := strings.Cut(value, ";")
		switch strings.ToLower(strings.TrimSpace(policy)) {
		case "same-origin", "same-origin-plus-coep", "noopener-allow-popups":
			h[name][i] = "same-origin-allow-popups"
		}
	}
}
