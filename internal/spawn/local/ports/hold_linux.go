package ports

import (
	"errors"
	"fmt"
	"strconv"
	"syscall"
)

// holdsAcrossHubs tells whether other hubs of the machine see that a port is held.
const holdsAcrossHubs = true

// holdPort keeps other hubs of this machine from giving the port to a server of theirs, by a
// name in the space of abstract sockets: it belongs to the network namespace, as ports do,
// and goes with the process. Listening on the port itself would keep the server from it.
func holdPort(port int) (*hold, error) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // a port that cannot be held is as good as without other hubs
	}
	err = syscall.Bind(fd, &syscall.SockaddrUnix{Name: "@atrium/port/" + strconv.Itoa(port)})
	if err == nil {
		return &hold{close: func() { _ = syscall.Close(fd) }}, nil
	}
	_ = syscall.Close(fd)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("hold port %d: another hub of this machine has it", port)
	}
	return nil, nil //nolint:nilnil // as above
}
