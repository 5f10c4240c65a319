package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAnswers(t *testing.T) {
	server := httptest.NewServer(routes("/user/x/"))
	defer server.Close()
	for path, want := range map[string]struct{ status, size int }{
		"/user/x/small": {200, smallSize}, "/user/x/big": {200, bigSize}, "/user/x/api": {200, 16}, "/user/y/small": {404, 19}, "/user/x/ws": {400, 23},
	} {
		res, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != want.status || len(body) != want.size {
			t.Errorf("%s: %d, %d bytes, %v", path, res.StatusCode, len(body), err)
		}
	}
}

func TestWebsocket(t *testing.T) {
	server := httptest.NewServer(routes("/user/x/"))
	defer server.Close()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /user/x/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	_, _ = io.WriteString(conn, "\x81\x82\x01\x02\x03\x04"+"ik"+"\x88\x80\x01\x02\x03\x04") // "hi", and the end
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	// The accept is the example of RFC 6455 §1.3.
	if !bytes.Contains(got, []byte("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")) || !bytes.HasSuffix(got, []byte("\r\n\r\n\x81\x02hi\x88\x00")) {
		t.Errorf("got %q", got)
	}
}

func TestFramesThatAreNone(t *testing.T) {
	for _, text := range []string{"", "\x81", "\x81\x05hello", "\x81\xfe\x00\x80\x01\x02\x03\x04", "\x81\x85\x01\x02\x03\x04hel"} {
		if f, err := readFrame(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read as %+v", text, f)
		}
	}
}
