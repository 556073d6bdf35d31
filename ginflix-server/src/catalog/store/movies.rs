//! Movies, their genres and their posters.

use async_trait::async_trait;
use ginflix_api::media::MediaName;
use ginflix_api::movie::{Movie, MovieId, MovieSort};
use jiff::Timestamp;
use jiff::civil::Date;

use super::Result;

/// A movie's own fields, as they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct MovieRecord {
    /// Its id.
    pub id: MovieId,
    /// Its title.
    pub title: String,
    /// Free text.
    pub description: String,
    /// Year.
    pub year: Option<u16>,
    /// Genres.
    pub genres: Vec<String>,
    /// Directors.
    pub directors: Vec<String>,
    /// Cast.
    pub cast: Vec<String>,
    /// The file that plays.
    pub media: MediaName,
    /// Grows with every change, from 1.
    pub version: u64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Which movies a list has, and in which order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MovieFilter {
    /// Words in the form of [`crate::catalog::fold::words`]. Each must match, the
    /// last one as a prefix.
    pub words: Vec<String>,
    /// For each word, alternatives that match as well. Movies that match only by
    /// an alternative come last.
    pub instead: Vec<Vec<String>>,
    /// Only movies of this genre, in any case.
    pub genre: Option<String>,
    /// Only movies of this year.
    pub year: Option<u16>,
    /// Only movies that play this file.
    pub media: Option<MediaName>,
    /// The order.
    pub sort: MovieSort,
    /// The first day of the week, for [`MovieSort::Week`].
    pub week: Date,
    /// The most movies to return.
    pub limit: u32,
    /// Only movies after this place in the order.
    pub after: Option<SortKey>,
}

/// A movie's place in an order; with the id it is unique, so pages are stable.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SortKey {
    /// The value that the backend sorts by, in the backend's own form.
    pub key: String,
    /// Orders movies with the same key.
    pub id: MovieId,
}

/// One movie of a list, with its place in it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedMovie {
    /// The movie.
    pub movie: Movie,
    /// Its place.
    pub place: SortKey,
}

/// A poster as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poster {
    /// `image/jpeg`, `image/png` or `image/webp`.
    pub content_type: String,
    /// The picture.
    pub bytes: Vec<u8>,
    /// SHA-256 of it, hexadecimal.
    pub sha256: String,
}

/// Stores movies, and finds them.
#[async_trait]
pub trait MovieStore: Send + Sync + 'static {
    /// Adds a movie.
    ///
    /// # Errors
    /// `Conflict` where another movie has this title and this file, `NoMedia`
    /// where the file is not recorded.
    async fn insert_movie(&self, movie: &MovieRecord) -> Result<()>;
    /// One movie, with the facts of its file and its views.
    async fn movie(&self, id: MovieId) -> Result<Movie>;
    /// Movies in the order of the filter.
    ///
    /// `Relevance` sorts by the fields that it takes to find every word: the
    /// title alone, then people, genres and the description too, last what needs
    /// an alternative word; then by the length of the title. Without words it is
    /// `Newest`.
    async fn movies(&self, filter: &MovieFilter) -> Result<Vec<ListedMovie>>;
    /// Words of titles, people and genres that share trigrams with this word
    /// (see [`crate::catalog::spelling::grams`]), those that share most first.
    async fn words_like(&self, word: &str) -> Result<Vec<String>>;
    /// How many movies there are.
    async fn count_movies(&self) -> Result<u64>;
    /// Writes a movie over its stored version.
    ///
    /// # Errors
    /// `Stale` where the stored version is not `movie.version - 1`; otherwise as
    /// `insert_movie`.
    async fn update_movie(&self, movie: &MovieRecord) -> Result<()>;
    /// Removes a movie; its views stay.
    ///
    /// # Errors
    /// `Stale` where it has another version than the one that is given.
    async fn delete_movie(&self, id: MovieId, version: Option<u64>) -> Result<()>;
    /// Genres in use by name, and the number of movies of each.
    async fn genres(&self) -> Result<Vec<(String, u64)>>;
    /// Years of movies, the latest first.
    async fn years(&self) -> Result<Vec<u16>>;
    /// Sets or removes a movie's poster; the movie's version grows.
    async fn set_poster(&self, id: MovieId, poster: Option<&Poster>, at: Timestamp) -> Result<()>;
    /// A movie's poster.
    async fn poster(&self, id: MovieId) -> Result<Poster>;
}
