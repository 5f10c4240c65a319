package proxy

import (
	"net/http"
	"slices"
	"strings"
)

// guardResponse takes from a server's headers what would reach beyond its own
// paths: it shares the hub's origin and must not act for all of it.
func (c cookieRules) guardResponse(h http.Header, prefix string) {
	if lines := h["Set-Cookie"]; len(lines) > 0 {
		lines = slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !c.maySet(l, prefix) })
		h["Set-Cookie"] = lines
		if len(lines) == 0 {
			h.Del("Set-Cookie")
		}
	}
	h.Del("Set-Cookie2")
	h.Del("Clear-Site-Data")
	h.Del("Alt-Svc")
	if slices.ContainsFunc(h["Service-Worker-Allowed"], func(scope string) bool {
		return !inside(strings.TrimSpace(scope), prefix) || strings.ContainsAny(scope, "\\?#,")
	}) {
		h.Del("Service-Worker-Allowed")
	}
	openerPolicy(h)
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
