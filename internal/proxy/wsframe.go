package proxy

import (
	"crypto/rand"
	"encoding/binary"
)

// frameParser follows a stream of websocket frames (RFC 6455, section 5.2) just enough
// to know when one is complete, so that a close frame can be put between two.
type frameParser struct {
	header      [14]byte
	headerSeen  int    // bytes of the header seen
	payloadLeft uint64 // bytes of the payload to come
	closed      bool   // a close frame has passed
}

const opClose = 0x8

// feed advances the parser by bytes of the stream. It reports whether there is any of a message in
// them: pings and pongs, by which both ends keep a connection open, are none.
func (fp *frameParser) feed(p []byte) (message bool) {
	for len(p) > 0 {
		if fp.payloadLeft > 0 {
			message = message || fp.opcode() < opClose
			n := min(fp.payloadLeft, uint64(len(p)))
			fp.payloadLeft -= n
			p = p[n:]
			continue
		}
		fp.header[fp.headerSeen] = p[0]
		fp.headerSeen++
		p = p[1:]
		if fp.headerSeen >= 2 && fp.headerSeen == fp.headerLen() {
			fp.payloadLeft = fp.payloadLen()
			fp.closed = fp.closed || fp.opcode() == opClose
			message = message || fp.opcode() < opClose
			fp.headerSeen = 0
		}
	}
	return message
}

// opcode is that of the frame whose header was seen last: from opClose on they are about the connection itself.
func (fp *frameParser) opcode() byte { return fp.header[0] & 0x0f }

func (fp *frameParser) headerLen() int {
	n := 2
	switch fp.header[1] & 0x7f {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if fp.header[1]&0x80 != 0 {
		n += 4 // the mask
	}
	return n
}

func (fp *frameParser) payloadLen() uint64 {
	switch n := fp.header[1] & 0x7f; n {
	case 126:
		return uint64(binary.BigEndian.Uint16(fp.header[2:]))
	case 127:
		return binary.BigEndian.Uint64(fp.header[2:])
	default:
		return uint64(n)
	}
}

// atBoundary reports whether a frame may be inserted here.
func (fp *frameParser) atBoundary() bool {
	return fp.headerSeen == 0 && fp.payloadLeft == 0 && !fp.closed
}

// closeFrame is a close frame with a code. A frame to a server has to be masked.
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
