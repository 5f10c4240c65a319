package httpapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// maxExpiry is the longest that a token may be asked to live: 100 years.
const maxExpiry = 100 * 366 * 24 * 60 * 60

// maxTokens is how many tokens a client is told of that does not ask for a page:
// JupyterHub's list of tokens has no pages.
const maxTokens = 1000

// listTokens keeps JupyterHub's form of the list in its pages, too, and gives a page only
// to those who say how large it shall be. A header says where a list goes on.
func (s *Server) listTokens(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	sp, bad := parsePageParams(r)
	if !strings.Contains(r.URL.RawQuery, "limit=") || bad != nil {
		sp.limit = maxTokens
	}
	views, total, err := s.app.ListTokens(r.Context(), who, r.PathValue("name"), sp.offset, sp.limit)
	if err := refusalOr(err, bad); err != nil {
		return err
	}
	items := make([]model, len(views))
	for i, v := range views {
		items[i] = tokenModel(v)
	}
	next := s.nextPageOf(r, sp, sp.offset+len(items), total)
	out := model{"api_tokens": items}
	if sp.paged {
		out["_pagination"] = pagination{Offset: sp.offset, Limit: sp.limit, Total: total, Next: next}
	}
	if next != nil {
		w.Header().Set("Link", "<"+next.URL+`>; rel="next"`)
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// createToken makes a token for whoever asks with a token or a cookie, or gives a
// name and password in the body; then there is no XSRF to check.
func (s *Server) createToken(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if who.Known() {
		if err := s.checkXSRF(r, who); err != nil {
			return err
		}
	}
	name := r.PathValue("name")
	o, err := tokenBody(r)
	if !who.Known() {
		if err != nil {
			return err
		}
		if who, err = s.byPassword(r, who, o); err != nil {
			return err
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	var req tokens.TokenRequest
	if err == nil {
		req, err = tokenRequest(o)
	}
	if err != nil {
		refusal := s.app.MayUser(r.Context(), who, name, "tokens")
		if hub.Is(refusal, hub.NotFound) {
			refusal = hub.Errorf(hub.Forbidden, "Forbidden")
		}
		return refusalOr(refusal, err)
	}
	v, err := s.app.CreateToken(r.Context(), who, name, req)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, tokenModel(v))
	return nil
}

func tokenBody(r *http.Request) (jsonObject, error) {
	raw, err := readJSON(r)
	if err != nil || isFalsy(raw) {
		return jsonObject{}, err
	}
	o, ok := asObject(raw)
	if !ok {
		return nil, hub.Errorf(hub.Invalid, "Body must be a JSON dict or empty")
	}
	return o, nil
}

// byPassword is whoever the credentials in the body are of.
func (s *Server) byPassword(r *http.Request, who *access.Requester, o jsonObject) (*access.Requester, error) {
	auth, ok := asObject(o["auth"])
	if !ok {
		return who, hub.Errorf(hub.Forbidden, "Forbidden")
	}
	name, password, err := credentials(auth)
	if err != nil {
		return who, err
	}
	from := s.browserOf(r, who)
	from.Former = ""
	out, err := s.app.PasswordRequester(r.Context(), name, password, from)
	return &out, err
}

func tokenRequest(o jsonObject) (req tokens.TokenRequest, err error) {
	if !isFalsy(o["note"]) {
		if req.Note, _, err = o.stringField("note"); err != nil {
			return req, err
		}
	}
	if req.Scopes, err = textsOrNull(o, "scopes"); err != nil {
		return req, err
	}
	if req.Roles, err = textsOrNull(o, "roles"); err != nil {
		return req, err
	}
	req.ExpiresIn, err = expiresIn(o["expires_in"])
	return req, err
}

func textsOrNull(o jsonObject, key string) ([]string, error) {
	if string(o[key]) == "null" {
		return nil, nil
	}
	list, err := o.stringsField(key)
	if err != nil {
		return nil, hub.Errorf(hub.Invalid, "token %s must be null or a list of strings", key)
	}
	return list, nil
}

// expiresIn reads a number of seconds; null is forever. Python takes true for 1, so
// a client may send it.
func expiresIn(raw json.RawMessage) (time.Duration, error) {
	text := string(raw)
	switch text {
	case "", "null":
		return 0, nil
	case "true":
		text = "1"
	case "false":
		text = "0"
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 0, hub.Errorf(hub.Invalid, "token expires_in must be null or integer")
	case n <= 0:
		return 0, hub.Errorf(hub.Invalid, "expires_in must be a positive integer or null, not %d", n)
	case n > maxExpiry:
		return 0, hub.Errorf(hub.Invalid, "token expires_in: %d must not exceed %d", n, maxExpiry)
	}
	return time.Duration(n) * time.Second, nil
}

func (s *Server) getToken(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	v, err := s.app.GetToken(r.Context(), who, r.PathValue("name"), r.PathValue("id"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, tokenModel(v))
	return nil
}

func (s *Server) deleteToken(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := s.app.DeleteToken(r.Context(), who, r.PathValue("name"), r.PathValue("id")); err != nil {
		return err
	}
	writeEmpty(w, http.StatusNoContent)
	return nil
}
