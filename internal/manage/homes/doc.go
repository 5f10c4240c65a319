// Package homes is 'atrium homes': whose home is what, and what becomes of those that are nobody's.
package homes
