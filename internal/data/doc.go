// Package data is what the use cases need of the database and of the feed of changes, as
// interfaces, a file a subject. The store implements Store and the bus Bus; whoever reads
// or writes people, groups, tokens or servers imports this package and neither of them.
package data
