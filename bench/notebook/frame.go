package main

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
)

// opClose is the frame by which one side of a websocket says goodbye.
const opClose = 8

// longLength is the length from which a frame's length needs more than 7 bits.
const longLength = 126

var errLong = errors.New("a message of more than 125 bytes")

type frame struct {
	opcode  byte
	payload []byte
}

// readFrame reads one frame from a client, as RFC 6455 §5.2 has it: short and masked.
func readFrame(r io.Reader) (frame, error) {
	var head [6]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	length := int(head[1] & 0x7f)
	if length >= longLength || head[1]&0x80 == 0 {
		return frame{}, errLong
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(r, payload); err != nil {
		return frame{}, err
	}
	for i := range payload {
		payload[i] ^= head[2+i%4]
	}
	return frame{opcode: head[0] & 0x0f, payload: payload}, nil
}

// answer is the same frame from the server's side: whole, and not masked.
func (f frame) answer() []byte {
	return append([]byte{0x80 | f.opcode, byte(len(f.payload))}, f.payload...)
}

// accept is the proof that the server understood the handshake (RFC 6455 §4.2.2,
// which asks for SHA-1; nothing is kept secret by it).
func accept(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
