// Package excel reads and writes Excel's files (.xlsx), by the rules in the comment of package sheet.
package excel
