-- How each start of a server went, and the hours of runs by day, for the dashboard. Days are
-- those of UTC, as numbers of days since 1970. The runs of server_usage that are closed are
-- counted into usage_days by the hub, a few at a time, those of earlier versions too.

-- +goose Up
CREATE TABLE starts (
    server_id BIGINT NOT NULL,
    fence     BIGINT NOT NULL,
    user_id   BIGINT NOT NULL,
    day       BIGINT NOT NULL, -- on which it was asked for
    queued    BIGINT NOT NULL, -- how long it waited for its turn, in microseconds
    took      BIGINT NOT NULL, -- from the asking to the end, that time included
    band      BIGINT NOT NULL, -- how many of the bounds of short and long starts it took longer than
    outcome   TEXT NOT NULL,
    cause     TEXT NOT NULL,
    PRIMARY KEY (server_id, fence)
);
CREATE INDEX starts_day ON starts (day, outcome, cause, band, took, queued);
CREATE INDEX starts_user ON starts (user_id, day);

CREATE TABLE usage_days (
    day     BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    used    BIGINT NOT NULL, -- microseconds
    PRIMARY KEY (day, user_id)
);
CREATE INDEX usage_days_user ON usage_days (user_id, day, used);

ALTER TABLE server_usage ADD COLUMN counted BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX server_usage_uncounted ON server_usage (id) WHERE NOT counted;

-- +goose Down
DROP INDEX server_usage_uncounted;
ALTER TABLE server_usage DROP COLUMN counted;
DROP TABLE usage_days;
DROP TABLE starts;
