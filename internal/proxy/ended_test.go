package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/atriumhub/atrium/internal/data"
)

func TestRevocationClosesWebsockets(t *testing.T) {
	const session, token = withSession, "Authorization: token " + aliceToken
	for name, c := range map[string]struct {
		with   string
		forget string
		change data.Change
	}{
		"session revoked":         {session, aliceSession, data.Change{Kind: data.SessionRevoked, UserID: 1, Key: "hash-of-session"}},
		"session, person unknown": {session, aliceSession, data.Change{Kind: data.SessionRevoked, Key: "hash-of-session"}},
		"token revoked":           {token, aliceToken, data.Change{Kind: data.TokenRevoked, UserID: 1, Key: "hash-of-token"}},
		"person suspended":        {session, aliceSession, data.Change{Kind: data.UserChanged, ID: 1, UserID: 1}},
		"changes were missed":     {token, aliceToken, data.Change{Kind: data.Resync}},
	} {
		t.Run(name, func(t *testing.T) {
			server := newEcho()
			w := newWorld(t, server.ServeHTTP)
			hit := w.dial(context.Background(), c.with)
			other := w.dial(context.Background(), "Cookie: jupyterhub-session-id=session-of-bob")
			says(t, hit, "hello")
			says(t, other, "hello")
			w.people.forget(c.forget)
			w.proxy.Apply(c.change)
			closedWith(t, hit, policyViolation)
			if got := <-server.closes; got != policyViolation {
				t.Errorf("the server saw %d", got)
			}
			says(t, other, "still here")
		})
	}
}

func TestTokenInTheURLOfAWebsocketIsBound(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	c, res, err := websocket.Dial(context.Background(), w.front.URL+"/user/alice/x/channels?token="+aliceToken, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	defer func() { _ = c.CloseNow() }()
	says(t, c, "hello")
	w.proxy.Apply(data.Change{Kind: data.TokenRevoked, UserID: 1, Key: "hash-of-token"})
	closedWith(t, c, policyViolation)
}

func TestAChangeOfThePersonKeepsWhatIsStillGood(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	c := w.dial(context.Background(), withSession)
	says(t, c, "before")
	w.proxy.Apply(data.Change{Kind: data.UserChanged, ID: 1, UserID: 1})
	w.proxy.Apply(data.Change{Kind: data.SessionRevoked, UserID: 1, Key: "another session"})
	w.proxy.Apply(data.Change{Kind: data.TokenRevoked, UserID: 1, Key: ""})
	says(t, c, "after")
}

func TestADatabaseThatIsAwayClosesNothing(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	c := w.dial(context.Background(), withSession)
	w.people.setUnavailable(true)
	w.people.forget(aliceSession)
	w.proxy.Apply(data.Change{Kind: data.Resync})
	says(t, c, "still here")
	w.people.setUnavailable(false)
	w.proxy.Apply(data.Change{Kind: data.Resync})
	closedWith(t, c, policyViolation)
}

func TestExpiryIsNoticedWithoutAChange(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { w.proxy.Run(ctx) })
	c := w.dial(context.Background(), withSession)
	says(t, c, "hello")
	w.people.forget(aliceSession)
	closedWith(t, c, policyViolation)
	cancel()
	wg.Wait()
}

func TestRevocationEndsEventStreams(t *testing.T) {
	server := newEcho()
	w := newWorld(t, server.ServeHTTP)
	req, _ := http.NewRequest(http.MethodGet, w.front.URL+"/user/alice/events", nil)
	req.Header.Set("Authorization", "token "+aliceToken)
	res, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	if line != "data: hello\n" || err != nil {
		t.Fatalf("an event is not passed on at once: %q, %v", line, err)
	}
	w.proxy.Apply(data.Change{Kind: data.TokenRevoked, UserID: 1, Key: "hash-of-token"})
	if _, err := io.Copy(io.Discard, res.Body); err == nil {
		t.Error("the stream ended as if it were complete")
	}
	eventually(t, "the server notices", func() bool { return server.open.Load() == 0 })
}

