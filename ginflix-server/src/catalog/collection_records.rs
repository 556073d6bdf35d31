//! Conversion of rows of collections to records, and the SQL that both databases read them with.

use ginflix_api::collection::{Collection, CollectionOfMovie};
use ginflix_api::movie::MovieId;
use ginflix_api::paths;
use uuid::Uuid;

use super::rows::{DatabaseRow, FromRow};
use super::store::Result;

/// The columns of [`Collection`], and the tables they are in.
pub const COLLECTION_ROWS: &str = "c.id, c.title, c.description, c.parent, p.title, c.position, \
    (SELECT count(*) FROM collection_movies m WHERE m.collection = c.id), \
    c.version, c.created_at, c.updated_at, \
    (SELECT m.movie_id FROM collection_movies m WHERE m.collection = c.id \
     ORDER BY m.position LIMIT 1), \
    (SELECT o.sha256 FROM posters o WHERE o.movie_id = (SELECT m.movie_id FROM collection_movies m \
     WHERE m.collection = c.id ORDER BY m.position LIMIT 1)) \
    FROM collections c LEFT JOIN collections p ON p.id = c.parent";

/// The columns of [`CollectionOfMovie`], and the tables they are in. An index has the neighbours of a movie, so the
/// other movies of its collections are not read.
pub const COLLECTION_OF_MOVIE_ROWS: &str = "c.id, c.title, p.title, \
    (SELECT count(*) FROM collection_movies o \
     WHERE o.collection = m.collection AND o.position <= m.position), \
    (SELECT count(*) FROM collection_movies o WHERE o.collection = m.collection), \
    (SELECT o.movie_id FROM collection_movies o \
     WHERE o.collection = m.collection AND o.position < m.position ORDER BY o.position DESC LIMIT 1), \
    (SELECT o.movie_id FROM collection_movies o \
     WHERE o.collection = m.collection AND o.position > m.position ORDER BY o.position LIMIT 1) \
    FROM collection_movies m JOIN collections c ON c.id = m.collection \
    LEFT JOIN collections p ON p.id = c.parent";

/// Reads the columns of [`COLLECTION_ROWS`].
impl FromRow for Collection {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        let first = row.column::<Option<Uuid>>(10)?.map(MovieId);
        let poster: Option<String> = row.column(11)?;
        Ok(Self {
            id: row.column(0)?,
            title: row.column(1)?,
            description: row.column(2)?,
            parent: row.column(3)?,
            parent_title: row.column(4)?,
            // Only values of a `u32` are written.
            position: row.column::<i32>(5)? as u32,
            movie_count: row.count(6)?,
            poster_path: first.zip(poster).map(|(id, sha256)| paths::poster_version(id, &sha256)),
            version: row.count(7)?,
            created_at: row.time(8)?,
            updated_at: row.time(9)?,
        })
    }
}

/// Reads the columns of [`COLLECTION_OF_MOVIE_ROWS`].
impl FromRow for CollectionOfMovie {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            id: row.column(0)?,
            title: row.column(1)?,
            parent_title: row.column(2)?,
            position: row.count(3)?,
            movie_count: row.count(4)?,
            previous: row.column::<Option<Uuid>>(5)?.map(MovieId),
            next: row.column::<Option<Uuid>>(6)?.map(MovieId),
        })
    }
}
