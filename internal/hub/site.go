package hub

import (
	"net/url"
	"strings"
)

// Kinds of those who have a domain of their own, where there is one for each.
const (
	UserDomain    = "user"
	ServiceDomain = "service"
)

// Site is where people find the hub and what it serves. Without domains for each
// person, all of it shares one origin and addresses are paths; with them, the hub's
// pages are at Origin and servers at whole URLs of their owner's own.
type Site struct {
	Base   string // "/" or "/prefix/"
	Origin string // scheme://host[:port] of the hub itself; empty when not configured
	// Label is the name, below the hub's own domain, of a person's domain or a
	// service's. Two that differ in kind or name have different labels. nil: they
	// have no domains of their own.
	Label func(kind, name string) string
}

// Subdomains tells whether people and services have domains of their own.
func (s Site) Subdomains() bool { return s.Label != nil && s.Origin != "" }

// Hostname is the hub's own host without the port; empty when not configured.
func (s Site) Hostname() string {
	u, err := url.Parse(s.Origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// UserHostname is the host, without the port, at which a person's servers are;
// empty where they are at any.
func (s Site) UserHostname(name string) string { return s.hostname(UserDomain, name) }

// ServiceHostname is the same for a service.
func (s Site) ServiceHostname(name string) string { return s.hostname(ServiceDomain, name) }

func (s Site) hostname(kind, name string) string {
	if !s.Subdomains() {
		return ""
	}
	return s.Label(kind, name) + "." + s.Hostname()
}

// UserOrigin is scheme://host[:port] of a person's servers; the hub's own, which may
// be empty, where they share it.
func (s Site) UserOrigin(name string) string { return s.origin(UserDomain, name) }

// ServiceOrigin is the same for a service.
func (s Site) ServiceOrigin(name string) string { return s.origin(ServiceDomain, name) }

func (s Site) origin(kind, name string) string {
	scheme, host, ok := strings.Cut(s.Origin, "://")
	if !ok || !s.Subdomains() {
		return s.Origin
	}
	return scheme + "://" + s.Label(kind, name) + "." + host
}

// ServerURL is where a person's server is, for links and models: a path, or the
// whole URL where people have domains of their own.
func (s Site) ServerURL(user, server string) string {
	path := ServerPath(s.Base, user, server)
	if !s.Subdomains() {
		return path
	}
	return s.UserOrigin(user) + path
}

// ServiceURL is the same for a service.
func (s Site) ServiceURL(name string) string {
	path := ServicePath(s.Base, name)
	if !s.Subdomains() {
		return path
	}
	return s.ServiceOrigin(name) + path
}
