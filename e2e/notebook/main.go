// Command notebook is the smallest thing that the hub can take for a notebook
// server: it answers below its prefix, without asking who asks. The end-to-end
// tests start it where JupyterLab would only be slow.
//
//	notebook [--delay DURATION] [--slow USER] [--fail USER]
//
// It waits for the delay before it listens, and for the user named by --slow for as
// long as the test looks on. For the user named by --fail it writes a traceback's
// last line and ends with status 3.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	delay := flag.Duration("delay", 0, "wait before listening")
	slow := flag.String("slow", "", "user whose server takes long to start")
	fail := flag.String("fail", "", "user whose server cannot start")
	flag.Parse()
	if user := os.Getenv("JUPYTERHUB_USER"); *slow != "" && user == *slow {
		*delay = time.Hour
	}
	if err := run(*delay, *fail); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

func run(delay time.Duration, fail string) error {
	if user := os.Getenv("JUPYTERHUB_USER"); fail != "" && user == fail {
		return errors.New("ModuleNotFoundError: No module named 'jupyterlab_of_the_test'")
	}
	at, err := url.Parse(os.Getenv("JUPYTERHUB_SERVICE_URL"))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(delay):
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at.Host)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: routes(at.Path), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func routes(prefix string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"api", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"version": "0"})
	})
	mux.HandleFunc("GET "+prefix+"whoami", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]any{
			"uid": os.Getuid(), "gid": os.Getgid(), "pid": os.Getpid(), "home": os.Getenv("HOME"),
			"headers": r.Header, "environment": names(os.Environ()),
		})
	})
	// What a process of this person can read.
	mux.HandleFunc("GET "+prefix+"read", func(w http.ResponseWriter, r *http.Request) {
		text, err := os.ReadFile(r.URL.Query().Get("path"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		_, _ = w.Write(text)
	})
	// The query's parameters become the answer's headers.
	mux.HandleFunc("GET "+prefix+"headers", func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.URL.Query() {
			for _, value := range values {
				w.Header().Add(name, value)
			}
		}
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc("GET "+prefix+"worker.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Service-Worker-Allowed", r.URL.Query().Get("scope"))
		_, _ = io.WriteString(w, "self.addEventListener('fetch', (e) => e.respondWith(new Response('taken over')));\n")
	})
	mux.HandleFunc("GET "+prefix, page)
	return mux
}

// page is empty: a test that drives a browser brings its own script.
func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><html lang=en><title>Notebook of the test</title><h1>Notebook of %s</h1><p>%s",
		os.Getenv("JUPYTERHUB_USER"), strings.NewReplacer("<", "&lt;", "&", "&amp;").Replace(r.URL.Path))
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func names(environ []string) []string {
	for i, v := range environ {
		environ[i], _, _ = strings.Cut(v, "=")
	}
	return environ
}
