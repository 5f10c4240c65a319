package site

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
)

// maxReport is how much of a report is read, in bytes.
const maxReport = 64 << 10

// showError is JupyterHub's page for proxies that have an error to show. It is itself
// a 200; the proxy answers with the status.
func (s *Handlers) showError(w http.ResponseWriter, r *http.Request, _ *access.Requester) error {
	code, err := strconv.Atoi(r.PathValue("code"))
	if err != nil || code < 400 || code > 599 || http.StatusText(code) == "" {
		return endpoint.StatusError{Status: http.StatusNotFound}
	}
	return s.pages.Render(w, http.StatusOK, pages.ErrorPage{Common: s.common(r, s.env.Visitor(r)), Status: code, Message: endpoint.StatusMessage(code)})
}

// cspReport takes the browsers' reports of what the Content-Security-Policy refused.
// Of their contents only the directive is kept: addresses may hold secrets.
func (s *Handlers) cspReport(w http.ResponseWriter, r *http.Request, _ *access.Requester) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReport))
	if err != nil {
		return err
	}
	var report struct {
		Report struct {
			Directive string `json:"violated-directive"`
		} `json:"csp-report"`
	}
	if json.Unmarshal(body, &report) == nil {
		directive, _, _ := strings.Cut(report.Report.Directive, " ")
		s.log.DebugContext(r.Context(), "a browser refused part of a page", "directive", endpoint.Quoted(directive))
	}
	s.observer.CSPReport()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Handlers) static(w http.ResponseWriter, r *http.Request, _ *access.Requester) error {
	name, ok := strings.CutPrefix(r.URL.Path, s.env.Hub+"static/")
	if ok && !s.pages.Has(name) && (pages.Borrowed{Folders: s.opts.Borrowed}).Serve(w, r, name) {
		return nil
	}
	s.pages.Static().ServeHTTP(w, r)
	return nil
}
