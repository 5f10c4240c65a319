package local

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
)

// listensAs tells whether a process of this uid listens where 127.0.0.1:port leads,
// see proc_net(5). Between the choice of a port and the server's listening on it
// anybody on this machine can take it, and would be sent other people's requests.
// It is true where that cannot be known.
func listensAs(uid uint32, port int) bool {
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

// hasListener reads no further than the sockets that listen, which come first: of
// connections there may be many thousands.
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
