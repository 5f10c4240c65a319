-- What runs have used is looked for by when they ended, where a rule of quotas gives it back after some time.

-- +goose Up
CREATE INDEX quota_entries_usage ON quota_entries (at) WHERE kind = 'usage';

-- +goose Down
DROP INDEX quota_entries_usage;
