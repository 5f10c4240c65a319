// Package announcements keeps what people are told on their pages, for everybody or for a
// group, for some time. Pages read it from memory, so that showing it costs no look at the
// database.
package announcements
