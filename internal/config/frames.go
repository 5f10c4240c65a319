package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// validateFrames checks whose pages may show the hub in a frame.
func (c Config) validateFrames(f *faults) {
	if len(c.FrameAncestors) == 0 {
		return
	}
	own, err := url.Parse(c.PublicOrigin())
	f.check(err != nil || c.Subdomains() && own.Scheme == "https",
		"frame_ancestors: it needs a domain for each person, and HTTPS; set public_url: https://*.hub.example.org (see docs/guide/addresses.md). "+
			"With one origin, a page of anybody's notebook server could look into a frame with the hub's login")
	for _, s := range c.FrameAncestors {
		at, err := url.Parse(s)
		good := err == nil && origin(s) && at.Scheme == "https" && host(at.Hostname())
		f.check(good, "frame_ancestors: %q is not https:// and a host alone, as https://moodle.example.org", s)
		f.check(!good || own == nil || own.Hostname() == "" || !below(at.Hostname(), own.Hostname()),
			"frame_ancestors: %q is the hub's own domain or one below it, where people's notebook servers are", s)
	}
}

// host tells whether s is a domain or an address.
func host(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil || domain(s)
}

// below tells whether a host is a domain, or one below it.
func below(host, domain string) bool {
	return strings.EqualFold(host, domain) || strings.HasSuffix(strings.ToLower(host), "."+strings.ToLower(domain))
}
