//go:build !linux

package peer

import "net/netip"

// Owner is ErrUnknown: only Linux is asked.
func Owner(_, _ netip.AddrPort) (uint32, error) { return 0, ErrUnknown }
