package proxy

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// userTimeout is how long a client may leave data of a websocket unacknowledged, or keep its
// receive window closed.
const userTimeout = 50 * time.Second

// setUserTimeout sets TCP_USER_TIMEOUT, for a client that vanishes while data is on its way:
// the kernel sends no keep-alive probes then, but retransmits for a quarter of an hour,
// while the server is blocked in its writes.
func setUserTimeout(conn *net.TCPConn) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout.Milliseconds()))
	})
}
