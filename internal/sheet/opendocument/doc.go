// Package opendocument reads OpenDocument spreadsheets (.ods), by the rules in the comment of package sheet.
package opendocument
