package site

import (
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// MaxReport is maxReport.
const MaxReport = maxReport

// ClientText is clientText.
func (s *Handlers) ClientText(description, id, article string) string {
	return s.clientText(description, id, article)
}

// ServerRow is serverRow.
func (s *Handlers) ServerRow(server hub.Server) pages.ServerRow { return s.serverRow(server) }
