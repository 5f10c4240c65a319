package grid

import "bytes"

// MagicLength is how much of a file's beginning tells what it is.
const MagicLength = 64

// IsZip is true of the beginning of a ZIP file, as the newer formats of spreadsheets are.
func IsZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// IsOLE is true of the beginning of an old or encrypted Excel file.
func IsOLE(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))
}

// TooManyBytes refuses a file.
func TooManyBytes(limit int64) error {
	return Fatal(0, "is larger than %d MiB: split it", limit>>20)
}

// ZipAsCSV refuses a ZIP file that is called CSV.
func ZipAsCSV() error {
	return Fatal(0, "is an Excel or ZIP file, not CSV: name the file, whose name ends in .xlsx")
}

// Damaged is what is said of a spreadsheet that makes no sense.
const Damaged = "is damaged: open it in a spreadsheet program and save it again"
