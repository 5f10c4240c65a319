// Package mirror is what lies in memory and follows the feed of changes: everybody and their
// servers in each order that lists are asked for, what requests can be sent to, places in the
// queue, who waits for a server, and when people were last active. All of it can be read from
// the database anew. The rule for reading: pages, lists and the proxy read here; what decides
// about a write reads the database, in the transaction that writes.
package mirror
