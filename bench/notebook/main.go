// Command notebook is the notebook server that the benchmark has the hubs start. It
// answers at once and from memory, so that what is measured is the hub and its proxy:
// 100 bytes at small, 1 MiB at big, an echo of websocket messages at ws, all below
// the prefix that the hub gives it.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const (
	smallSize = 100
	bigSize   = 1 << 20
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "notebook:", err)
		os.Exit(1)
	}
}

func run() error {
	at, err := url.Parse(os.Getenv("JUPYTERHUB_SERVICE_URL"))
	if err != nil {
		return fmt.Errorf("read JUPYTERHUB_SERVICE_URL: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at.Host)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: routes(at.Path), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func routes(prefix string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+prefix+"small", fixed("text/plain", bytes.Repeat([]byte("s"), smallSize)))
	mux.Handle("GET "+prefix+"big", fixed("application/octet-stream", bytes.Repeat([]byte("b"), bigSize)))
	mux.Handle("GET "+prefix+"api", fixed("application/json", []byte(`{"version": "0"}`)))
	mux.HandleFunc("GET "+prefix+"ws", echo)
	mux.Handle("GET "+prefix, fixed("text/html", []byte("<!doctype html><title>Notebook of the benchmark</title>")))
	return mux
}

func fixed(kind string, body []byte) http.Handler {
	length := strconv.Itoa(len(body))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(body)
	})
}

// echo answers a websocket's messages with themselves until it is closed or breaks.
func echo(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if key == "" {
		http.Error(w, "this is for websockets", http.StatusBadRequest)
		return
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\n\r\n", accept(key))
	for err == nil {
		err = echoFrame(conn, rw)
	}
}

// echoFrame answers one frame. What it doesn't know ends the connection: the
// benchmark sends short whole messages.
func echoFrame(w io.Writer, r io.Reader) error {
	f, err := readFrame(r)
	if err != nil {
		return err
	}
	if _, err := w.Write(f.answer()); err != nil {
		return err
	}
	if f.opcode == opClose {
		return io.EOF
	}
	return nil
}
