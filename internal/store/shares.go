package store

import "context"

// ShareRecipients are the people with whom something of the owner's is shared,
// directly or by a group.
func (t *tx) ShareRecipients(ctx context.Context, ownerID int64) ([]int64, error) {
	return many(ctx, t, "list recipients of shares", value[int64], `
		SELECT h.user_id FROM shares h JOIN servers s ON s.id = h.server_id WHERE s.user_id = $1 AND h.user_id IS NOT NULL
		UNION
		SELECT m.user_id FROM shares h JOIN servers s ON s.id = h.server_id
		JOIN memberships m ON m.group_id = h.group_id WHERE s.user_id = $1
		ORDER BY 1`, ownerID)
}
