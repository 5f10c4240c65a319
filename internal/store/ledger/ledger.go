// Package ledger is the tables that are written and read when they are asked for, and that nobody
// keeps in memory: jobs and their results, what runs were started with, how starts went and how long
// servers ran, what became of servers, visits, how idle servers are, failed logins, settings, announcements, who people are
// to others who vouch for them. What is changed in them is not noted.
package ledger

import "github.com/atriumhub/atrium/internal/store/engine"

// Ledger is these tables in a transaction.
type Ledger struct{ *engine.Tx }
