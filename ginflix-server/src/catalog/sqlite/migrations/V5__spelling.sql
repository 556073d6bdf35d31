-- Words of titles, people and genres, for searches that are spelt wrong; neither
-- short ones nor numbers, which have too many neighbours. A word stays when its
-- last movie goes: then it is found to be in none.
CREATE TABLE movie_words (
    row  INTEGER PRIMARY KEY,
    word TEXT    NOT NULL UNIQUE
) STRICT;

-- Trigrams of each word with a space at either end.
CREATE VIRTUAL TABLE movie_grams USING fts5 (
    word, content = '', contentless_delete = 1, tokenize = 'trigram'
);

CREATE VIRTUAL TABLE words_so_far USING fts5vocab ('movie_search', 'col');
INSERT INTO movie_words (word)
    SELECT DISTINCT term FROM words_so_far
    WHERE col <> 'description' AND length(term) BETWEEN 4 AND 32 AND term NOT GLOB '*[0-9]*';
INSERT INTO movie_grams (rowid, word) SELECT row, ' ' || word || ' ' FROM movie_words;
DROP TABLE words_so_far;
