package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// self is what is said of whoever asks besides who they are.
type self struct {
	TokenID   *string  `json:"token_id"`
	SessionID *string  `json:"session_id"`
	Scopes    []string `json:"scopes"`
}

func (s *Server) selfOf(r *http.Request, who *access.Requester) (me self, err error) {
	if me.Scopes, err = s.app.NamedScopes(r.Context(), who); err != nil {
		return me, err
	}
	if who.Token != nil {
		id := tokens.TokenID(*who.Token)
		me.TokenID = &id
		if who.Token.SessionID != "" {
			me.SessionID = &who.Token.SessionID
		}
	}
	return me, nil
}

// getSelf says who asks, and what they may do. Notebook servers identify people by it,
// so it is asked more often than anything else: answers are remembered.
func (s *Server) getSelf(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if who.IsService() {
		me, err := s.selfOf(r, who)
		if err != nil {
			return err
		}
		m := serviceModel(s.app.MyService(who))
		m["token_id"], m["session_id"], m["scopes"] = me.TokenID, me.SessionID, me.Scopes
		writeJSON(w, http.StatusOK, m)
		return nil
	}
	if who.Token == nil || r.URL.RawQuery != "" {
		m, _, err := s.selfModel(r, who)
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, m)
		return nil
	}
	version, err := s.app.MyVersion(r.Context(), who)
	if err != nil {
		return err
	}
	a, known := s.selves.find(who.Token, version)
	if !known {
		m, lasting, err := s.selfModel(r, who)
		if err != nil {
			return err
		}
		if a.body, err = json.Marshal(m); err != nil {
			return err
		}
		a.tag = tagOf(a.body)
		if lasting {
			s.selves.keep(who.Token, version, a)
		}
	}
	writeAnswer(w, http.StatusOK, a)
	return nil
}

// selfModel is a person as they see themselves. lasting is false for what changes
// without them: the place of a server in the queue, and who of a group has a server.
func (s *Server) selfModel(r *http.Request, who *access.Requester) (m any, lasting bool, err error) {
	v, err := s.app.Me(r.Context(), who)
	if err != nil {
		return nil, false, err
	}
	places, err := s.places(r.Context(), v)
	if err != nil {
		return nil, false, err
	}
	me, err := s.selfOf(r, who)
	if err != nil {
		return nil, false, err
	}
	m = struct {
		userModel
		self
	}{s.userModel(v, withStopped(r), places), me}
	return m, !slices.ContainsFunc(v.Servers, queued) && len(who.ByGroups()) == 0, nil
}

// selves remembers answers to those who ask who they are, by the token as the App
// knows it: another one once its rights have changed, so an answer never outlives
// what it says.
type selves struct {
	mu  sync.RWMutex
	all map[int64]remembered // by the token's ID
}

type remembered struct {
	token   *hub.Token
	version any
	answer
}

const (
	// maxSelves bounds how many answers are remembered.
	maxSelves = 4096
	// maxSelf is the size, in bytes, of the largest one: the options of somebody's
	// servers are in it, and could be much larger.
	maxSelf = 16 << 10
)

func (s *selves) find(token *hub.Token, version any) (answer, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := s.all[token.ID]
	return found.answer, found.token == token && found.version == version
}

func (s *selves) keep(token *hub.Token, version any, a answer) {
	if len(a.body) > maxSelf {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= maxSelves {
		s.all = make(map[int64]remembered, 64)
	}
	s.all[token.ID] = remembered{token, version, a}
}
