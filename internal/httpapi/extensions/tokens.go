package extensions

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// givenToken is a token that somebody made, as the list of everybody's shows it. Its scopes
// are those that it was made with: whoever has it may do no more than its owner.
type givenToken struct {
	ID           string   `json:"id"`
	User         string   `json:"user"`
	Note         string   `json:"note"`
	Scopes       []string `json:"scopes"`
	Created      any      `json:"created"`
	LastActivity any      `json:"last_activity"`
	Expires      any      `json:"expires_at"`
}

type givenTokensPage struct {
	Items []givenToken `json:"items"`
	Next  *givenNext   `json:"next"`
}

type givenNext struct {
	Before int64 `json:"before"`
}

// listGivenTokens shows the tokens that people made, newest first.
func (a *API) listGivenTokens(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	q, err := givenTokenQuery(r.URL.Query())
	if err != nil {
		return endpoint.RefusalOr(a.app.May(who, "read:tokens"), err)
	}
	list, more, err := a.app.GivenTokens(r.Context(), who, q)
	if err != nil {
		return err
	}
	page := givenTokensPage{Items: make([]givenToken, len(list))}
	for i, t := range list {
		page.Items[i] = givenToken{
			ID: tokens.TokenID(t), User: t.UserName, Note: t.Note, Scopes: orEmpty(t.Scopes),
			Created: endpoint.Timestamp(t.Created), LastActivity: endpoint.Timestamp(t.LastActivity), Expires: endpoint.Timestamp(t.Expires),
		}
	}
	if more {
		page.Next = &givenNext{list[len(list)-1].ID}
	}
	endpoint.WriteJSON(w, http.StatusOK, page)
	return nil
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// givenTokenQuery reads the filters. An unknown one is refused: the list would hold more
// than was asked for.
func givenTokenQuery(query url.Values) (q hub.GivenTokenQuery, err error) {
	for key := range query {
		value := endpoint.LastValue(query, key)
		switch key {
		case "user":
			q.User = value
		case "before":
			q.Before, err = strconv.ParseInt(value, 10, 64)
			if err != nil || q.Before < 1 {
				err = hub.Errorf(hub.Invalid, "before must be what next says")
			}
		case "limit":
			q.Limit, err = positive(key, value)
		default:
			err = hub.Errorf(hub.Invalid, "Unknown filter %s", endpoint.Quoted(key))
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}
