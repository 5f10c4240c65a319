package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/hub"
)

var someNames = []string{"alice", "alic", "alice2", "a b", "ä", "~t", "a@b", "a%b", "bob", "gpu", "user", "..x"}

// spelled draws one of the ways in which a name may be escaped.
func spelled(t *rapid.T, name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		safe := c >= 'a' && c <= 'z' || strings.IndexByte("~@.", c) >= 0
		switch how := rapid.IntRange(0, 5).Draw(t, "how"); {
		case safe && how > 1:
			b.WriteByte(c)
		case how%2 == 0:
			b.WriteString("%" + strings.ToUpper(hexOf(c)))
		default:
			b.WriteString("%" + strings.ToLower(hexOf(c)))
		}
	}
	return b.String()
}

func hexOf(c byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[c>>4], digits[c&15]})
}

// The table against the plainest way to say what it does: of the routes whose
// decoded segments the path begins with, the one with most.
func TestMatchIsTheLongestPrefixOfWholeSegments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefixes := rapid.SliceOfDistinct(rapid.SliceOfN(rapid.SampledFrom(someNames), 1, 3),
			func(s []string) string { return strings.Join(s, "/") }).Draw(t, "prefixes")
		var entries []*entry
		for i, names := range prefixes {
			p := "/"
			for _, n := range names {
				p += hub.EscapeName(n) + "/"
			}
			entries = append(entries, &entry{Route: Route{Prefix: p, ServerID: int64(i)}})
		}
		names := rapid.SliceOfN(rapid.SampledFrom(append([]string{""}, someNames...)), 0, 5).Draw(t, "path")
		path := ""
		for _, n := range names {
			path += "/" + spelled(t, n)
		}
		best := -1
		for i, prefix := range prefixes {
			if len(prefix) <= len(names) && slices.Equal(prefix, names[:len(prefix)]) && (best < 0 || len(prefix) > len(prefixes[best])) {
				best = i
			}
		}
		got, noSlash := newTable(entries).match(path)
		switch {
		case best < 0 && got != nil:
			t.Fatalf("%s went to %s", path, got.Prefix)
		case best >= 0 && got != entries[best]:
			t.Fatalf("%s went to %v, want %s", path, got, entries[best].Prefix)
		case best >= 0 && noSlash != (len(names) == len(prefixes[best])):
			t.Fatalf("%s: bare is %v", path, noSlash)
		}
	})
}

// Whatever way somebody normalises a path that we let through, it stays with the
// same server.
func FuzzPathsStayWithTheirServer(f *testing.F) {
	for _, seed := range []string{
		"/user/alice/../bob/", "/user/alice/%2e%2e/bob", "/user/alice/.%2E/..", "/user/alice/..%2f..%2fuser/bob/",
		"/user/alice//../../bob/", "/user/alice/a/../b", "/user/alice/gpu/..", "/user/bob", "//user/alice/", "/user/alice/%", "/user/alice/%2",
	} {
		f.Add(seed)
	}
	var entries []*entry
	for _, p := range []string{"/user/alice/", "/user/alice/gpu/", "/user/bob/", "/services/x/"} {
		entries = append(entries, &entry{Route: Route{Prefix: p}})
	}
	table := newTable(entries)
	f.Fuzz(func(t *testing.T, path string) {
		if strings.ContainsAny(path, "?#") {
			return // a path holds neither, see rawPath
		}
		e, _ := table.match(path)
		if e == nil || !table.resolvesOnlyTo(path, e) {
			return
		}
		u, err := url.Parse("http://x/")
		if err != nil {
			t.Fatal(err)
		}
		joined := u.JoinPath(path) // the standard library's way to clean a path
		if got, _ := table.match(joined.EscapedPath()); got != e {
			t.Errorf("%q goes to %s, cleaned as %q it would go to %v", path, e.Prefix, joined.EscapedPath(), got)
		}
		if ref, err := u.Parse(path); err == nil && ref.Host == "x" && strings.HasPrefix(path, "/") {
			if got, _ := table.match(ref.EscapedPath()); got != e {
				t.Errorf("%q goes to %s, resolved as %q it would go to %v", path, e.Prefix, ref.EscapedPath(), got)
			}
		}
	})
}

