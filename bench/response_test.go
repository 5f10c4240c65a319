package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestResponses(t *testing.T) {
	type got struct {
		Status int
		Body   string
		Closes bool
	}
	for _, c := range []struct {
		name, text string
		want       []got
	}{
		{"with a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello", []got{{200, "hello", false}}},
		{"with a name in capitals", "HTTP/1.1 404 Not Found\r\nCONTENT-LENGTH:2\r\n\r\nno", []got{{404, "no", false}}},
		{
			"in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
			[]got{{200, "abc0123456789", false}},
		},
		{"without a body", "HTTP/1.1 204 No Content\r\n\r\n", []got{{204, "", false}}},
		{"the last one", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", []got{{200, "", true}}},
		{
			"two on one connection", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\ntwo",
			[]got{{200, "one", false}, {201, "two", false}},
		},
		{"a long one and a short one", "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + strings.Repeat("x", 99999) +
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny", []got{{200, strings.Repeat("x", 99999), false}, {200, "y", false}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
				answers := newResponseReader(in)
				var found []got
				for range c.want {
					res, err := answers.next()
					if err != nil {
						t.Fatal(err)
					}
					found = append(found, got{res.status, string(res.body), res.closes})
				}
				if diff := cmp.Diff(c.want, found); diff != "" {
					t.Error(diff)
				}
				if _, err := answers.next(); !errors.Is(err, io.EOF) {
					t.Errorf("then %v", err)
				}
			}
		})
	}
}

func TestWrongResponses(t *testing.T) {
	for _, text := range []string{
		"", "HTTP/1.1 200", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
	} {
		if res, err := newResponseReader(strings.NewReader(text)).next(); err == nil {
			t.Errorf("%q is read as %d %q", text, res.status, res.body)
		}
	}
}

func TestCheck(t *testing.T) {
	e := exchange{want: []byte("right"), size: 10}
	for _, c := range []struct {
		res response
		ok  bool
	}{
		{response{status: 200, body: []byte("all right!")}, true},
		{response{status: 200, body: []byte("all right")}, false},
		{response{status: 200, body: []byte("all wrong!")}, false},
		{response{status: 503, body: []byte("all right!")}, false},
	} {
		if err := e.check(c.res); (err == nil) != c.ok {
			t.Errorf("%d %q: %v", c.res.status, c.res.body, err)
		}
	}
}
