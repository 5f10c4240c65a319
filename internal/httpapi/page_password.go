package httpapi

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

func (s *Server) showChangePassword(w http.ResponseWriter, r *http.Request, who *app.Requester) error {
	if !who.Known() {
		_, err := s.loggedIn(w, r, who)
		return err
	}
	return s.passwordForm(w, r, who, http.StatusOK, "")
}

// passwordForm shows the form; a problem says why it was not changed.
func (s *Server) passwordForm(w http.ResponseWriter, r *http.Request, who *app.Requester, status int, problem string) error {
	has, err := s.app.HasPassword(r.Context(), who.User.ID)
	if err != nil {
		return err
	}
	if !has {
		return hub.Errorf(hub.Forbidden, "You have no password on this hub that could be changed.")
	}
	return s.pages.Render(w, status, pages.ChangePassword{
		Common: s.withToken(w, r, who), Error: problem, Forced: who.MustChange, MinLength: s.app.Config().Passwords.Least(), Rule: s.app.Config().Passwords.String(), Next: s.nextOf(r),
	})
}

func (s *Server) changePassword(w http.ResponseWriter, r *http.Request, who *app.Requester) error {
	if !who.Known() {
		_, err := s.loggedIn(w, r, who)
		return err
	}
	old, fresh := r.PostForm.Get("old_password"), r.PostForm.Get("new_password")
	if fresh != r.PostForm.Get("new_password_confirmation") {
		return s.passwordForm(w, r, who, http.StatusBadRequest, "The two new passwords differ. Type the same one twice.")
	}
	err := s.app.ChangePassword(r.Context(), who, old, fresh)
	if e, ok := errors.AsType[*hub.Error](err); ok {
		switch e.Code {
		case hub.Invalid, hub.Unauthenticated:
			return s.passwordForm(w, r, who, http.StatusBadRequest, e.Msg)
		case hub.Conflict:
			return s.passwordForm(w, r, who, http.StatusConflict, e.Msg)
		case hub.Limit:
			wait := strconv.Itoa(max(1, int(math.Ceil(e.RetryAfter.Seconds()))))
			w.Header().Set("Retry-After", wait)
			return s.passwordForm(w, r, who, http.StatusTooManyRequests, e.Msg+" Try again in "+wait+" seconds.")
		default:
			return err
		}
	}
	if err != nil {
		return err
	}
	return s.pages.Render(w, http.StatusOK, pages.ChangePassword{Common: s.common(r, who), Done: true, Next: s.nextOf(r)})
}
