package credits

import (
	"context"
	"strconv"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// selectAccounts reads the account a of the person u; running says which runs are added up.
func selectAccounts(running string) string {
	return `SELECT COALESCE(a.id, 0), u.id, u.name, COALESCE(a.settled, 0), COALESCE(r.spent, 0), COALESCE(r.held, 0),
			COALESCE(a.unlimited, FALSE), COALESCE(a.changed, 0)
		FROM users u LEFT JOIN quota_accounts a ON a.user_id = u.id
		LEFT JOIN (SELECT account_id, CAST(sum(spent) AS BIGINT) AS spent,
				CAST(sum(CASE WHEN held > spent THEN held - spent ELSE 0 END) AS BIGINT) AS held
			FROM quota_runs ` + running + ` GROUP BY account_id) AS r ON r.account_id = a.id `
}

func scanAccount(s engine.Scanner) (a hub.QuotaAccount, err error) {
	err = s.Scan(&a.ID, &a.UserID, &a.UserName, &a.Settled, &a.Spent, &a.Held, &a.Unlimited, engine.At(&a.Changed))
	return a, err
}

// QuotasOf gives what is known of people's accounts.
func (t *Credits) QuotasOf(ctx context.Context, userIDs []int64) ([]hub.QuotaAccount, error) {
	if len(userIDs) == 0 {
		return nil, nil
	}
	return engine.Many(ctx, t.Tx, "read quotas", scanAccount,
		selectAccounts("WHERE account_id IN (SELECT id FROM quota_accounts WHERE user_id IN "+t.Dialect.IDs()+")")+
			"WHERE a.id IS NOT NULL AND u.id IN "+t.Dialect.IDs()+" ORDER BY u.id", engine.Numbers(userIDs))
}

// ListQuotas gives everybody whom the query asks for, by name.
func (t *Credits) ListQuotas(ctx context.Context, q hub.QuotaQuery) ([]hub.QuotaAccount, error) {
	args := []any{q.After, engine.Limit(q.Limit)}
	add := func(list []string) string {
		args = append(args, engine.Texts(list))
		return t.Dialect.Names("$" + strconv.Itoa(len(args)))
	}
	where := "WHERE u.name > $1 "
	if q.Names != nil {
		where += "AND u.name IN " + add(q.Names) + " "
	}
	if q.Restricted {
		where += "AND (u.name IN " + add(q.OnlyUsers) + ` OR u.id IN (SELECT m.user_id FROM memberships m
			JOIN groups g ON g.id = m.group_id WHERE g.name IN ` + add(q.OnlyGroups) + ")) "
	}
	return engine.Many(ctx, t.Tx, "list quotas", scanAccount, selectAccounts("")+where+"ORDER BY u.name LIMIT $2", args...)
}

// OpenQuotas makes accounts for those who have none.
func (t *Credits) OpenQuotas(ctx context.Context, userIDs []int64) error {
	_, err := t.Exec(ctx, "open quotas", `INSERT INTO quota_accounts (user_id, settled, unlimited, changed)
		SELECT id, 0, FALSE, CAST($2 AS BIGINT) FROM users WHERE id IN `+t.Dialect.IDs()+` ON CONFLICT (user_id) DO NOTHING`,
		engine.Numbers(userIDs), engine.Micros(t.Now()))
	return err
}

// SetQuotasUnlimited says of accounts whether they are.
func (t *Credits) SetQuotasUnlimited(ctx context.Context, accountIDs []int64, unlimited bool) error {
	if len(accountIDs) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, "set quotas unlimited", "UPDATE quota_accounts SET unlimited = $2, changed = $3 WHERE id IN "+t.Dialect.IDs(),
		engine.Numbers(accountIDs), unlimited, engine.Micros(t.Now()))
	return err
}
