// Package grid is what the formats of tables have in common: limits, errors, rows as a file has them, where a sheet's cells
// are and which of them matter, and the apostrophe before what is no formula.
package grid
