// Package credits is the tables of quotas: accounts, the ledger of their entries, and what runs at the moment. Nobody
// keeps them in memory, and what is changed in them is not noted. Balances change by entries alone.
package credits

import "github.com/atriumhub/atrium/internal/store/engine"

// Credits is these tables in a transaction.
type Credits struct{ *engine.Tx }
