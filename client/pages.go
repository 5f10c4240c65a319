package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"unicode"
)

// askedSize is the page that is asked for where the caller does not say: more than hubs give, which is 200 by default,
// so that it is as many as this hub gives.
const askedSize = 1000

// maxRewinds is how often a list is read back before it counts as one that cannot be read.
const maxRewinds = 1000

// A listing is a list of the hub's that comes in pages.
type listing[T any] struct {
	route route
	query url.Values
	size  int
	name  func(T) string // that no two have

	// unsteady is that the hub drops items from its pages, so that positions say nothing.
	unsteady bool
}

// A page is a part of a list. Hubs before JupyterHub 2 give all as one.
type page[T any] struct {
	offset int
	items  []T
	limit  int // items of a page, at most, as the hub says; 0 for a list without pages
	total  int
	next   int // offset of the next page; 0 for none
}

// pages yields a list's items, each once.
//
// Pages are cut by position, and positions move: once somebody before this page is deleted, everybody behind steps
// forward, and the next page would miss one. So each page begins with what should be the last item of the one before.
// If that is not an item which was seen, others have been deleted, and it is gone back until one is seen again: since
// lists keep their order, all before it were seen too.
func pages[T any](ctx context.Context, c *Client, l listing[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		r := newReader(ctx, c, l)
		defer r.close()
		for {
			items, err := r.more()
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if r.ended {
				return
			}
		}
	}
}

// A reader reads a list page by page, some ahead of who asks.
type reader[T any] struct {
	listing[T]
	ctx    context.Context // of this one iteration
	cancel context.CancelFunc
	client *Client
	wg     sync.WaitGroup

	ahead   []ahead[T] // pages under way, in order
	seen    map[string]struct{}
	offset  int // where the next page begins
	step    int // from one page's beginning to the next; 0 before the first
	total   int
	back    int // how many pages to go back, next time
	rewinds int
	barren  bool // nothing new since an empty page
	ended   bool
}

type ahead[T any] struct {
	offset int
	page   chan answered[T]
	cancel context.CancelFunc
}

type answered[T any] struct {
	page page[T]
	err  error
}

func newReader[T any](ctx context.Context, c *Client, l listing[T]) *reader[T] {
	if l.size <= 0 {
		l.size = askedSize
	}
	ctx, cancel := context.WithCancel(ctx) //nolint:gosec // close calls it
	return &reader[T]{listing: l, ctx: ctx, cancel: cancel, client: c, seen: map[string]struct{}{}, back: 1}
}

func (r *reader[T]) close() {
	r.cancel()
	r.wg.Wait()
}

// more gives items that were not given before: of one page, maybe none.
func (r *reader[T]) more() ([]T, error) {
	p, err := r.take()
	if err != nil {
		return nil, err
	}
	if !r.connects(p) {
		return nil, r.rewind(p)
	}
	r.back, r.total = 1, p.total
	fresh := p.items[:0]
	for _, item := range p.items {
		name := r.name(item)
		if _, ok := r.seen[name]; !ok {
			r.seen[name] = struct{}{}
			fresh = append(fresh, item)
		}
	}
	if len(fresh) > 0 {
		r.barren = false
	}
	if p.next <= p.offset { // none, or one that leads nowhere
		r.ended = true
		return fresh, nil
	}
	overlap := 0
	if r.overlaps(p.limit) {
		overlap = 1
	}
	r.step = p.next - overlap - p.offset
	r.offset = p.next - overlap
	return fresh, nil
}

// overlaps tells whether a page of this size can begin with an item of the one before, and still lead on.
func (r *reader[T]) overlaps(limit int) bool { return !r.unsteady && limit > 1 }

// connects tells whether nobody can be missing between this page and those before.
func (r *reader[T]) connects(p page[T]) bool {
	if p.offset == 0 || r.step == 0 || !r.overlaps(p.limit) {
		return true
	}
	if len(p.items) == 0 {
		// The list has become shorter; or the hub counts more than it shows, and this is its end.
		if r.barren {
			return true
		}
		r.barren = true
		return false
	}
	_, ok := r.seen[r.name(p.items[0])]
	return ok
}

