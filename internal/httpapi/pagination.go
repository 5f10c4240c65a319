package httpapi

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// JupyterHub's lists: how many items a page has for a client that asks for pages,
// and at most.
const (
	defaultPage = 50
	maxPage     = 200
	maxOffset   = 1 << 40 // beyond any list
	pagedMedia  = "application/jupyterhub-pagination+json"
)

// span is the part of a list that is wanted.
type span struct {
	offset, limit int
	paged         bool // the client understands pages
}

func spanOf(r *http.Request) (span, error) {
	sp := span{limit: maxPage}
	for item := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(item), pagedMedia) {
			sp.paged, sp.limit = true, defaultPage
		}
	}
	query := r.URL.Query()
	var err error
	if sp.offset, err = wholeNumber(query, "offset", sp.offset); err != nil {
		return sp, err
	}
	if sp.limit, err = wholeNumber(query, "limit", sp.limit); err != nil {
		return sp, err
	}
	sp.offset, sp.limit = min(sp.offset, maxOffset), max(1, min(sp.limit, maxPage))
	return sp, nil
}

// wholeNumber is the absolute value of an integer in the query.
func wholeNumber(query url.Values, key string, otherwise int) (int, error) {
	if !query.Has(key) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(last(query, key)))
	if err != nil || n == -n && n != 0 {
		return 0, hub.Errorf(hub.Invalid, "Invalid argument type, offset and limit must be integers")
	}
	return max(n, -n), nil
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

type pageOf struct {
	Items      any        `json:"items"`
	Pagination pagination `json:"_pagination"`
}

// writeList answers with a list, in pages for those who understand them.
func (s *Server) writeList(w http.ResponseWriter, r *http.Request, sp span, items any, total int) {
	if !sp.paged {
		writeJSON(w, http.StatusOK, items)
		return
	}
	writeJSON(w, http.StatusOK, pageOf{
		Items: items, Pagination: pagination{Offset: sp.offset, Limit: sp.limit, Total: total, Next: s.restOf(r, sp, sp.offset+sp.limit, total)},
	})
}

// restOf is where the list goes on after its part sp; nil where it ends.
func (s *Server) restOf(r *http.Request, sp span, next, total int) *nextPage {
	if next >= total {
		return nil
	}
	query := r.URL.Query()
	query.Del(xsrfCookie)
	query.Set("offset", strconv.Itoa(next))
	query.Set("limit", strconv.Itoa(sp.limit))
	return &nextPage{Offset: next, Limit: sp.limit, URL: s.origin(r) + r.URL.EscapedPath() + "?" + query.Encode()}
}
