-- Words of titles, people and genres, for searches that are spelt wrong; neither
-- short ones nor numbers, which have too many neighbours. A word stays when its
-- last movie goes: then it is found to be in none.
CREATE TABLE movie_words (
    word TEXT COLLATE "C" PRIMARY KEY
);
INSERT INTO movie_words
    SELECT word FROM ts_stat('SELECT search FROM movies', 'abc')
    WHERE length(word) BETWEEN 4 AND 32 AND word !~ '[0-9]';

-- Finds them faster where it is to be had; without it all words are looked at.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX movie_words_by_gram ON movie_words USING gin (word gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'without pg_trgm: %', SQLERRM;
END
$$;
