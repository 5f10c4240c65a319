//go:build !race

package storetest

// many is more than any engine takes parameters.
const many = 100_000
