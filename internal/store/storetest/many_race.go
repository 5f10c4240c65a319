//go:build race

package storetest

// many is small where the race detector makes SQLite's translated C very slow.
const many = 2_000
