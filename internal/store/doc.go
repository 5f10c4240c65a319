// Package store keeps everything in a database: SQLite or PostgreSQL. It implements
// app.Store.
//
// One SQL text serves both engines; what they do differently is in engine, which opens
// databases and runs transactions on them, whatever their tables. The methods of a transaction are
// here, in one file per entity; what they note of their changes is kept by feed. The schema is in
// migrations, and transfer has the whole database in and out.
//
// What holds on both engines alike:
//   - A transaction sees one consistent state, and transactions that write behave as
//     if they ran one after the other.
//   - After a statement failed (hub.NotFound aside) the transaction is lost: Update
//     rolls back and returns that failure even where fn swallowed it.
//   - The id of something deleted is never given out again.
//   - A name or text that the engine cannot hold (NUL, invalid UTF-8) is kept, and
//     looked up, with U+FFFD in its place.
package store
