package proxy

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// browserPatience is how long a browser may leave unacknowledged what a websocket
// sent it, or refuse to take more.
const browserPatience = 50 * time.Second

// giveUp makes the kernel end a connection whose other end vanished while data was on
// its way. No probes are sent then; it would send the data again for a quarter of an
// hour, while the server on the other side waits to get rid of more.
func giveUp(conn *net.TCPConn) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(browserPatience.Milliseconds()))
	})
}