// Scopes are compared as strings, after tabs were dropped and dots resolved.
func TestServiceWorkerScopes(t *testing.T) {
	for scope, want := range map[string]bool{
		"/user/al/":             true,
		"/user/al/lab/":         true,
		"/user/al/lab":          true,
		"/user/%61l/":           true,
		"/user/al":              false, // would reach /user/alice/
		"/user/":                false,
		"/":                     false,
		"/user/al/.\t./":        false,
		"/user/al/../":          false,
		"/user/al/%2e./":        false,
		"/user/al/..\\":         false,
		"../../":                false,
		"//user/al/":            false,
		"https://hub/user/al/x": false,
	} {
		h := http.Header{"Service-Worker-Allowed": {scope}}
		removeOriginWide(h, "/user/al/")
		if got := h.Get("Service-Worker-Allowed") != ""; got != want {
			t.Errorf("%q: passes is %v", scope, got)
		}
	}
}

func TestHeadersThatSpeakForTheHost(t *testing.T) {
	h := http.Header{}
	for _, name := range []string{"NEL", "Report-To", "Strict-Transport-Security", "Clear-Site-Data", "X-Accel-Redirect", "X-Sendfile"} {
		h.Set(name, "x")
	}
	h.Set("X-Accel-Buffering", "no")
	h.Set("Reporting-Endpoints", "a=\"/user/alice/r\"") // of one page only
	removeOriginWide(h, "/user/alice/")
	want := http.Header{"X-Accel-Buffering": {"no"}, "Reporting-Endpoints": {"a=\"/user/alice/r\""}}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Error(diff)
	}
}

// However the stream is cut into pieces, the boundaries are the same.
func TestFramesAreFollowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		ends := map[int]bool{0: true}
		for range rapid.IntRange(0, 5).Draw(t, "frames") {
			size := rapid.SampledFrom([]int{0, 1, 125, 126, 300, 65535, 65536, 70000}).Draw(t, "size")
			masked := rapid.Bool().Draw(t, "masked")
			stream = appendFrame(stream, 0x2, size, masked)
			ends[len(stream)] = true
		}
		var f frameParser
		for at := 0; at < len(stream); {
			n := rapid.IntRange(1, len(stream)-at).Draw(t, "piece")
			f.feed(stream[at : at+n])
			at += n
			if f.atBoundary() != ends[at] {
				t.Fatalf("after %d bytes: between is %v", at, f.atBoundary())
			}
		}
		f.feed(closeFrame(goingAway, true))
		if ends[len(stream)] && f.atBoundary() {
			t.Fatal("a second close frame would follow the first")
		}
	})
}

func appendFrame(b []byte, op byte, size int, masked bool) []byte {
	mask := byte(0)
	if masked {
		mask = 0x80
	}
	b = append(b, 0x80|op)
	switch {
	case size < 126:
		b = append(b, mask|byte(size))
	case size < 1<<16:
		b = append(b, mask|126, byte(size>>8), byte(size))
	default:
		b = append(b, mask|127, 0, 0, 0, 0, byte(size>>24), byte(size>>16), byte(size>>8), byte(size))
	}
	if masked {
		b = append(b, 1, 2, 3, 4)
	}
	return append(b, make([]byte, size)...)
}

func TestOnceLiveIsBounded(t *testing.T) {
	o := recentTokens{hashes: map[string]struct{}{}}
	for i := range maxRecentTokens * 2 {
		o.add(string(rune('a' + i)))
	}
	if len(o.hashes) != maxRecentTokens || o.has("a") {
		t.Errorf("%d remembered", len(o.hashes))
	}
}
