package silent

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// What an open JupyterLab 4 was seen to send while nobody touched it, and what somebody's doing looks like beside it.
func TestWhatAPageSendsByItselfIsSilent(t *testing.T) {
	t.Parallel()
	for request, want := range map[string]bool{
		"GET lab/api/workspaces?1796139470228":         true,
		"PUT lab/api/workspaces/default?1796139464319": true,
		"PUT lab/api/workspaces/auto-X":                true,
		"GET api/me?1796139471135":                     true,
		"GET api/contents?content=1&hash=0":            true,
		"GET api/sessions":                             true,
		"GET api/kernels?1":                            true,

		"DELETE lab/api/workspaces/default":                false,
		"PUT lab/api/settings/a:b":                         false,
		"PUT api/contents/a.ipynb":                         false,
		"GET api/contents/a.ipynb?type=notebook&content=1": false,
		"POST api/sessions":                                false,
		"GET api/kernels/7/channels":                       false,
		"GET lab":                                          false,
		"PUT elab/api/workspaces/x":                        false,
		"PUT lab/api/workspacesoffmine":                    false,
	} {
		method, target, _ := strings.Cut(request, " ")
		r := httptest.NewRequest(method, "/"+target, nil)
		if got := Request(r, r.URL.EscapedPath()[1:]); got != want {
			t.Errorf("%s: silent is %t", request, got)
		}
	}
}
