package httpapi

// pageRoutes is the table of the pages, under the hub's prefix.
func (s *Server) pageRoutes() []route { return nil }
