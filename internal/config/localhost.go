package config

import (
	"net"
	"strings"
)

// LocalHost tells whether a name leads to the machine of the one who asks (RFC 6761 §6.3).
func LocalHost(name string) bool {
	return strings.HasSuffix("."+strings.ToLower(strings.TrimSuffix(name, ".")), ".localhost") || Loopback(net.JoinHostPort(name, "0"))
}
