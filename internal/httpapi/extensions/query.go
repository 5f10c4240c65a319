package extensions

import (
	"net/url"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// filters are the filters that a list has, by their keys, and what reads the value of each.
type filters map[string]func(key, value string) error

// read reads them from a query. An unknown one is refused: the list would hold more than was
// asked for.
func (f filters) read(query url.Values) error {
	for key := range query {
		read := f[key]
		if read == nil {
			return hub.Errorf(hub.Invalid, "Unknown filter %s", endpoint.Quoted(key))
		}
		if err := read(key, endpoint.LastValue(query, key)); err != nil {
			return err
		}
	}
	return nil
}

// text reads a value as it is.
func text(to *string) func(key, value string) error {
	return func(_, value string) error {
		*to = value
		return nil
	}
}

// id reads the id of a row; what says of what.
func id(to *int64, what string) func(key, value string) error {
	return func(key, value string) (err error) {
		if *to, err = strconv.ParseInt(value, 10, 64); err != nil || *to < 1 {
			return hub.Errorf(hub.Invalid, "%s must be %s", key, what)
		}
		return nil
	}
}

// positive reads how many of something are asked for.
func positive(to *int) func(key, value string) error {
	return func(key, value string) (err error) {
		if *to, err = strconv.Atoi(value); err != nil || *to < 1 {
			return hub.Errorf(hub.Invalid, "%s must be a positive number", key)
		}
		return nil
	}
}

func truth(to *bool) func(key, value string) error {
	return func(key, value string) (err error) {
		if *to, err = strconv.ParseBool(value); err != nil {
			return hub.Errorf(hub.Invalid, "%s must be true or false", key)
		}
		return nil
	}
}

func moment(to *time.Time) func(key, value string) error {
	return func(key, value string) (err error) {
		*to, err = timeOf(key, value)
		return err
	}
}

func timeOf(key, value string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil || at.Year() < 1970 || at.Year() > 9999 {
		return at, hub.Errorf(hub.Invalid, "%s must be a time such as 2026-01-31T08:00:00Z", key)
	}
	return at, nil
}
