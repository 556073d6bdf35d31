//! Movies, their genres and their posters.

use async_trait::async_trait;
use ginflix_api::media::MediaName;
use ginflix_api::movie::{Episode, Movie, MovieId, MovieSort};
use jiff::Timestamp;
use jiff::civil::Date;

use super::Result;

/// The fields of a movie that are stored with it.
#[derive(Debug, Clone, PartialEq)]
pub struct MovieRecord {
    /// The id.
    pub id: MovieId,
    /// The title.
    pub title: String,
    /// The description, a free text.
    pub description: String,
    /// The year of its release.
    pub year: Option<u16>,
    /// The genres.
    pub genres: Vec<String>,
    /// The directors.
    pub directors: Vec<String>,
    /// The actors.
    pub cast: Vec<String>,
    /// Its place in a series.
    pub episode: Option<Episode>,
    /// The media file that it plays.
    pub media: MediaName,
    /// The version: 1 for a new movie, and 1 more after each change.
    pub version: u64,
    /// The time at which it was added.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
}

impl MovieRecord {
    /// Returns the values of the columns of the place in a series: the title of the series, the season and the number.
    pub fn episode_columns(&self) -> (Option<&str>, Option<i32>, Option<i32>) {
        let Some(episode) = &self.episode else { return (None, None, None) };
        let Episode { series, season, number } = episode;
        (series.as_deref(), season.map(i32::from), number.map(i32::from))
    }
}

/// The filter and order of a list of movies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MovieFilter {
    /// Search words, normalized by [`crate::catalog::normalize::words`]. Each must match, the
    /// last one as a prefix. One of them may match the year instead of a text
    /// (see [`crate::catalog::search_words`]).
    pub words: Vec<String>,
    /// Alternatives for each search word. Movies that match only by an alternative come last in
    /// an order by relevance.
    pub alternatives: Vec<Vec<String>>,
    /// The genre, in any spelling that has the same sort key.
    pub genre: Option<String>,
    /// The year.
    pub year: Option<u16>,
    /// The media file that the movies play.
    pub media: Option<MediaName>,
    /// The order.
    pub sort: MovieSort,
    /// The first day of the week, for [`MovieSort::Week`].
    pub week_start: Date,
    /// The most movies to return.
    pub limit: u32,
    /// The position after which the list starts.
    pub after: Option<SortKey>,
}

/// The position of a movie in a list. With the id it is unique, so no page repeats or omits a
/// movie while others are added and removed.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SortKey {
    /// The value that the list is sorted by, as a text.
    pub key: String,
    /// The id, by which movies with the same key are sorted.
    pub id: MovieId,
}

/// A movie of a list, with its position.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedMovie {
    /// The movie.
    pub movie: Movie,
    /// The position.
    pub position: SortKey,
}

/// A stored poster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poster {
    /// The content type: `image/jpeg`, `image/png` or `image/webp`.
    pub content_type: String,
    /// The content.
    pub bytes: Vec<u8>,
    /// The SHA-256 of the content in hexadecimal.
    pub sha256: String,
}

/// Stores and finds movies.
#[async_trait]
pub trait MovieStore: Send + Sync + 'static {
    /// Adds a movie.
    ///
    /// # Errors
    /// `Conflict` if another movie has this title and media file, `NoMedia` if the media file is
    /// not recorded.
    async fn insert_movie(&self, movie: &MovieRecord) -> Result<()>;
    /// Returns a movie with the metadata of its media file and its views.
    async fn movie(&self, id: MovieId) -> Result<Movie>;
    /// Returns the movies that match the filter, in its order.
    ///
    /// `Relevance` sorts by the fields that are needed to match every word: the title alone
    /// comes first, then title and people, then genres too, then the description too, and last
    /// the movies that match only by an alternative. Among these, a movie of the year that a word
    /// says comes first, then the shorter title.
    /// Without search words it is the same as `Newest`.
    async fn movies(&self, filter: &MovieFilter) -> Result<Vec<ListedMovie>>;
    /// Returns the movies of several lists, as [`MovieStore::movies`] does, in one call.
    async fn movie_lists(&self, filters: &[MovieFilter]) -> Result<Vec<Vec<ListedMovie>>>;
    /// Returns up to 200 words of titles, people and genres that share trigrams with this word
    /// (see [`crate::catalog::fuzzy::trigrams`]), those that share the most first.
    async fn similar_words(&self, word: &str) -> Result<Vec<String>>;
    /// Counts the movies.
    async fn count_movies(&self) -> Result<u64>;
    /// Replaces a movie by its next version.
    ///
    /// # Errors
    /// `Stale` if the stored version is not `movie.version - 1`, and the errors of
    /// [`MovieStore::insert_movie`].
    async fn update_movie(&self, movie: &MovieRecord) -> Result<()>;
    /// Deletes a movie; its views stay.
    ///
    /// # Errors
    /// `Stale` if `version` is given and the stored one is different.
    async fn delete_movie(&self, id: MovieId, version: Option<u64>) -> Result<()>;
    /// Returns the genres in use, sorted by name, with the number of movies of each.
    async fn genres(&self) -> Result<Vec<(String, u64)>>;
    /// Returns the years of all movies, the latest first.
    async fn years(&self) -> Result<Vec<u16>>;
    /// Sets or deletes the poster of a movie. If that changes it, the movie gets a new version.
    async fn set_poster(&self, id: MovieId, poster: Option<&Poster>, at: Timestamp) -> Result<()>;
    /// Returns the poster of a movie.
    async fn poster(&self, id: MovieId) -> Result<Poster>;
}
