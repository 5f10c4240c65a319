package proxy

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestGiveUpIsSetInTheKernel(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	conn, err := net.Dial("tcp", w.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tcp := conn.(*net.TCPConn)
	setUserTimeout(tcp)
	raw, err := tcp.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var got int
	var optErr error
	_ = raw.Control(func(fd uintptr) { got, optErr = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT) })
	if after := time.Duration(got) * time.Millisecond; optErr != nil || after != userTimeout {
		t.Errorf("given up after %s, %v", after, optErr)
	}
}
