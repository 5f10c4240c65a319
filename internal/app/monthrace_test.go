//go:build race

package app_test

// monthDays is how long the generated months of quotas are: short where the race detector makes SQLite's translated C very
// slow. Without it they are whole, on both engines.
const monthDays = 4
