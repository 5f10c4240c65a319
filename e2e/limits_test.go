package e2e_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// 100,000 names in one request are done whole, and known at once.
func TestAHundredThousandNames(t *testing.T) {
	t.Parallel()
	admin := startHub(t, options{Config: trivialConfig()}).Admin()
	names := make([]string, 100_000)
	for i := range names {
		names[i] = fmt.Sprintf("u%06d", i)
	}
	body := `{"usernames": ["` + strings.Join(names, `","`) + `"]}`
	admin.Do(http.MethodPost, "/hub/api/users", body, http.StatusCreated)
	admin.Do(http.MethodGet, "/hub/api/users/u099999", nil, http.StatusOK)
	admin.Do(http.MethodPost, "/hub/api/users", body, http.StatusConflict)
}

// Somebody with 10,000 tokens comes in by each, sees them all, and loses them at once.
func TestTenThousandTokens(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig() + "tokens: {limit: -1}\n"})
	admin := h.Admin()
	admin.NewUser("ann")
	const n = 10_000
	secrets := make([]string, n)
	keep := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer keep.CloseIdleConnections()
	var workers sync.WaitGroup
	for w := range 8 {
		workers.Go(func() {
			for i := w; i < n; i += 8 {
				their := *admin
				their.http = keep
				got, err := their.Try(http.MethodPost, "/hub/api/users/ann/tokens", map[string]any{"note": strconv.Itoa(i)})
				if err != nil || got.Status != http.StatusCreated {
					t.Errorf("token %d: %d %v", i, got.Status, err)
					return
				}
				var made struct{ Token string }
				decode(t, got.Body, &made)
				secrets[i] = made.Token
			}
		})
	}
	workers.Wait()
	seen := map[string]bool{} // while none is used: the list is in the order of their last use
	for offset := 0; offset <= n; offset += 200 {
		var list struct {
			Tokens []struct{ ID string } `json:"api_tokens"`
		}
		admin.Get(fmt.Sprintf("/hub/api/users/ann/tokens?limit=200&offset=%d", offset), &list)
		for _, token := range list.Tokens {
			seen[token.ID] = true
		}
	}
	if len(seen) != n+1 {
		t.Errorf("%d tokens are listed, want %d", len(seen), n+1)
	}
	for _, i := range []int{0, n / 2, n - 1} {
		h.As(secrets[i]).Do(http.MethodGet, "/hub/api/user", nil, http.StatusOK)
	}
	admin.Do(http.MethodPost, "/hub/api/users/ann/revoke", nil, http.StatusNoContent)
	h.As(secrets[n-1]).Do(http.MethodGet, "/hub/api/user", nil, http.StatusForbidden)
}
