// Package bus carries changes to whoever keeps something in memory: within the process
// (Bus), and from the other processes on a PostgreSQL database (Postgres), which read in the
// table of changes what each other noted.
//
// Publish never waits. Every subscriber has a bounded queue and one goroutine, and gets the
// changes in batches, in the order of their publishing, equal ones once. One that falls
// behind loses what is queued and gets data.Resync in its place, and so does everybody when
// changes of other processes were deleted before they were read. A change is a hint to read
// the database again; it may come more than once.
package bus
