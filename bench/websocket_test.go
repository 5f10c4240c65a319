package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// answerOnce accepts one connection, answers its handshake and then so many bytes with answer.
func answerOnce(t *testing.T, frame int, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		if _, err := http.ReadRequest(in); err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.CopyN(io.Discard, in, int64(frame))
		_, _ = io.WriteString(conn, answer)
		_, _ = io.Copy(io.Discard, in)
	}()
	return l.Addr().String()
}

func TestEcho(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, c := range []struct {
		answer string
		ok     bool
	}{
		{"\x81\x05hello", true}, {"\x81\x05hallo", false}, {"\x88\x05hello", false}, {"\x81\x04hell", false},
	} {
		ws, err := openWebsocket(ctx, answerOnce(t, 11, c.answer), "/", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := ws.echo([]byte("hello")); (err == nil) != c.ok {
			t.Errorf("%q: %v", c.answer, err)
		}
		ws.abandon()
	}
}

func TestEach(t *testing.T) {
	broken := errors.New("broken")
	done := make([]bool, 20)
	err := each(len(done), 3, func(i int) error {
		done[i] = true
		if i == 7 {
			return fmt.Errorf("number %d: %w", i, broken)
		}
		return nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
	for i, ok := range done {
		if !ok {
			t.Errorf("number %d was not done", i)
		}
	}
}
