package native

import (
	"container/list"
	"crypto/sha256"
)

// key is what a table is looked up by: a digest, so that long names cost no more
// memory than short ones.
type key [16]byte

func keyOf(parts ...string) key {
	sum := sha256.New()
	for _, p := range parts {
		sum.Write([]byte(p))
		sum.Write([]byte{0}) // no name and no address holds a NUL
	}
	return key(sum.Sum(nil)[:len(key{})])
}

// table remembers at most limit values and forgets the one that was asked for
// longest ago.
type table[V any] struct {
	limit   int
	entries map[key]*list.Element // of entry[V]
	recent  list.List             // most recent first
}

type entry[V any] struct {
	key   key
	value V
}

func newTable[V any](limit int) *table[V] {
	return &table[V]{limit: limit, entries: map[key]*list.Element{}}
}

// get finds a value; nil where there is none. The pointer is good until the next put.
func (t *table[V]) get(k key) *V {
	e, ok := t.entries[k]
	if !ok {
		return nil
	}
	t.recent.MoveToFront(e)
	found, _ := e.Value.(*entry[V])
	return &found.value
}

// put sets a value, and makes room for it.
func (t *table[V]) put(k key, value V) *V {
	if v := t.get(k); v != nil {
		*v = value
		return v
	}
	for t.recent.Len() >= t.limit {
		oldest, _ := t.recent.Remove(t.recent.Back()).(*entry[V])
		delete(t.entries, oldest.key)
	}
	e := &entry[V]{key: k, value: value}
	t.entries[k] = t.recent.PushFront(e)
	return &e.value
}

func (t *table[V]) remove(k key) {
	if e, ok := t.entries[k]; ok {
		t.recent.Remove(e)
		delete(t.entries, k)
	}
}
