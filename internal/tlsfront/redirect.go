package tlsfront

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RedirectOptions are where browsers may be sent.
type RedirectOptions struct {
	// Hosts are the hub's own names, without a port.
	Hosts []string
	// Default is the name for requests that ask for any other than the hub's; empty:
	// they are refused.
	Default string
	// Covers tells whether the certificate is good for a name. Such a name is the
	// hub's when it lies right below Default, or when there is no Default. May be nil.
	Covers func(host string) bool
	// Port is HTTPS's, as browsers see it; 443 is left out.
	Port string
}

// Redirect answers every request with the way to the same path over HTTPS, at a host
// that is the hub's own, whatever the request's Host says.
func Redirect(o RedirectOptions) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := o.host(r.Host)
		// A path of another form has no counterpart: "*", and the authority of CONNECT.
		if host == "" || !strings.HasPrefix(r.URL.Path, "/") {
			http.Error(w, "There is nothing at this address. Use the hub's own, with https://.", http.StatusBadRequest)
			return
		}
		to := url.URL{Scheme: "https", Host: authority(host, o.Port), Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		// 308 keeps the method and the body, unlike 301.
		http.Redirect(w, r, to.String(), http.StatusPermanentRedirect)
	})
}

// host is the name to send a browser to that asked for asked; empty for none.
func (o RedirectOptions) host(asked string) string {
	name := hostname(asked)
	if name == "" || slices.Contains(o.Hosts, name) {
		return cmp.Or(name, o.Default)
	}
	_, parent, _ := strings.Cut(name, ".")
	if (o.Default == "" || parent == o.Default) && o.Covers != nil && o.Covers(name) {
		return name
	}
	return o.Default
}

// hostname is the name or address in a Host header, in lower case and without port,
// brackets and a last dot; empty when it is neither.
func hostname(s string) string {
	if host, port, err := net.SplitHostPort(s); err == nil {
		if strings.Trim(port, "0123456789") != "" {
			return ""
		}
		s = host
		if strings.Contains(s, ":") {
			s = "[" + s + "]"
		}
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || addr.Zone() != "" {
			return ""
		}
		return addr.String()
	}
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "" || strings.Contains("."+s, "..") {
		return ""
	}
	return s
}

// authority writes host and port for an https URL.
func authority(host, port string) string {
	if port != "" && port != "443" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

func hstsValue(d time.Duration) string {
	return "max-age=" + strconv.FormatInt(int64(d/time.Second), 10)
}
