package ports

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
)

// ListensAs reports whether a process of this uid listens at 127.0.0.1:port, see proc_net(5).
// Before the server listens on the port chosen for it, any process of the machine can take
// it, and would receive other users' requests. It is true if that cannot be found out.
func ListensAs(uid uint32, port int) bool {
	known := false
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		table, err := os.Open(path) //nolint:gosec // one of the two above
		if err != nil {
			continue
		}
		known = true
		found := hasListener(table, uid, port)
		_ = table.Close()
		if found {
			return true
		}
	}
	return !known
}

// hasListener reads only the listening sockets, which come first in the table: there may be
// many thousands of connections.
func hasListener(table io.Reader, uid uint32, port int) bool {
	lines := bufio.NewScanner(table)
	lines.Scan() // the heading
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 3 && fields[3] != listening {
			return false
		}
		if owner, ok := loopbackListener(lines.Text(), port); ok && owner == uid {
			return true
		}
	}
	return false
}

const listening = "0A"

// loopbackListener reads a line of the table: the owner of the socket, if it
// listens on the port on 127.0.0.1 or on all addresses.
func loopbackListener(line string, port int) (uint32, bool) {
	fields := strings.Fields(line)
	if len(fields) < 8 || fields[3] != listening {
		return 0, false
	}
	address, hexPort, _ := strings.Cut(fields[1], ":")
	if at, err := strconv.ParseUint(hexPort, 16, 16); err != nil || int(at) != port {
		return 0, false
	}
	// Four bytes at a time, in the machine's order; IPv4 within IPv6 has ffff before it.
	mapped := strings.TrimPrefix(strings.TrimPrefix(address, "0000000000000000FFFF0000"), "00000000000000000000FFFF")
	if strings.Trim(address, "0") != "" && mapped != "0100007F" && mapped != "7F000001" {
		return 0, false
	}
	uid, err := strconv.ParseUint(fields[7], 10, 32)
	return uint32(uid), err == nil
}
