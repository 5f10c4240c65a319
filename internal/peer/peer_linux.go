package peer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// What is asked of the kernel and what it answers, see sock_diag(7): a header, and then
// inet_diag_req_v2 or inet_diag_msg, of which only what is needed here has a name.
const (
	headerSize  = syscall.SizeofNlMsghdr
	requestSize = 56
	answerSize  = 72
	diagFamily  = 20 // SOCK_DIAG_BY_FAMILY

	// In the request.
	atProtocol, atStates, atSocket = 1, 4, 8
	// In a socket, inet_diag_sockid: ports, addresses, interface, cookie.
	atSource, atTarget, atCookie = 4, 20, 40
	// In the answer.
	atState, atUID = 1, 64

	established = 1
	// answerInTime is how long the kernel may take. It answers at once.
	answerInTime = 1 // seconds
)

// Owner is the uid of the process that has the other end of a connection between two
// addresses, ours and theirs. The kernel finds the socket by its addresses, however many
// there are. A socket that is closed has lost its owner, so it must be open.
func Owner(theirs, ours netip.AddrPort) (uid uint32, err error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, syscall.NETLINK_INET_DIAG)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	defer func() { _ = syscall.Close(fd) }()
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Sec: answerInTime}); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	if err := syscall.Sendto(fd, request(unmapped(theirs), unmapped(ours)), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	var answer [512]byte
	n, _, err := syscall.Recvfrom(fd, answer[:], 0)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return owner(answer[:n])
}

func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// request asks for the one socket that goes from one address to the other.
func request(from, to netip.AddrPort) []byte {
	b := make([]byte, headerSize+requestSize)
	binary.NativeEndian.PutUint32(b[0:], uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], diagFamily)
	binary.NativeEndian.PutUint16(b[6:], syscall.NLM_F_REQUEST)
	r := b[headerSize:]
	r[0], r[atProtocol] = syscall.AF_INET6, syscall.IPPROTO_TCP
	if from.Addr().Is4() {
		r[0] = syscall.AF_INET
	}
	binary.NativeEndian.PutUint32(r[atStates:], ^uint32(0))
	socket := r[atSocket:]
	binary.BigEndian.PutUint16(socket[0:], from.Port())
	binary.BigEndian.PutUint16(socket[2:], to.Port())
	copy(socket[atSource:], from.Addr().AsSlice())
	copy(socket[atTarget:], to.Addr().AsSlice())
	binary.NativeEndian.PutUint64(socket[atCookie:], ^uint64(0)) // none
	return b
}

// owner reads the kernel's answer.
func owner(b []byte) (uint32, error) {
	if len(b) < headerSize+4 {
		return 0, ErrUnknown
	}
	kind, body := binary.NativeEndian.Uint16(b[4:]), b[headerSize:]
	switch {
	case kind == syscall.NLMSG_ERROR:
		no := syscall.Errno(-int32(binary.NativeEndian.Uint32(body)))
		if errors.Is(no, syscall.ENOENT) {
			return 0, ErrElsewhere
		}
		return 0, fmt.Errorf("%w: %w", ErrUnknown, no)
	case kind != diagFamily || len(body) < answerSize:
		return 0, ErrUnknown
	case body[atState] != established:
		return 0, ErrGone
	}
	return binary.NativeEndian.Uint32(body[atUID:]), nil
}
