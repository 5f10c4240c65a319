package httpapi

import "net/http"

// apiRoutes is the table of the REST API. api/openapi.yaml describes exactly these
// that are not open pages; a test compares the two.
func (s *Server) apiRoutes() []route {
	return []route{
		{Method: http.MethodGet, Pattern: "/api", Operation: "get-version", kind: open, Handle: s.getVersion},
	}
}
