package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	var asked [2]atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := asked[0].Add(1)
		if r.URL.Path == "/b" {
			asked[1].Add(1)
		}
		if n%10 == 0 {
			w.Header().Set("Connection", "close") // the load goes on with a new connection
		}
		_, _ = io.WriteString(w, "this is "+r.URL.Path)
	}))
	defer server.Close()
	addr := strings.TrimPrefix(server.URL, "http://")
	l := load{addr: addr, conns: 4}
	for _, path := range []string{"/a", "/b"} {
		l.exchanges = append(l.exchanges, exchange{send: get(addr, path, "", "X-Test: 1"), want: []byte("this is " + path)})
	}
	got, err := l.run(t.Context(), 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if int64(got.operations) != asked[0].Load() || got.operations == 0 || asked[1].Load() == 0 {
		t.Errorf("%d operations, but the server was asked %d times, %d of them for b", got.operations, asked[0].Load(), asked[1].Load())
	}
	l.exchanges[1].want = []byte("something else")
	if _, err := l.run(t.Context(), time.Minute); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("a wrong answer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.run(ctx, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}
