package endpoint

import (
	"net/http"
	"strings"
)

// formMemory is how much of a multipart form is held in memory; the rest goes to
// temporary files.
const formMemory = 1 << 20

// ParseForm reads a form of either encoding into r.PostForm. Bodies are limited
// before it comes to that.
func ParseForm(r *http.Request) error {
	var err error
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "multipart/form-data") {
		err = r.ParseMultipartForm(formMemory) //nolint:gosec // the body is limited before any handler sees it
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		return bodyError(err, "The form cannot be read")
	}
	return CallOf(r).recheckCredentials()
}
