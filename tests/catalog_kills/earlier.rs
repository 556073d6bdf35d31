//! SQLite catalogues with the schemas of earlier versions, filled with movies.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use refinery::{Migration, Target};
use rusqlite::{Connection, params};

mod sqlite {
    refinery::embed_migrations!("../ginflix-server/src/catalog/sqlite/migrations");
}

/// The number of movies of each catalogue.
pub const MOVIES: u32 = 600;
/// The number of words of a movie, which no other movie has.
const WORDS_PER_MOVIE: u32 = 6;

/// Returns all migrations in their order.
pub fn migrations() -> Vec<Migration> {
    let mut migrations = sqlite::migrations::runner().get_migrations().clone();
    migrations.sort_by_key(Migration::version);
    migrations
}

/// Returns the schema versions before the last one.
pub fn versions() -> Vec<i32> {
    let mut versions: Vec<i32> = migrations().iter().map(Migration::version).collect();
    versions.pop();
    versions
}

/// Returns the path of the catalogue on a volume.
pub fn file(volume: &Path) -> PathBuf {
    volume.join("catalog.db")
}

/// Creates a catalogue with this version of the schema, and fills it with movies.
pub fn create(file: &Path, version: i32) {
    let mut db = open(file);
    migrate_to(&mut db, 1);
    fill(&mut db);
    migrate_to(&mut db, version);
}

/// Opens the file as the server does.
pub fn open(file: &Path) -> Connection {
    let db = Connection::open(file).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;").unwrap();
    db
}

/// Applies and records all missing migrations up to this version.
pub fn migrate_to(db: &mut Connection, version: i32) {
    sqlite::migrations::runner().set_target(Target::Version(version)).run(db).unwrap();
}

/// Returns a pseudo-random word of twelve letters, a different one for each number.
fn word(number: u32) -> String {
    let mut bits = u64::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut letters = String::new();
    for _ in 0..12 {
        letters.push(char::from(b'a' + u8::try_from(bits % 26).unwrap()));
        bits /= 26;
    }
    letters
}

/// Returns the words of a movie. The first one is its title.
pub fn words(movie: u32) -> Vec<String> {
    (0..WORDS_PER_MOVIE).map(|n| word(movie * WORDS_PER_MOVIE + n)).collect()
}

/// Fills the first schema with rows as the first version wrote them.
fn fill(db: &mut Connection) {
    let transaction = db.transaction().unwrap();
    let execute = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        transaction.prepare_cached(sql).unwrap().execute(values).unwrap();
    };
    for movie in 0..MOVIES {
        let (row, id) = (movie + 1, u128::from(movie + 1).to_be_bytes());
        let (words, media) = (words(movie), format!("film-{movie}.mp4"));
        let (title, people) = (&words[0], words[1..].join(" "));
        execute(
            "INSERT INTO media VALUES (?1, 5, 'ab', 'video/mp4', 90.5, 1767225600000000)",
            params![media],
        );
        execute(
            "INSERT INTO movies VALUES (?1, ?2, ?3, ?3, 'Once.', 1999, '[\"Drama\"]', ?4, '[]', ?5, 1,
                1767225600000000, 1767225600000000)",
            params![row, id, title, format!("[\"{people}\"]"), media],
        );
        execute("INSERT INTO movie_genres VALUES ('drama', ?1, 'Drama')", params![id]);
        execute("INSERT INTO view_totals VALUES (?1, ?2, 0, NULL)", params![id, title]);
        execute(
            "INSERT INTO movie_search (rowid, title, people, genres, description)
                VALUES (?1, ?2, ?3, 'drama', 'once')",
            params![row, title, people],
        );
    }
    transaction.commit().unwrap();
}

/// Asserts that a catalogue has the latest schema, is consistent, and has the first `movies`
/// movies.
pub fn assert_intact(file: &Path, movies: u32) {
    let db = open(file);
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = db.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(|row| row.unwrap()).collect()
    };
    assert_eq!(texts("PRAGMA integrity_check"), ["ok"]);
    assert_eq!(texts("SELECT \"table\" FROM pragma_foreign_key_check"), [""; 0]);
    let recorded = texts("SELECT name FROM refinery_schema_history ORDER BY version");
    let all: Vec<String> = migrations().iter().map(|m| m.name().to_owned()).collect();
    assert_eq!(recorded, all);
    assert_eq!(texts("SELECT CAST(revision AS TEXT) FROM media_revision").len(), 1);
    let titles: BTreeSet<String> =
        texts("SELECT title FROM movies JOIN media ON name = media WHERE description = 'Once.'")
            .into_iter()
            .collect();
    let expected: BTreeSet<String> = (0..movies).map(|movie| words(movie).swap_remove(0)).collect();
    assert_eq!(titles, expected);
    // All words that can be suggested, and the genre.
    let known: BTreeSet<String> = texts("SELECT word FROM movie_words").into_iter().collect();
    let mut expected: BTreeSet<String> = (0..movies).flat_map(words).collect();
    if movies > 0 {
        expected.insert("drama".to_owned());
    }
    assert_eq!(known, expected);
    // The index of trigrams has one row for each of these words.
    let count = "SELECT CAST(count(*) AS TEXT) FROM movie_grams";
    assert_eq!(texts(count), [known.len().to_string()]);
}
