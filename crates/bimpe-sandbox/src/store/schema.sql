-- All tables have this shape: `data` holds the JSON that the API returns, `secret` the values that it never returns.
CREATE TABLE IF NOT EXISTS {table} (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    parent     TEXT NOT NULL,
    data       TEXT NOT NULL,
    secret     TEXT NOT NULL DEFAULT 'null'
);
CREATE INDEX IF NOT EXISTS {table}_by_parent ON {table} (parent, seq);
-- For lists by time, which programs read to the end.
CREATE INDEX IF NOT EXISTS {table}_by_created_at ON {table} (parent, json_extract(data, '$.created_at'), seq);
