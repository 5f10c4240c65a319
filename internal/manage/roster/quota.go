package roster

import (
	"context"
	"strings"

	"github.com/atriumhub/atrium/client"
)

// quotaRows is how many people's quotas a request changes: it is one transaction.
const quotaRows = 1000

// fewBytes is how long a part of an address may be that names people, before it is escaped: some proxies take 8 KiB at most.
const fewBytes = 2500

// few are the names, if they are few; nil is everybody, which is sooner read than very many by name.
func few(names []string) []string {
	if len(strings.Join(names, "&username=")) > fewBytes {
		return nil
	}
	return names
}

// NoQuota is why a row is skipped.
const NoQuota = "no quota amount specified"

// PlanQuota asks whose quotas would change; nothing is done yet. Setting them, amounts of the file win; adding, there is the one amount for all.
// amount is nil where none was given.
func PlanQuota(ctx context.Context, h Hub, rows []Row, action string, amount *int, pace Pace) (*Job, error) {
	if !h.Atrium {
		return nil, client.ErrNoQuotas
	}
	items := itemsOf(rows)
	for _, x := range items {
		if x.Quota == nil || action != "set" {
			x.Quota = amount
		}
		if x.Quota == nil && x.Bad == "" {
			x.Status, x.Message = StatusSkipped, NoQuota
		}
	}
	pace = pace.or(quotaRows, 1)
	j := &Job{Items: items, batch: min(pace.Batch, quotaRows), workers: pace.Workers}
	j.send = func(ctx context.Context, a attempt, batch []*Item) error {
		req := client.QuotaRequest{Action: action, IdempotencyKey: a.key}
		for _, x := range batch {
			req.Users = append(req.Users, client.QuotaChange{Username: x.Name, Amount: int64(*x.Quota)})
		}
		answer, err := h.Client.ChangeQuotas(ctx, req)
		return takeAll(batch, answer, err)
	}
	there := map[string]bool{}
	for q, err := range h.Client.Quotas(ctx, few(namesOf(items))...) {
		if err != nil {
			return nil, err //nolint:wrapcheck // the client's errors say all
		}
		there[q.Username] = true
	}
	for _, x := range items {
		if x.Status != "" {
			continue
		}
		if x.Status = client.StatusNotFound; there[x.Name] {
			x.intend(client.StatusChanged)
		}
	}
	return j, nil
}
