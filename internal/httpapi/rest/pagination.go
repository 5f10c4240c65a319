package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
)

// JupyterHub's lists: how many items a page has for a client that asks for pages,
// and at most.
const (
	defaultPage = 50
	maxPage     = 200
	pagedMedia  = "application/jupyterhub-pagination+json"
)

// pageParams is the part of a list that is requested.
type pageParams struct {
	offset, limit int
	paged         bool // the client accepts pagedMedia
}

func parsePageParams(r *http.Request) (pageParams, error) {
	sp := pageParams{limit: maxPage}
	for item := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(item), pagedMedia) {
			sp.paged, sp.limit = true, defaultPage
		}
	}
	query := r.URL.Query()
	var err error
	if sp.offset, err = endpoint.IntParam(query, "offset", sp.offset); err != nil {
		return sp, err
	}
	if sp.limit, err = endpoint.IntParam(query, "limit", sp.limit); err != nil {
		return sp, err
	}
	sp.offset, sp.limit = min(sp.offset, endpoint.MaxOffset), max(1, min(sp.limit, maxPage))
	return sp, nil
}

type nextPage struct {
	Offset int    `json:"offset"`
	Limit  int    `json:"limit"`
	URL    string `json:"url"`
}

type pagination struct {
	Offset int       `json:"offset"`
	Limit  int       `json:"limit"`
	Total  int       `json:"total"`
	Next   *nextPage `json:"next"`
}

type listPage struct {
	Items      any        `json:"items"`
	Pagination pagination `json:"_pagination"`
}

// writeList responds with a list, as a page with its position for clients that accept that.
func (a *API) writeList(w http.ResponseWriter, r *http.Request, sp pageParams, items any, total int) {
	if !sp.paged {
		endpoint.WriteJSON(w, http.StatusOK, items)
		return
	}
	endpoint.WriteJSON(w, http.StatusOK, listPage{
		Items: items, Pagination: pagination{Offset: sp.offset, Limit: sp.limit, Total: total, Next: a.nextPageOf(r, sp, sp.offset+sp.limit, total)},
	})
}

// nextPageOf is the page after sp; nil at the end of the list.
func (a *API) nextPageOf(r *http.Request, sp pageParams, next, total int) *nextPage {
	if next >= total {
		return nil
	}
	query := r.URL.Query()
	query.Del(endpoint.XSRFCookie)
	query.Set("offset", strconv.Itoa(next))
	query.Set("limit", strconv.Itoa(sp.limit))
	return &nextPage{Offset: next, Limit: sp.limit, URL: a.env.Origin(r) + r.URL.EscapedPath() + "?" + query.Encode()}
}
