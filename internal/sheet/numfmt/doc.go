// Package numfmt writes numbers of a spreadsheet as a person would who sees its format.
package numfmt
