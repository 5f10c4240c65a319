// Package quota keeps what people may spend on servers: credits, in a ledger whose entries are only ever added. A start
// holds what the time that is asked for costs, a run is charged while it is ready, and becomes an entry when it ends.
// Whoever asks decides nothing of it: the account is that of the person whose server it is.
package quota
