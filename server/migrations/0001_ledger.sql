-- The ledger: one row is one decision. The primary key is the revision, so that two writers who decided on the same
-- state cannot both be right: the second insert fails and decides again.
create table ledger (
    revision integer primary key check (revision > 0),
    format integer not null,
    at integer not null, -- milliseconds since 1970-01-01T00:00:00Z
    actor text not null, -- JSON
    reason text,
    -- The caller's idempotency key with what it was sent for: the same key for something else is refused.
    request text unique,
    fingerprint text,
    events text not null -- JSON
) strict;

-- Who this ledger is: one row, made once. A restore makes a new one, so that clients never compare revisions of two
-- histories.
create table ledger_identity (
    one integer primary key check (one = 1),
    ledger text not null
) strict;

create table users (
    name text primary key,
    password text not null -- argon2id, PHC string
) strict;

-- Only hashes of tokens are kept: a copy of this file signs nobody in.
create table sessions (
    token_hash text primary key,
    user_name text not null references users (name) on delete cascade,
    expires integer not null
) strict;

create table api_keys (
    name text primary key,
    token_hash text not null unique,
    kind text not null,
    environment text,
    owner text not null,
    created integer not null
) strict;
