//go:build !linux

package proxy

import "net"

// setUserTimeout does nothing: how long data is retransmitted is left to the system.
func setUserTimeout(*net.TCPConn) {}
