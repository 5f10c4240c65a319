// Package commas reads and writes CSV, by the rules in the comment of package sheet.
package commas
