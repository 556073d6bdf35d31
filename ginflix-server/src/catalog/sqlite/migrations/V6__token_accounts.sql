-- The account of the token that made a change.
ALTER TABLE audit ADD COLUMN account TEXT;

-- A token of an earlier version gets the account that created it, if the last entry
-- about its creation names one that has existed since. The others belong to none.
UPDATE credentials SET account = (
    SELECT accounts.name
    FROM (SELECT * FROM audit
          WHERE action = 'tokens.create' AND target = '/api/v1/tokens/' || credentials.name
          ORDER BY id DESC LIMIT 1) AS creation
    JOIN accounts ON accounts.name = creation.who
    WHERE creation.is_token = 0 AND accounts.created_at <= creation.at
) WHERE kind = 'token' AND name <> 'cluster';

-- Names compare without case. If the names of earlier accounts differ only in case, the
-- first of them has the key, and the others are found by their exact names only.
ALTER TABLE accounts ADD COLUMN name_key TEXT;
UPDATE accounts SET name_key = lower(name)
    WHERE id IN (SELECT min(id) FROM accounts GROUP BY lower(name));
CREATE UNIQUE INDEX accounts_by_name_key ON accounts (name_key);
