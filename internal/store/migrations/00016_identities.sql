-- Who people are to the providers that log them in. A name alone makes nobody somebody.

-- +goose Up
CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject  BYTEWISE_TEXT NOT NULL,
    user_id  BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name     TEXT NOT NULL, -- as the provider said it last
    bound    BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- +goose Down
DROP TABLE identities;
