-- The profile of the run: its servers may have limits of their own.

-- +goose Up
ALTER TABLE idleness ADD COLUMN profile TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE idleness DROP COLUMN profile;
