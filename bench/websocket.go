package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

// websocket is a client's side of one, with messages as short as this benchmark's.
type websocket struct {
	conn net.Conn
	in   *responseReader
}

// openWebsocket makes the connection and the handshake. The key and the mask are
// always the same: nobody between here and there caches.
func openWebsocket(ctx context.Context, addr, path, cookie string) (*websocket, error) {
	conn, err := dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	ws := &websocket{conn: conn, in: newResponseReaderSize(conn, 512)}
	if err := ws.handshake(addr, path, cookie); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("open a websocket: %w", err)
	}
	return ws, nil
}

func (ws *websocket) handshake(addr, path, cookie string) error {
	if err := ws.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	request := get(addr, path, cookie, "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
	if _, err := ws.conn.Write(request); err != nil {
		return err
	}
	res, err := ws.in.next()
	if err == nil && res.status != 101 {
		err = fmt.Errorf("status %d: %.300q", res.status, res.body)
	}
	return err
}

const (
	opText  = 1
	opClose = 8
)

// send writes one whole masked frame with a payload of less than 126 bytes.
func (ws *websocket) send(opcode byte, payload []byte) error {
	mask := [4]byte{1, 2, 3, 4}
	frame := make([]byte, 0, 6+len(payload))
	frame = append(frame, 0x80|opcode, 0x80|byte(len(payload)))
	frame = append(frame, mask[:]...)
	for i, c := range payload {
		frame = append(frame, c^mask[i%4])
	}
	_, err := ws.conn.Write(frame)
	return err
}

// receive reads one frame.
func (ws *websocket) receive() (opcode byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(ws.in.in, head[:]); err != nil {
		return 0, nil, err
	}
	payload = make([]byte, head[1]&0x7f)
	_, err = io.ReadFull(ws.in.in, payload)
	return head[0] & 0x0f, payload, err
}

// echo sends a message and waits until it is back.
func (ws *websocket) echo(message []byte) error {
	if err := ws.send(opText, message); err != nil {
		return fmt.Errorf("send a message: %w", err)
	}
	opcode, back, err := ws.receive()
	if err != nil {
		return fmt.Errorf("wait for the echo: %w", err)
	}
	if opcode != opText || !bytes.Equal(back, message) {
		return fmt.Errorf("an echo of %d %q instead of %q", opcode, back, message)
	}
	return nil
}

// close says goodbye and waits for the answer.
func (ws *websocket) close() error {
	defer ws.conn.Close()
	if err := ws.send(opClose, []byte{0x03, 0xe8}); err != nil { // 1000: done
		return err
	}
	_, _, err := ws.receive()
	return err
}

// abandon goes without a word, as a laptop that is shut: the connection is reset.
func (ws *websocket) abandon() {
	if tcp, ok := ws.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = ws.conn.Close()
}
