package rest

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// selfFields are the fields that GET /user has besides the model of the user.
type selfFields struct {
	TokenID   *string  `json:"token_id"`
	SessionID *string  `json:"session_id"`
	Scopes    []string `json:"scopes"`
}

func (a *API) selfFieldsOf(r *http.Request, who *access.Requester) (me selfFields, err error) {
	if me.Scopes, err = a.app.NamedScopes(r.Context(), who); err != nil {
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

// getSelf returns the requester and their scopes. Notebook servers identify users by it, so
// it is the most frequent request: responses are cached.
func (a *API) getSelf(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if who.IsService() {
		me, err := a.selfFieldsOf(r, who)
		if err != nil {
			return err
		}
		m := serviceModel(a.app.MyService(who))
		m["token_id"], m["session_id"], m["scopes"] = me.TokenID, me.SessionID, me.Scopes
		endpoint.WriteJSON(w, http.StatusOK, m)
		return nil
	}
	if who.Token == nil || r.URL.RawQuery != "" {
		m, _, err := a.selfModel(r, who)
		if err != nil {
			return err
		}
		endpoint.WriteJSON(w, http.StatusOK, m)
		return nil
	}
	version, err := a.app.MyVersion(r.Context(), who)
	if err != nil {
		return err
	}
	res, known := a.selfCache.get(who.Token, version)
	if !known {
		m, lasting, err := a.selfModel(r, who)
		if err != nil {
			return err
		}
		if res.Body, err = json.Marshal(m); err != nil {
			return err
		}
		res.ETag = endpoint.ETagOf(res.Body)
		if lasting {
			a.selfCache.put(who.Token, version, res)
		}
	}
	endpoint.WriteJSONResponse(w, http.StatusOK, res)
	return nil
}

// selfModel is the model of a user for themselves. lasting is false if it contains what
// changes without a change of the user: a server's position in the queue, and who of a group
// has a server.
func (a *API) selfModel(r *http.Request, who *access.Requester) (m any, lasting bool, err error) {
	v, err := a.app.Me(r.Context(), who)
	if err != nil {
		return nil, false, err
	}
	places, err := a.queuePositions(r.Context(), v)
	if err != nil {
		return nil, false, err
	}
	me, err := a.selfFieldsOf(r, who)
	if err != nil {
		return nil, false, err
	}
	m = struct {
		userModel
		selfFields
	}{a.userModel(r, v, withStopped(r), places), me}
	return m, !slices.ContainsFunc(v.Servers, isQueued) && len(who.ByGroups()) == 0, nil
}

// selfCache caches the responses of getSelf, by the *hub.Token that the App resolved: it
// resolves to another pointer once the token's rights have changed, so that a stale response
// is never found.
type selfCache struct {
	mu  sync.RWMutex
	all map[int64]selfCacheEntry // by the token's ID
}

type selfCacheEntry struct {
	token   *hub.Token
	version any
	endpoint.JSONResponse
}

const (
	// maxCachedSelves is the number of cached responses at which the cache is emptied.
	maxCachedSelves = 4096
	// maxCachedSelf is the size, in bytes, of the largest response that is cached: it
	// contains the options of the user's servers, which can be much larger.
	maxCachedSelf = 16 << 10
)

func (s *selfCache) get(token *hub.Token, version any) (endpoint.JSONResponse, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := s.all[token.ID]
	return found.JSONResponse, found.token == token && found.version == version
}

func (s *selfCache) put(token *hub.Token, version any, res endpoint.JSONResponse) {
	if len(res.Body) > maxCachedSelf {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= maxCachedSelves {
		s.all = make(map[int64]selfCacheEntry, 64)
	}
	s.all[token.ID] = selfCacheEntry{token, version, res}
}
