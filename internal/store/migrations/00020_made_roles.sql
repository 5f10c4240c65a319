-- Roles that are made while the hub runs, and who has them. Those of the configuration are in role_members.

-- +goose Up
CREATE TABLE made_roles (
    id          AUTO_ID,
    name        TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    scopes      TEXT NOT NULL
);
CREATE TABLE given_roles (
    id       AUTO_ID,
    role     TEXT NOT NULL, -- of made_roles, or a ready-made one
    user_id  BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    group_id BIGINT REFERENCES groups (id) ON DELETE CASCADE -- on whose members it is; none: as the role says
);
CREATE UNIQUE INDEX given_roles_once ON given_roles (user_id, role, COALESCE(group_id, 0));
CREATE INDEX given_roles_role ON given_roles (role);
CREATE INDEX given_roles_group ON given_roles (group_id);

-- +goose Down
DROP TABLE given_roles;
DROP TABLE made_roles;
