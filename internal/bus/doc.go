// Package bus carries changes to whoever keeps something in memory: within the
// process (Bus), and between replicas over PostgreSQL (Postgres).
//
// The contract of both: Publish never waits. Every subscriber has a bounded queue
// and one goroutine, and gets the changes in the order of their publishing. One
// that falls behind loses what is queued and gets app.Resync in its place, and so
// does everybody when changes of other replicas may have been missed. A change is
// a hint to read the database again; it may come more than once.
package bus