// rewind goes back before a page that does not connect, further each time.
func (r *reader[T]) rewind(p page[T]) error {
	if r.rewinds++; r.rewinds > maxRewinds {
		return ErrChanging
	}
	r.offset = max(0, p.offset-r.back*max(1, r.step))
	r.back *= 2
	return nil
}

// take is the page at the reader's place, with the next ones asked for meanwhile.
func (r *reader[T]) take() (page[T], error) {
	if len(r.ahead) > 0 && r.ahead[0].offset != r.offset {
		r.drop()
	}
	if len(r.ahead) == 0 {
		r.ask(r.offset)
	}
	for next := r.ahead[len(r.ahead)-1].offset + r.step; r.step > 0 && len(r.ahead) < cap(r.client.slots) && next+1 < r.total; next += r.step {
		r.ask(next)
	}
	first := r.ahead[0]
	r.ahead = r.ahead[1:]
	got := <-first.page
	first.cancel()
	return got.page, got.err
}

// drop forgets what is under way, since it begins at the wrong places.
func (r *reader[T]) drop() {
	for _, a := range r.ahead {
		a.cancel()
	}
	r.ahead = nil
}

func (r *reader[T]) ask(offset int) {
	ctx, cancel := context.WithCancel(r.ctx) //nolint:gosec // take or drop call it, or close by the one above
	a := ahead[T]{offset: offset, page: make(chan answered[T], 1), cancel: cancel}
	r.ahead = append(r.ahead, a)
	r.wg.Go(func() {
		p, err := r.fetch(ctx, offset)
		a.page <- answered[T]{p, err}
	})
}

func (r *reader[T]) fetch(ctx context.Context, offset int) (p page[T], err error) {
	query := maps.Clone(r.query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("offset", count(offset))
	query.Set("limit", count(r.size))
	_, err = r.client.do(ctx, call{
		method: http.MethodGet, route: r.route, query: query, accept: pagedMedia + ", application/json", safe: true, limit: maxList,
		read: func(body io.Reader) error {
			p, err = readPage[T](body)
			return err
		},
	})
	p.offset = offset
	return p, err
}

// readPage reads a page, or a list of a hub that has no pages.
func readPage[T any](body io.Reader) (p page[T], err error) {
	buffered := bufio.NewReader(body)
	first, err := firstByte(buffered)
	if err != nil {
		return p, err
	}
	if first == '[' {
		p.items, err = readList[T](json.NewDecoder(buffered))
		return p, err
	}
	var said struct {
		Items      []T `json:"items"`
		Pagination struct {
			Limit int `json:"limit"`
			Total int `json:"total"`
			Next  *struct {
				Offset int `json:"offset"`
			} `json:"next"`
		} `json:"_pagination"`
	}
	text, err := io.ReadAll(&bounded{r: buffered, left: maxBody})
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return p, &answerError{err}
	}
	if said.Items == nil {
		return p, &answerError{errors.New("it is no list")}
	}
	p.items, p.limit, p.total = said.Items, said.Pagination.Limit, said.Pagination.Total
	if said.Pagination.Next != nil {
		p.next = said.Pagination.Next.Offset
	}
	return p, nil
}

func firstByte(r *bufio.Reader) (byte, error) {
	for {
		b, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			return 0, &answerError{io.ErrUnexpectedEOF}
		}
		if err != nil {
			return 0, err
		}
		if !unicode.IsSpace(rune(b)) {
			return b, r.UnreadByte()
		}
	}
}

// readList reads an array item by item, so that its text is never held whole.
func readList[T any](d *json.Decoder) (items []T, err error) {
	if _, err := d.Token(); err != nil {
		return nil, broken(err)
	}
	for d.More() {
		var item T
		if err := d.Decode(&item); err != nil {
			return nil, broken(err)
		}
		items = append(items, item)
	}
	_, err = d.Token()
	return items, broken(err)
}

// broken tells errors of the text from those of the connection.
func broken(err error) error {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	if syntax || kind {
		return &answerError{err}
	}
	return err
}
