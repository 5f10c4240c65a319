package e2e_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// notebook is a person's way to their notebook server through the hub's proxy: with
// a token, or with a browser's cookies.
type notebook struct {
	t      *testing.T
	base   string // of the hub
	prefix string // of the server
	header http.Header
	client *http.Client
}

// Notebook speaks to somebody's default server with the token.
func (a *api) Notebook(name string) *notebook {
	return &notebook{
		t: a.t, base: a.base, prefix: "/user/" + name + "/", client: a.http,
		header: http.Header{"Authorization": {"token " + a.token}},
	}
}

// Notebook speaks to somebody's default server with the cookies that the browser
// got when it opened it.
func (b *browser) Notebook(name string) *notebook {
	b.t.Helper()
	return b.NotebookAt(b.base, name)
}

// NotebookAt is Notebook for a server at another origin than the hub's.
func (b *browser) NotebookAt(origin, name string) *notebook {
	b.t.Helper()
	n := &notebook{t: b.t, base: origin, prefix: "/user/" + name + "/", client: b.http, header: http.Header{}}
	xsrf := b.Cookie(origin+n.prefix, "_xsrf")
	if xsrf == "" {
		b.t.Fatalf("the server has set no _xsrf cookie at %s", n.prefix)
	}
	n.header.Set("X-Xsrftoken", xsrf)
	return n
}

// Try asks the server for something below its prefix.
func (n *notebook) Try(method, path, body string) (answer, error) {
	req, err := http.NewRequest(method, n.base+n.prefix+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header = n.header.Clone()
	return send(n.client, req)
}

// kernel is an open connection to a kernel.
type kernel struct {
	t    *testing.T
	ID   string
	conn *websocket.Conn
}

// StartKernel starts a Python kernel and connects to it.
func (n *notebook) StartKernel() *kernel {
	n.t.Helper()
	got, err := n.Try(http.MethodPost, "api/kernels", `{"name": "python3"}`)
	if err != nil {
		n.t.Fatal(err)
	}
	if got.Status != http.StatusCreated {
		n.t.Fatalf("start a kernel: status %d: %s", got.Status, shorten(got.Body))
	}
	var made struct{ ID string }
	decode(n.t, got.Body, &made)
	return n.Connect(made.ID)
}

// Connect opens the websocket of a kernel that runs.
func (n *notebook) Connect(id string) *kernel {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), startPatience)
	defer cancel()
	client := *n.client
	client.Timeout = 0 // it would end the connection
	//nolint:bodyclose // the library has taken or closed it
	conn, res, err := websocket.Dial(ctx, n.base+n.prefix+"api/kernels/"+id+"/channels", &websocket.DialOptions{
		HTTPClient: &client, HTTPHeader: n.header,
	})
	if err != nil {
		status := 0
		if res != nil {
			status = res.StatusCode
		}
		n.t.Fatalf("connect to the kernel: status %d: %v", status, err)
	}
	conn.SetReadLimit(16 << 20)
	n.t.Cleanup(func() { _ = conn.CloseNow() })
	return &kernel{t: n.t, ID: id, conn: conn}
}

// message is one of the Jupyter kernel protocol, as the websocket carries it.
type message struct {
	Header   header          `json:"header"`
	Parent   header          `json:"parent_header"`
	Metadata map[string]any  `json:"metadata"`
	Content  json.RawMessage `json:"content"`
	Channel  string          `json:"channel"`
}

type header struct {
	ID       string `json:"msg_id,omitempty"`
	Type     string `json:"msg_type,omitempty"`
	Username string `json:"username,omitempty"`
	Session  string `json:"session,omitempty"`
	Date     string `json:"date,omitempty"`
	Version  string `json:"version,omitempty"`
}

// Run executes code and gives what it printed and what it came to.
func (k *kernel) Run(code string) string {
	k.t.Helper()
	text, err := k.TryRun(code)
	if err != nil {
		k.t.Fatalf("run %q: %v", code, err)
	}
	return text
}

// TryRun is Run for code that may fail.
func (k *kernel) TryRun(code string) (string, error) {
	ctx, cancel := context.WithTimeout(k.t.Context(), startPatience)
	defer cancel()
	id, err := k.send(ctx, code)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for idle, replied := false, false; !idle || !replied; {
		m, err := k.read(ctx)
		if err != nil {
			return out.String(), err
		}
		if m.Parent.ID != id {
			continue
		}
		var content struct {
			Text   string            `json:"text"`
			Data   map[string]any    `json:"data"`
			State  string            `json:"execution_state"`
			Status string            `json:"status"`
			Name   string            `json:"ename"`
			Value  string            `json:"evalue"`
			_      map[string]string `json:"-"`
		}
		if err := json.Unmarshal(m.Content, &content); err != nil {
			return out.String(), err
		}
		switch m.Header.Type {
		case "stream":
			out.WriteString(content.Text)
		case "execute_result":
			fmt.Fprint(&out, content.Data["text/plain"])
		case "error":
			return out.String(), fmt.Errorf("%s: %s", content.Name, content.Value)
		case "status":
			idle = idle || content.State == "idle"
		case "execute_reply":
			replied = true
		}
	}
	return out.String(), nil
}

func (k *kernel) send(ctx context.Context, code string) (string, error) {
	id := rand.Text()
	content, err := json.Marshal(map[string]any{
		"code": code, "silent": false, "store_history": true, "user_expressions": map[string]any{}, "allow_stdin": false,
	})
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(message{
		Header: header{
			ID: id, Type: "execute_request", Username: "test", Session: "session-of-the-test", Version: "5.3",
			Date: time.Now().UTC().Format(time.RFC3339),
		},
		Metadata: map[string]any{}, Content: content, Channel: "shell",
	})
	if err != nil {
		return "", err
	}
	return id, k.conn.Write(ctx, websocket.MessageText, text)
}

func (k *kernel) read(ctx context.Context) (message, error) {
	var m message
	kind, text, err := k.conn.Read(ctx)
	if err != nil {
		return m, err
	}
	if kind != websocket.MessageText {
		return m, errors.New("a binary message")
	}
	return m, json.Unmarshal(text, &m)
}

// Closed tells whether somebody closes the connection within the time.
func (k *kernel) Closed(within time.Duration) bool {
	ctx, cancel := context.WithTimeout(k.t.Context(), within)
	defer cancel()
	for {
		if _, _, err := k.conn.Read(ctx); err != nil {
			return ctx.Err() == nil
		}
	}
}
