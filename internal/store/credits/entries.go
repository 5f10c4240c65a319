package credits

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// AddQuotaEntries appends entries, and adds them to their accounts.
func (t *Credits) AddQuotaEntries(ctx context.Context, entries ...hub.QuotaEntry) error {
	if len(entries) == 0 {
		return nil
	}
	rows, sums := make([][]any, len(entries)), map[int64]int64{}
	for i, e := range entries {
		rows[i] = []any{
			e.AccountID, engine.Micros(t.Now()), string(e.Kind), e.Amount, e.Balance, e.Actor, e.Note, e.Request,
			e.ServerName, e.Fence, e.Rate, e.Seconds,
		}
		sums[e.AccountID] += e.Amount
	}
	_, err := t.Exec(ctx, "add quota entries", `INSERT INTO quota_entries
			(account_id, at, kind, amount, balance, actor, note, request, server_name, fence, rate, seconds)
		SELECT account_id, at, kind, amount, balance, actor, note, request, server_name, fence, rate, seconds FROM `+t.Dialect.Records(
		"account_id BIGINT", "at BIGINT", "kind TEXT", "amount BIGINT", "balance BIGINT", "actor TEXT", "note TEXT", "request TEXT",
		"server_name TEXT", "fence BIGINT", "rate BIGINT", "seconds BIGINT")+" AS e", engine.Tuples(rows))
	if err != nil {
		return err
	}
	added := make([][]any, 0, len(sums))
	for id, sum := range sums {
		added = append(added, []any{id, sum})
	}
	_, err = t.Exec(ctx, "add to quotas", `UPDATE quota_accounts SET settled = settled + added.v, changed = $2
		FROM `+t.Dialect.Pairs()+" AS added WHERE added.k = quota_accounts.id", engine.Tuples(added), engine.Micros(t.Now()))
	return err
}

// QuotaRequests are keys under which something was changed.
func (t *Credits) QuotaRequests(ctx context.Context, accountIDs []int64, prefix string) ([]string, error) {
	return engine.Many(ctx, t.Tx, "read quota requests", engine.Value[string], `SELECT request FROM quota_entries
		WHERE request <> '' AND account_id IN `+t.Dialect.IDs()+` AND request >= $2 AND request < $3`,
		engine.Numbers(accountIDs), prefix, prefix+"\u007f")
}

// QuotaEntries gives the newest of an account.
func (t *Credits) QuotaEntries(ctx context.Context, accountID, before int64, limit int) ([]hub.QuotaEntry, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	return engine.Many(ctx, t.Tx, "read quota entries", func(s engine.Scanner) (e hub.QuotaEntry, err error) {
		err = s.Scan(&e.ID, &e.AccountID, engine.At(&e.At), &e.Kind, &e.Amount, &e.Balance, &e.Actor, &e.Note, &e.Request,
			&e.ServerName, &e.Fence, &e.Rate, &e.Seconds)
		return e, err
	}, `SELECT id, account_id, at, kind, amount, balance, actor, note, request, server_name, fence, rate, seconds
		FROM quota_entries WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, accountID, before, max(limit, 0))
}

// QuotaUsed gives what runs have used, by accounts.
func (t *Credits) QuotaUsed(ctx context.Context, after, by time.Time) (map[int64]int64, error) {
	type used struct{ account, amount int64 }
	list, err := engine.Many(ctx, t.Tx, "read what was used of quotas", func(s engine.Scanner) (u used, err error) {
		err = s.Scan(&u.account, &u.amount)
		return u, err
	}, `SELECT account_id, CAST(-sum(amount) AS BIGINT) FROM quota_entries AS e WHERE kind = 'usage' AND at > $1 AND at <= $2
		AND NOT EXISTS (SELECT 1 FROM quota_entries c WHERE c.account_id = e.account_id AND c.request = 'correct/' || e.id) GROUP BY account_id`,
		engine.Micros(after), engine.Micros(by))
	all := make(map[int64]int64, len(list))
	for _, u := range list {
		all[u.account] = u.amount
	}
	return all, err
}

// QuotaSums gives what an account's entries come to.
func (t *Credits) QuotaSums(ctx context.Context, accountID int64) ([]hub.QuotaSum, error) {
	return engine.Many(ctx, t.Tx, "add up quota entries", func(s engine.Scanner) (q hub.QuotaSum, err error) {
		err = s.Scan(&q.Kind, &q.Amount, &q.Count)
		return q, err
	}, `SELECT kind, CAST(sum(amount) AS BIGINT), count(*) FROM quota_entries WHERE account_id = $1 GROUP BY kind ORDER BY kind`, accountID)
}
