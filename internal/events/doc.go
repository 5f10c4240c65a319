// Package events tells pages and programs what happens while they look: who changed, and what
// servers do. Each hub keeps the latest events once, in a ring that all streams read; a stream has a
// place in it, and no queue of its own. Whoever reads hears of what they may read at that moment. One
// who falls behind the ring, or comes back from another hub, is told to read again what they show.
package events
