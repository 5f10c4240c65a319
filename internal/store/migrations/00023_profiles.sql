-- What a server was started as, or asked for as, last: lists show it without looking at runs.

-- +goose Up
ALTER TABLE servers ADD COLUMN profile TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE servers DROP COLUMN profile;
