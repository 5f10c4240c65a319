package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// response is as much of an HTTP/1.1 answer as the benchmark looks at. Body is valid
// until the next answer is read with the same reader.
type response struct {
	status int
	body   []byte
	closes bool // the server closes the connection after it
}

// responseReader reads one answer after the other from a connection. It parses no
// more than it must, since it shares the processors with what is measured.
type responseReader struct {
	in   *bufio.Reader
	body []byte
}

func newResponseReader(r io.Reader) *responseReader {
	return newResponseReaderSize(r, 64<<10)
}

func newResponseReaderSize(r io.Reader, size int) *responseReader {
	return &responseReader{in: bufio.NewReaderSize(r, size)}
}

var errNotHTTP = errors.New("not an HTTP/1.1 answer")

// next reads one answer to a GET or POST: with a length, in chunks, or without body.
func (r *responseReader) next() (response, error) {
	var res response
	line, err := r.line()
	if err != nil {
		return res, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return res, fmt.Errorf("%w: %.60q", errNotHTTP, line)
	}
	if res.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return res, fmt.Errorf("%w: %.60q", errNotHTTP, line)
	}
	length, chunked, err := r.headers(&res)
	if err != nil {
		return res, err
	}
	r.body = r.body[:0]
	switch {
	case res.status == 101 || res.status == 204 || res.status == 304:
	case chunked:
		err = r.chunks()
	case length >= 0:
		err = r.take(length)
	default:
		err = fmt.Errorf("%w: it says no length", errNotHTTP)
	}
	res.body = r.body
	return res, err
}

// headers reads up to the empty line. The length is -1 where none is said.
func (r *responseReader) headers(res *response) (length int, chunked bool, err error) {
	length = -1
	for {
		line, err := r.line()
		if err != nil || len(line) == 0 {
			return length, chunked, err
		}
		if value, ok := header(line, "content-length:"); ok {
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 {
				return 0, false, fmt.Errorf("%w: length %.20q", errNotHTTP, value)
			}
		} else if value, ok := header(line, "transfer-encoding:"); ok {
			chunked = bytes.EqualFold(value, []byte("chunked"))
		} else if value, ok := header(line, "connection:"); ok {
			res.closes = bytes.EqualFold(value, []byte("close"))
		}
	}
}

func header(line []byte, name string) ([]byte, bool) {
	if len(line) < len(name) || !bytes.EqualFold(line[:len(name)], []byte(name)) {
		return nil, false
	}
	return bytes.TrimSpace(line[len(name):]), true
}

// line is the next line without its end. It is valid until the next read.
func (r *responseReader) line() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

func (r *responseReader) chunks() error {
	for {
		line, err := r.line()
		if err != nil {
			return err
		}
		digits, _, _ := bytes.Cut(line, []byte(";"))
		size, err := strconv.ParseUint(string(bytes.TrimSpace(digits)), 16, 31)
		if err != nil {
			return fmt.Errorf("%w: chunk of %.20q bytes", errNotHTTP, line)
		}
		if err := r.take(int(size)); err != nil {
			return err
		}
		if line, err = r.line(); err != nil {
			return err
		}
		if len(line) != 0 {
			return fmt.Errorf("%w: a chunk ends with %.20q", errNotHTTP, line)
		}
		if size == 0 {
			return nil
		}
	}
}

// take adds n bytes to the body.
func (r *responseReader) take(n int) error {
	from := len(r.body)
	if cap(r.body) < from+n {
		grown := make([]byte, from, max(from+n, 2*cap(r.body)))
		copy(grown, r.body)
		r.body = grown
	}
	r.body = r.body[:from+n]
	_, err := io.ReadFull(r.in, r.body[from:])
	return err
}