// A client that asks for much and reads nothing blocks our write, which knows no context.
func TestRevocationReachesAClientThatDoesNotRead(t *testing.T) {
	done := make(chan struct{})
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		block := make([]byte, 1<<20)
		for r.Context().Err() == nil {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	conn, err := net.Dial("tcp", w.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "GET /user/alice/big HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", withSession)
	if _, err := io.ReadFull(conn, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	w.proxy.Apply(data.Change{Kind: data.SessionRevoked, UserID: 1, Key: "hash-of-session"})
	<-done
	eventually(t, "the exchange ends", func() bool { return w.openExchanges() == 0 })
}

func (w *world) openExchanges() int {
	return len(w.proxy.exchanges.find(0, func(*exchange) bool { return true }))
}

func TestDrainSaysGoodbye(t *testing.T) {
	server := newEcho()
	release := make(chan struct{})
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/slow") {
			_ = http.NewResponseController(rw).Flush()
			<-release
			_, _ = fmt.Fprint(rw, "whole")
			return
		}
		server.ServeHTTP(rw, r)
	})
	c := w.dial(context.Background(), withSession)
	says(t, c, "hello")
	slow := make(chan string)
	go func() {
		_, body := w.get("/user/alice/slow")
		slow <- body
	}()
	eventually(t, "both are on their way", func() bool { return w.openExchanges() == 2 })

	drained := make(chan error)
	go func() { drained <- w.proxy.Drain(context.Background()) }()
	closedWith(t, c, goingAway)
	if got := <-server.closes; got != goingAway {
		t.Errorf("the server saw %d", got)
	}
	if res, _ := w.get("/user/alice/channels", "Upgrade: websocket", "Connection: Upgrade"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a websocket while draining: %d", res.StatusCode)
	}
	close(release)
	if body := <-slow; body != "whole" {
		t.Errorf("a download was cut: %q", body)
	}
	if err := <-drained; err != nil {
		t.Error(err)
	}
}

func TestDrainGivesUp(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(rw).Flush()
		<-r.Context().Done()
	})
	go func() {
		res, err := http.Get(w.front.URL + "/user/alice/forever")
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
		http.DefaultClient.CloseIdleConnections()
	}()
	eventually(t, "it is on its way", func() bool { return w.openExchanges() == 1 })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.proxy.Drain(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	eventually(t, "it is cut off", func() bool { return w.openExchanges() == 0 })
}

func TestWebsocketsOfARouteThatGoesAreClosed(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	bob := alice(w.upstream.URL)
	bob.Prefix, bob.ServerID = "/user/bob/", 8
	c := w.dial(context.Background(), withSession)
	says(t, c, "hello")
	w.proxy.SetRoutes([]Route{alice(w.upstream.URL), bob})
	says(t, c, "the same route in another table")
	w.proxy.SetRoutes([]Route{bob})
	closedWith(t, c, goingAway)
}

// A browser that sleeps answers no close frame. Whoever changes routes or takes rights away
// waits for none: the next server's route would come late, and so would the next revocation.
func TestSleepingBrowsersKeepNobodyWaiting(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	w.proxy.closeTimeout = time.Hour
	awake := make(chan struct{})
	var sleeping []net.Conn
	defer func() {
		for _, c := range sleeping {
			_ = c.Close()
		}
	}()
	for range 3 {
		conn, err := net.Dial("tcp", w.front.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		sleeping = append(sleeping, conn)
		if _, err := fmt.Fprintf(conn, "GET /user/alice/api/kernels/1/channels HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n\r\n", withSession); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "101") {
			t.Fatalf("%s, %v", line, err)
		}
	}
	go func() {
		defer close(awake)
		w.proxy.Apply(data.Change{Kind: data.SessionRevoked, UserID: 1, Key: "hash-of-session"})
		w.proxy.SetRoutes(nil)
		w.proxy.SetRoutes([]Route{alice(w.upstream.URL)})
	}()
	select {
	case <-awake:
	case <-time.After(20 * time.Second):
		t.Fatal("routes and revocations wait for browsers that sleep")
	}
	if got, _ := w.get("/user/alice/lab"); got.StatusCode != http.StatusOK {
		t.Errorf("the server's new route: %d", got.StatusCode)
	}
}
