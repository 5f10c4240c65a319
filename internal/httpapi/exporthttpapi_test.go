package httpapi

import "time"

// SetWait sets how long a request waits for its share of a quota.
func (s *Server) SetWait(wait time.Duration) { s.wait = wait }

// Lists is how many have lists under way.
func (s *Server) Lists() int { return s.listQuotas.users() }

// Requests is how many have their requests counted.
func (s *Server) Requests() int { return s.requestQuotas.users() }

// InFlight is how many requests of those who are known are under way.
func (s *Server) InFlight() int64 { return s.inFlight.Load() }
