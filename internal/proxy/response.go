package proxy

import (
	"net/http"
	"slices"
	"strings"
)

// guard takes from the headers of a server's answer what would reach beyond its own
// paths: it shares the hub's origin and must not act for all of it. Where it has a host
// of its own, it may cut itself off from other origins' windows.
func (f *flow) guard(h http.Header) {
	f.confineCookies(h)
	guardHeaders(h, f.entry.Prefix)
	if list := f.proxy.opts.FrameAncestors; len(list) > 0 {
		admitAncestors(h, list, f.entry.ServerID != 0 && h.Get("X-Jupyterhub-Version") != "")
	}
	if f.entry.Host == "" {
		openerPolicy(h)
	}
}

func guardHeaders(h http.Header, prefix string) {
	for name := range h {
		if originWide(name) {
			delete(h, name)
		}
	}
	if slices.ContainsFunc(h["Service-Worker-Allowed"], func(scope string) bool { return !mayControl(scope, prefix) }) {
		h.Del("Service-Worker-Allowed")
	}
}

// originWide picks headers by which one answer speaks for the whole host, or asks a
// proxy in front of the hub for something of its own: NEL would send the addresses
// of everybody's requests, with the codes and tokens in them, to whom it names.
func originWide(name string) bool {
	switch name {
	case "Set-Cookie2", "Clear-Site-Data", "Alt-Svc", "Nel", "Report-To", "Strict-Transport-Security",
		"Public-Key-Pins", "Expect-Ct", "Sec-Session-Registration", "Secure-Session-Registration",
		"X-Accel-Redirect", "X-Sendfile", "X-Lighttpd-Send-File", "X-Reproxy-Url":
		return true
	}
	return false
}

// mayControl tells whether a service worker may have this scope. Browsers compare
// scopes as strings, not by segments: /user/al would reach /user/alice/. And they
// drop tabs from the path before they resolve its dots.
func mayControl(scope, prefix string) bool {
	scope = strings.Trim(scope, " \t")
	if strings.ContainsFunc(scope, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\\?#,", r) }) {
		return false
	}
	return inside(scope, prefix) && strings.Count(scope, "/") >= strings.Count(prefix, "/")
}

// openerPolicy keeps a server's policy different from the one on the hub's pages,
// so that a window which a notebook opened on one is cut off from the notebook.
func openerPolicy(h http.Header) {
	const name = "Cross-Origin-Opener-Policy"
	for i, value := range h[name] {
		policy, _, _ := strings.Cut(value, ";")
		switch strings.ToLower(strings.TrimSpace(policy)) {
		case "same-origin", "same-origin-plus-coep", "noopener-allow-popups":
			h[name][i] = "same-origin-allow-popups"
		}
	}
}
