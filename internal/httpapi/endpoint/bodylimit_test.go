package endpoint_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// Bulk work is for those who may do something to others.
func TestAStudentSendsNoMoreThanTheyCanNeed(t *testing.T) {
	h := httpapitest.New(t)
	student := httpapitest.Bearer(h.Token(h.User("ann", false)))
	teacher := httpapitest.Bearer(h.Token(h.User("root", true), "start:servers!group=cs101"))
	for _, c := range []struct {
		name string
		as   httpapitest.Asker
		size int64
		want int
	}{
		{"a student's own server", student, 40, 200},
		{"a student's, much", student, endpoint.MaxOwnBody + 1, 413},
		{"a teacher's, much", teacher, endpoint.MaxBody + 1, 400},
		{"a teacher's, too much", teacher, endpoint.MaxLargeBody + 1, 413},
	} {
		b := &httpapitest.Watched{Reader: strings.NewReader(`{"servers": [], "dry_run": true}        `)}
		if c.size > 40 {
			b.Reader = io.LimitReader(endless{}, c.size)
		}
		w := h.SendBody("POST", "/hub/api/bulk/servers/start", b, c.size, c.as)
		if w.Code != c.want || c.want == 413 && b.Bytes > 0 {
			t.Errorf("%s: %d %s, %d bytes were read", c.name, w.Code, w.Body, b.Bytes)
		}
	}
}

