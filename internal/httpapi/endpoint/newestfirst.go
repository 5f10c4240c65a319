package endpoint

import "net/http"

// NewestFirst is a page of a list that goes from its newest row to the oldest.
type NewestFirst[M any] struct {
	Items []M        `json:"items"`
	Next  *olderThan `json:"next"` // null: there are no older ones
}

type olderThan struct {
	Before int64 `json:"before"`
}

// WriteNewestFirst answers with a page of a list that goes from its newest row to the oldest, and, where there are more,
// with the id of the row that the next page is asked for by.
func WriteNewestFirst[T, M any](w http.ResponseWriter, rows []T, more bool, id func(T) int64, model func(T) M) {
	page := NewestFirst[M]{Items: make([]M, len(rows))}
	for i, row := range rows {
		page.Items[i] = model(row)
	}
	if more {
		page.Next = &olderThan{id(rows[len(rows)-1])}
	}
	WriteJSON(w, http.StatusOK, page)
}
