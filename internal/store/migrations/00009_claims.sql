-- That somebody was here is no longer read off last_activity, which a server that was
-- started for them moves as well: claim_closed alone says so. And who the administrators
-- are is asked for whenever one of them is to go.

-- +goose Up
UPDATE users SET claim_closed = TRUE
WHERE id NOT IN (SELECT user_id FROM passwords)
  AND (last_activity <> 0 OR id IN (SELECT user_id FROM tokens WHERE server_id IS NULL));

CREATE INDEX users_admin ON users (id) WHERE admin;

-- +goose Down
DROP INDEX users_admin;