// What is sent along with a form is on the disk for as long as its request, whether or
// not the form is any good.
func TestNothingThatIsSentWithAFormStaysOnTheDisk(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v := h.LoggedIn("ann", "ann's password")
	good := v.Token(v.Get("/hub/spawn?opt-x=1"))
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	for name, token := range map[string]string{"a good form": good, "a form of somebody else's": "x"} {
		var form bytes.Buffer
		parts := multipart.NewWriter(&form)
		file, err := parts.CreateFormFile("file", "large")
		if err == nil {
			_, err = io.CopyN(file, endless{}, 2*endpoint.FormMemory)
		}
		if err := errors.Join(err, parts.WriteField("_xsrf", token), parts.Close()); err != nil {
			t.Fatal(err)
		}
		w := v.Send("POST", "/hub/spawn", form.String(), httpapitest.Header("Content-Type", parts.FormDataContentType()))
		left, err := os.ReadDir(folder)
		if err != nil || w.Code < 400 || len(left) > 0 {
			t.Errorf("%s: %d, and left is %v (%v)", name, w.Code, left, err)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// stuck is a body that never ends; it tells when somebody begins to read it.
type stuck struct {
	began chan<- struct{}
	end   <-chan struct{}
	once  sync.Once
}

func (s *stuck) Read([]byte) (int, error) {
	s.once.Do(func() { s.began <- struct{}{} })
	<-s.end
	return 0, io.ErrUnexpectedEOF
}

// Ten connections of one person hold what one holds, and are in nobody's way.
func TestLargeRequestsOfOnePersonTakeTurns(t *testing.T) {
	h := httpapitest.New(t)
	h.Server.Env().SetBodyWait(50 * time.Millisecond)
	ann, bob := httpapitest.Bearer(h.Token(h.User("ann", false))), httpapitest.Bearer(h.Token(h.User("bob", false)))
	began, end := make(chan struct{}, 10), make(chan struct{})
	answers := make(chan *httptest.ResponseRecorder, 10)
	for range 10 {
		go func() {
			answers <- h.SendBody("POST", "/hub/api/users/ann/tokens", &stuck{began: began, end: end}, endpoint.MaxOwnBody, ann)
		}()
	}
	const atOnce = endpoint.OwnBodyQuota / endpoint.OwnWeight / endpoint.MaxOwnBody
	for range 10 - atOnce {
		w := <-answers
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
			t.Errorf("%d %s, Retry-After %q", w.Code, w.Body, w.Header().Get("Retry-After"))
		}
	}
	if len(began) != atOnce {
		t.Errorf("%d were being read at a time", len(began))
	}
	large := `{"note": "x"}` + strings.Repeat(" ", 20<<10)
	if w := h.Do("POST", "/hub/api/users/bob/tokens", large, bob); w.Code != http.StatusCreated {
		t.Errorf("somebody else: %d %s", w.Code, w.Body)
	}
	if w := h.Do("POST", "/hub/api/users/ann/tokens", `{"note": "small"}`, ann); w.Code != http.StatusCreated {
		t.Errorf("a small one of hers: %d %s", w.Code, w.Body)
	}
	close(end)
	for range atOnce {
		if w := <-answers; w.Code != http.StatusBadRequest {
			t.Errorf("one that broke off: %d %s", w.Code, w.Body)
		}
	}
	if w := h.Do("POST", "/hub/api/users/ann/tokens", large, ann); w.Code != http.StatusCreated {
		t.Errorf("when the others are done: %d %s", w.Code, w.Body)
	}
	if n := h.Server.Env().BodyOwners(); n != 0 {
		t.Errorf("%d people are remembered", n)
	}
}

// A few students who send slowly, on purpose, fill the room there is for people. Their teacher
// still sends a list.
func TestSlowStudentsKeepNoTeacherFromTheList(t *testing.T) {
	h := httpapitest.New(t)
	h.Server.Env().SetBodyWait(50 * time.Millisecond)
	root, eve := httpapitest.Bearer(h.Token(h.User("root", true))), httpapitest.Bearer(h.Token(h.User("eve", false)))
	students := int64(0)
	for { // until there is no room for one more
		students++
		release, err := h.Server.Env().AcquireBody(t.Context(), &access.Requester{User: hub.User{ID: 1000 + students}}, endpoint.MaxOwnBody*endpoint.OwnWeight, false)
		if err != nil {
			break
		}
		defer release()
	}
	release, err := h.Server.Env().AcquireBody(t.Context(), &access.Requester{User: hub.User{ID: 1000 + students}}, 1<<20, false)
	if err == nil { // what was left
		defer release()
	}
	padding := strings.Repeat(" ", 1<<20-100)
	if w := h.Do("POST", "/hub/api/users/eve/tokens", `{"note": "x"}`+padding, eve); w.Code != http.StatusServiceUnavailable {
		t.Fatalf("there is room for people: %d", w.Code)
	}
	for range 3 {
		if w := h.Do("POST", "/hub/api/bulk/users", `{"users": [{"username": "ann"}]}`+padding, root); w.Code != http.StatusOK {
			t.Errorf("a list: %d %s", w.Code, w.Body)
		}
	}
	if w := h.Do("POST", "/hub/api/users/eve/tokens", `{"note": "x"}`, eve); w.Code != http.StatusCreated {
		t.Errorf("what is small: %d %s", w.Code, w.Body)
	}
}

// A body that does not say how large it is takes room as it grows.
func TestBodyOfUnknownSizeTakesRoomAsItGrows(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	person := httpapitest.Bearer(h.Token(ann))
	for _, size := range []int{100, endpoint.UncountedBody, endpoint.UncountedBody + 1, 1 << 19, endpoint.MaxOwnBody} {
		text := `{"note": "x"}` + strings.Repeat(" ", size-13)
		if w := h.SendBody("POST", "/hub/api/users/ann/tokens", io.MultiReader(strings.NewReader(text)), -1, person); w.Code != http.StatusCreated {
			t.Errorf("%d bytes: %d %s", size, w.Code, w.Body)
		}
	}
	if w := h.SendBody("POST", "/hub/api/users/ann/tokens", io.LimitReader(endless{}, endpoint.MaxOwnBody+1), -1, person); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too much: %d %s", w.Code, w.Body)
	}
	h.Server.Env().SetBodyWait(50 * time.Millisecond)
	for range 2 { // of hers are under way
		release, err := h.Server.Env().AcquireBody(t.Context(), &access.Requester{User: ann}, (endpoint.OwnBodyQuota-1<<20)/2, false)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
	}
	b := &httpapitest.Watched{Reader: io.LimitReader(endless{}, endpoint.MaxOwnBody)}
	if w := h.SendBody("POST", "/hub/api/users/ann/tokens", b, -1, person); w.Code != http.StatusTooManyRequests || b.Bytes > endpoint.MaxOwnBody/2 {
		t.Errorf("where there is little room: %d %s, %d bytes were read", w.Code, w.Body, b.Bytes)
	}
}

// A client that sends all before it looks for the answer, and wants the connection closed,
// as Python's urllib does, reads why it was refused instead of finding a broken connection.
func TestAnswerReachesWhoSendsAllFirst(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	hub := httptest.NewServer(h.Server)
	defer hub.Close()
	const size = 16 << 20 // more than what the machine keeps of a connection
	for name, c := range map[string]struct {
		token string
		size  string
		want  int
	}{
		"nobody":             {"", "Content-Length: 16777216", http.StatusRequestEntityTooLarge},
		"without the right":  {h.Token(ann, []string{}...), "Content-Length: 16777216", http.StatusForbidden},
		"larger than may be": {h.Token(ann, "inherit"), "Content-Length: 16777216", http.StatusRequestEntityTooLarge},
		"of unknown size":    {h.Token(ann, []string{}...), "Transfer-Encoding: chunked", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", hub.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			head := "POST /hub/api/users/ann/tokens HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nAuthorization: token " + c.token + "\r\n" + c.size + "\r\n\r\n"
			body := bytes.Repeat([]byte(" "), size)
			if strings.HasPrefix(c.size, "Transfer") {
				body = fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", size, body)
			}
			if _, err := conn.Write(append([]byte(head), body...)); err != nil {
				t.Fatalf("sending: %v", err)
			}
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatalf("the answer: %v", err)
			}
			defer res.Body.Close()
			if said, err := io.ReadAll(res.Body); err != nil || res.StatusCode != c.want || !bytes.Contains(said, []byte(`"message"`)) {
				t.Errorf("the answer is %d (%v): %s, want %d and why", res.StatusCode, err, said, c.want)
			}
		})
	}
}
