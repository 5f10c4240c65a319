package httpapi

// pageRoutes is the table of the pages, under the hub's prefix.
func (s *Server) pageRoutes() []route { return nil }

// setUpPages prepares what the pages need: templates, s.errorPage.
func (s *Server) setUpPages() error { return nil }
