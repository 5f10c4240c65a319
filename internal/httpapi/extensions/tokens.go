package extensions

import (
	"net/http"
	"net/url"

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
	endpoint.WriteNewestFirst(w, list, more, func(t hub.Token) int64 { return t.ID }, modelOfGivenToken)
	return nil
}

func modelOfGivenToken(t hub.Token) givenToken {
	return givenToken{
		ID: tokens.TokenID(t), User: t.UserName, Note: t.Note, Scopes: orEmpty(t.Scopes),
		Created: endpoint.Timestamp(t.Created), LastActivity: endpoint.Timestamp(t.LastActivity), Expires: endpoint.Timestamp(t.Expires),
	}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func givenTokenQuery(query url.Values) (q hub.GivenTokenQuery, err error) {
	err = filters{
		"user":   text(&q.User),
		"before": id(&q.Before, "what next says"),
		"limit":  positive(&q.Limit),
	}.read(query)
	return q, err
}
