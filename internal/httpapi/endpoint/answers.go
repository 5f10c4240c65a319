package endpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// JSONResponse is a JSON body with its entity tag.
type JSONResponse struct {
	Body []byte
	ETag string // empty: send none
}

// WriteJSON responds with v as JSON. For a GET, a 200 has an ETag, and becomes a 304 for a
// client that has it already.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // our own types; a RawMessage that isn't JSON would be a bug
		status, body = http.StatusInternalServerError, []byte(`{"status": 500, "message": "Internal Server Error"}`)
	}
	res := JSONResponse{Body: body}
	if rw, ok := w.(*ResponseWriter); ok && status == http.StatusOK && rw.r.Method == http.MethodGet {
		res.ETag = ETagOf(body)
	}
	WriteJSONResponse(w, status, res)
}

// WriteVersioned answers a GET like WriteJSON; which version of the thing is shown is in the ETag, so that a change can say by
// If-Match what it is about. An empty version is none.
func WriteVersioned(w http.ResponseWriter, v any, version string) {
	body, err := json.Marshal(v)
	if err != nil || version == "" {
		WriteJSON(w, http.StatusOK, v)
		return
	}
	WriteJSONResponse(w, http.StatusOK, JSONResponse{Body: body, ETag: strings.TrimSuffix(ETagOf(body), `"`) + VersionTag(version)[1:]})
}

// VersionTag is a tag for If-Match that stands for a version alone.
func VersionTag(version string) string { return `".` + version + `"` }

// SeenVersion is the version in the entity tag of If-Match; empty where a change is about whatever there is. A tag that is
// none of WriteVersioned's gives a version that nothing has. Compression on the way makes tags weak, which is no matter here.
func SeenVersion(r *http.Request) string {
	tag := strings.TrimPrefix(strings.TrimSpace(r.Header.Get("If-Match")), "W/")
	if tag == "" || tag == "*" {
		return ""
	}
	_, version, ok := strings.Cut(strings.Trim(tag, `"`), ".")
	if !ok || version == "" {
		return tag
	}
	return version
}

// ETagOf is the entity tag of a body.
func ETagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:20]) + `"`
}

// WriteJSONResponse responds with a body made before. A large one is refused while the
// requester has left too much unread.
func WriteJSONResponse(w http.ResponseWriter, status int, res JSONResponse) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if rw, ok := w.(*ResponseWriter); ok && res.ETag != "" {
		h.Set("Etag", res.ETag)
		if matchesETag(rw.r.Header.Get("If-None-Match"), res.ETag) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	release, refusal := acquireUnread(w, len(res.Body))
	defer release()
	if refusal != nil {
		h.Del("Etag")
		h.Set("Retry-After", strconv.Itoa(int(refusal.RetryAfter.Seconds())))
		status = StatusOf(refusal.Code)
		res.Body, _ = json.Marshal(ErrorBody{Status: status, Message: refusal.Msg}) // texts and a number
	}
	h.Set("Content-Length", strconv.Itoa(len(res.Body)))
	w.WriteHeader(status)
	_, _ = w.Write(res.Body)
}

// acquireUnread acquires the requester's quota for a large response, until it is read. Only
// for a GET: the result of a change is sent in any case.
func acquireUnread(w http.ResponseWriter, bytes int) (release func(), refusal *hub.Error) {
	rw, ok := w.(*ResponseWriter)
	if !ok || bytes <= largeWrite || rw.r.Method != http.MethodGet || rw.requester == nil {
		return func() {}, nil
	}
	release, ok = rw.unreadQuotas.tryAcquire(rw.requester, min(int64(bytes), maxOwnUnread))
	if !ok {
		return func() {}, errOwnUnread
	}
	return release, nil
}

// matchesETag reports whether a list of entity tags contains the one given, or "*".
func matchesETag(list, tag string) bool {
	for item := range bytes.SplitSeq([]byte(list), []byte(",")) {
		item = bytes.TrimPrefix(bytes.TrimSpace(item), []byte("W/"))
		if string(item) == tag || string(item) == "*" {
			return true
		}
	}
	return false
}

// WriteEmpty is JupyterHub's empty response to requests that start, stop or delete.
func WriteEmpty(w http.ResponseWriter, status int) {
	if status != http.StatusNoContent {
		w.Header().Set("Content-Type", "text/plain")
	}
	w.WriteHeader(status)
}
