-- The rows of all other tables at the time of a snapshot. `kind` is the name of the table.
CREATE TABLE IF NOT EXISTS snapshot_rows (
    snapshot   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    id         TEXT NOT NULL,
    parent     TEXT NOT NULL,
    data       TEXT NOT NULL,
    secret     TEXT NOT NULL,
    PRIMARY KEY (snapshot, kind, seq)
) WITHOUT ROWID;
