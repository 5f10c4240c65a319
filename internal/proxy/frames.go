package proxy

import (
	"crypto/rand"
	"encoding/binary"
)

// frames follows a stream of websocket frames (RFC 6455, section 5.2) just enough
// to know when one is complete, so that a close frame can be put between two.
type frames struct {
	head   [14]byte
	have   int    // bytes of the header seen
	left   uint64 // bytes of the payload to come
	closed bool   // a close frame has passed
}

const opClose = 0x8

func (f *frames) follow(p []byte) {
	for len(p) > 0 {
		if f.left > 0 {
			n := min(f.left, uint64(len(p)))
			f.left -= n
			p = p[n:]
			continue
		}
		f.head[f.have] = p[0]
		f.have++
		p = p[1:]
		if f.have >= 2 && f.have == f.headerLen() {
			f.left = f.payloadLen()
			f.closed = f.closed || f.head[0]&0x0f == opClose
			f.have = 0
		}
	}
}

func (f *frames) headerLen() int {
	n := 2
	switch f.head[1] & 0x7f {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if f.head[1]&0x80 != 0 {
		n += 4 // the mask
	}
	return n
}

func (f *frames) payloadLen() uint64 {
	switch n := f.head[1] & 0x7f; n {
	case 126:
		return uint64(binary.BigEndian.Uint16(f.head[2:]))
	case 127:
		return binary.BigEndian.Uint64(f.head[2:])
	default:
		return uint64(n)
	}
}

// between tells whether a frame may be put in here.
func (f *frames) between() bool { return f.have == 0 && f.left == 0 && !f.closed }

// closeFrame is a close frame with a code; what goes to a server has to be masked.
func closeFrame(code uint16, masked bool) []byte {
	frame := []byte{0x80 | opClose, 2}
	payload := binary.BigEndian.AppendUint16(nil, code)
	if masked {
		var mask [4]byte
		_, _ = rand.Read(mask[:]) // never fails: crypto/rand ends the process instead
		frame[1] |= 0x80
		frame = append(frame, mask[:]...)
		for i := range payload {
			payload[i] ^= mask[i]
		}
	}
	return append(frame, payload...)
}
