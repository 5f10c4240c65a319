package credits

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// PutQuotaRuns keeps what runs may spend.
func (t *Credits) PutQuotaRuns(ctx context.Context, runs []hub.QuotaRun) error {
	if len(runs) == 0 {
		return nil
	}
	rows := make([][]any, len(runs))
	for i, r := range runs {
		rows[i] = []any{r.ServerID, r.AccountID, r.Rate, r.Held}
	}
	_, err := t.Exec(ctx, "hold quotas", `INSERT INTO quota_runs (server_id, account_id, rate, held, spent, seconds, until, empty_since)
		SELECT server_id, account_id, rate, held, 0, 0, 0, 0 FROM `+
		t.Dialect.Records("server_id BIGINT", "account_id BIGINT", "rate BIGINT", "held BIGINT")+" AS r", engine.Tuples(rows))
	return err
}

// PriceQuotaRun says what a run costs.
func (t *Credits) PriceQuotaRun(ctx context.Context, serverID, rate int64) error {
	_, err := t.Exec(ctx, "price quota run", "UPDATE quota_runs SET rate = $2 WHERE server_id = $1 AND until = 0 AND rate <> $2", serverID, rate)
	return err
}

const runColumns = "r.server_id, r.account_id, r.rate, r.held, r.spent, r.seconds, r.until, r.empty_since"

func runInto(r *hub.QuotaRun) []any {
	return []any{&r.ServerID, &r.AccountID, &r.Rate, &r.Held, &r.Spent, &r.Seconds, &r.Until, &r.Empty}
}

// QuotaRunsOf lists the runs of an account.
func (t *Credits) QuotaRunsOf(ctx context.Context, accountID int64) ([]hub.QuotaRun, error) {
	return engine.Many(ctx, t.Tx, "read quota runs", func(s engine.Scanner) (r hub.QuotaRun, err error) {
		err = s.Scan(runInto(&r)...)
		return r, err
	}, "SELECT "+runColumns+" FROM quota_runs r WHERE r.account_id = $1 ORDER BY r.server_id", accountID)
}

// MeterQuotaRun begins to charge a run.
func (t *Credits) MeterQuotaRun(ctx context.Context, serverID int64, at time.Time) error {
	_, err := t.Exec(ctx, "meter quota run", "UPDATE quota_runs SET until = $2 WHERE server_id = $1 AND until = 0", serverID, at.Unix())
	return err
}

// ChargeQuotaRuns charges the runs of owner.
func (t *Credits) ChargeQuotaRuns(ctx context.Context, owner string, at time.Time) error {
	return t.charge(ctx, "r.server_id IN (SELECT id FROM servers WHERE owner = $1)", owner, at)
}

// ChargeQuotas charges the runs of accounts.
func (t *Credits) ChargeQuotas(ctx context.Context, accountIDs []int64, at time.Time) error {
	if len(accountIDs) == 0 {
		return nil
	}
	return t.charge(ctx, "r.account_id IN "+t.Dialect.IDs(), engine.Numbers(accountIDs), at)
}

// charge charges the runs r of which a condition on $1 holds: what all metered runs p of an account take a second says for
// how many seconds its balance lasts.
func (t *Credits) charge(ctx context.Context, which string, parameter any, at time.Time) error {
	const lasts = "(p.balance + p.rates - 1) / p.rates"
	_, err := t.Exec(ctx, "charge quotas", `UPDATE quota_runs SET spent = quota_runs.spent + quota_runs.rate * due.charged,
			seconds = quota_runs.seconds + due.charged, until = $2,
			empty_since = CASE WHEN NOT due.emptied THEN 0 WHEN quota_runs.empty_since > 0 THEN quota_runs.empty_since ELSE $2 END
		FROM (SELECT r.server_id, NOT p.unlimited AND p.balance <= p.rates * ($2 - r.until) AS emptied,
				CASE WHEN p.unlimited OR p.balance <= 0 THEN 0 WHEN $2 - r.until < `+lasts+` THEN $2 - r.until ELSE `+lasts+` END AS charged
			FROM quota_runs r JOIN (
				SELECT a.id, a.unlimited, a.settled - CAST(sum(x.spent) AS BIGINT) AS balance,
					CAST(sum(CASE WHEN x.until > 0 THEN x.rate ELSE 0 END) AS BIGINT) AS rates
				FROM quota_accounts a JOIN quota_runs x ON x.account_id = a.id GROUP BY a.id, a.unlimited, a.settled) AS p ON p.id = r.account_id
			WHERE r.until > 0 AND r.until < $2 AND `+which+`) AS due
		WHERE due.server_id = quota_runs.server_id`, parameter, at.Unix())
	return err
}

// SkipQuotaRuns lets time pass without charging it.
func (t *Credits) SkipQuotaRuns(ctx context.Context, owner string, at time.Time) error {
	_, err := t.Exec(ctx, "skip quotas", `UPDATE quota_runs SET until = $2 WHERE until > 0 AND until < $2
		AND server_id IN (SELECT id FROM servers WHERE owner = $1)`, owner, at.Unix())
	return err
}

// EmptyQuotaRuns gives the servers whose accounts have nothing left.
func (t *Credits) EmptyQuotaRuns(ctx context.Context, owner string, since time.Time) ([]int64, error) {
	return engine.Many(ctx, t.Tx, "find empty quotas", engine.Value[int64], `SELECT r.server_id FROM quota_runs r
		JOIN servers s ON s.id = r.server_id WHERE r.empty_since > 0 AND r.empty_since <= $2 AND s.owner = $1 AND s.want_running
		ORDER BY r.server_id`, owner, since.Unix())
}

// HoldQuota holds the account that a server's run spends from.
func (t *Credits) HoldQuota(ctx context.Context, serverID int64) (int64, error) {
	ids, err := engine.Many(ctx, t.Tx, "hold quota", engine.Value[int64], `SELECT id FROM quota_accounts
		WHERE id = (SELECT account_id FROM quota_runs WHERE server_id = $1)`+t.Dialect.ForUpdate, serverID)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

// QuotaRun is a server's, with its account.
func (t *Credits) QuotaRun(ctx context.Context, serverID int64) (r hub.QuotaRun, a hub.QuotaAccount, err error) {
	var user int64 // whose account it is
	r, err = engine.One(ctx, t.Tx, "read quota run", func(s engine.Scanner) (r hub.QuotaRun, err error) {
		err = s.Scan(append(runInto(&r), &user)...)
		return r, err
	}, "SELECT "+runColumns+", a.user_id FROM quota_runs r JOIN quota_accounts a ON a.id = r.account_id WHERE r.server_id = $1", serverID)
	if err != nil {
		return r, a, err
	}
	list, err := t.QuotasOf(ctx, []int64{user})
	if err == nil && len(list) == 0 {
		err = hub.Errorf(hub.NotFound, "Not Found")
	}
	if err != nil {
		return r, a, err
	}
	return r, list[0], nil
}

// DeleteQuotaRuns ends what runs may spend.
func (t *Credits) DeleteQuotaRuns(ctx context.Context, serverIDs []int64) error {
	if len(serverIDs) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, "end quota runs", "DELETE FROM quota_runs WHERE server_id IN "+t.Dialect.IDs(), engine.Numbers(serverIDs))
	return err
}
