//go:build !race

package app_test

// monthDays is how long the generated months of quotas are.
const monthDays = 31
