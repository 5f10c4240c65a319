package site

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// The page for one's own password is served at two addresses: ours, and that of the
// AUP Learning Cloud, which has other names for the fields and answers a change with
// a redirect to itself.

const cloudChangePage = "/auth/change-password"

func onCloudPage(r *http.Request) bool { return endpoint.CallOf(r).Pattern == cloudChangePage }

func (s *Handlers) showChangePassword(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if !who.Known() {
		_, err := s.loggedIn(w, r, who)
		return err
	}
	if onCloudPage(r) && !who.MustChange && r.URL.Query().Get("password_changed") == "1" {
		return s.passwordChanged(w, r, who)
	}
	return s.passwordForm(w, r, who, http.StatusOK, "")
}

// passwordForm shows the form; a problem says why it was not changed.
func (s *Handlers) passwordForm(w http.ResponseWriter, r *http.Request, who *access.Requester, status int, problem string) error {
	has, err := s.app.HasPassword(r.Context(), who.User.ID)
	if err != nil {
		return err
	}
	if !has {
		const none = "You have no password on this hub, so there is none to change."
		if onCloudPage(r) && r.Method == http.MethodPost {
			return hub.Errorf(hub.Invalid, none)
		}
		return hub.Errorf(hub.Forbidden, none).Plainly(none)
	}
	policy := s.app.Config().Passwords
	return s.pages.Render(w, status, pages.ChangePassword{
		Common: s.commonWithXSRF(w, r, who), Error: problem, Forced: who.MustChange, Cloud: onCloudPage(r),
		MinLength: policy.Least(), Rule: policy.String(), Next: s.env.NextParam(r),
	})
}

func (s *Handlers) passwordChanged(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return s.pages.Render(w, http.StatusOK, pages.ChangePassword{Common: s.common(r, who), Done: true, Next: s.env.NextParam(r)})
}

func (s *Handlers) changePassword(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if !who.Known() {
		_, err := s.loggedIn(w, r, who)
		return err
	}
	fields := pages.ChangePassword{Cloud: onCloudPage(r)}
	old, fresh := r.PostForm.Get(fields.OldField()), r.PostForm.Get(fields.NewField())
	switch {
	case old == "" || fresh == "":
		return s.passwordForm(w, r, who, http.StatusBadRequest, "Type your current password, and the new one twice.")
	case fresh != r.PostForm.Get(fields.AgainField()):
		return s.passwordForm(w, r, who, http.StatusBadRequest, "The two new passwords differ. Type the same one twice.")
	}
	if err := s.app.ChangePassword(r.Context(), who, old, fresh); err != nil {
		return s.notChanged(w, r, who, err)
	}
	switch {
	case fields.Cloud:
		endpoint.Redirect(w, http.StatusFound, endpoint.WithNext(s.env.Hub+cloudChangePage[1:]+"?password_changed=1", s.env.NextParam(r)))
	case who.MustChange: // they were on their way elsewhere
		endpoint.Redirect(w, http.StatusSeeOther, s.env.NextURL(r, s.env.Hub+"home"))
	default:
		return s.passwordChanged(w, r, who)
	}
	return nil
}

// notChanged shows the form again where another try can help.
func (s *Handlers) notChanged(w http.ResponseWriter, r *http.Request, who *access.Requester, err error) error {
	e, ok := errors.AsType[*hub.Error](err)
	if !ok {
		return err
	}
	switch e.Code {
	case hub.Invalid, hub.Conflict:
		return s.passwordForm(w, r, who, endpoint.StatusOf(e.Code), endpoint.PageMessage(e, endpoint.StatusOf(e.Code)))
	case hub.Unauthenticated:
		status := http.StatusBadRequest
		if onCloudPage(r) {
			status = http.StatusForbidden
		}
		return s.passwordForm(w, r, who, status, e.Msg)
	case hub.Limit:
		wait := strconv.Itoa(max(1, int(math.Ceil(e.RetryAfter.Seconds()))))
		w.Header().Set("Retry-After", wait)
		return s.passwordForm(w, r, who, http.StatusTooManyRequests, e.Msg)
	default:
		return err
	}
}
