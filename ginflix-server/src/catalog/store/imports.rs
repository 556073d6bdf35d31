//! What was imported for media files.

use async_trait::async_trait;
use ginflix_api::media::MediaName;
use ginflix_api::movie::{MovieId, NewMovie};
use ginflix_import::season::SeasonPlace;
use jiff::Timestamp;
use uuid::Uuid;

use super::{MovieRecord, Poster, Result};

/// The conflict of a collection with [`ginflix_api::collection::MAX_COLLECTION_MOVIES`].
pub const COLLECTION_IS_FULL: &str =
    "the collection has 2,000 movies, which is the limit; put some into another one";

/// What was last imported for a media file.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportRecord {
    /// The media file.
    pub media: MediaName,
    /// The movie that the import made or changed, which may be gone; `None` if only subtitles were imported.
    pub movie: Option<MovieId>,
    /// The details that were imported.
    pub details: Option<NewMovie>,
    /// The SHA-256 of the poster that was imported, in hexadecimal.
    pub poster_sha256: Option<String>,
    /// The SHA-256 of each subtitle file that was imported, and of its WebVTT, in hexadecimal.
    pub subtitles: Vec<String>,
}

/// A change of a movie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MovieWrite<'a> {
    /// Adds a movie.
    Insert(&'a MovieRecord),
    /// Replaces a movie by its next version.
    Update(&'a MovieRecord),
}

/// The collection of a season that an imported episode belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpisodePlace {
    /// The series, the season and the number.
    pub season: SeasonPlace,
    /// The key that titles of the series have in common ([`crate::catalog::normalize::sort_key`]).
    pub series_key: String,
    /// The year of the series.
    pub series_year: Option<u16>,
}

/// A collection that imports made for a series, or found for it later. It may be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedSeries {
    /// The year of the series; `None` if the import did not know it.
    pub year: Option<u16>,
    /// The collection.
    pub collection: Uuid,
}

/// What became of the place of an imported episode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Placed {
    /// The number of collections that were made.
    pub new_collections: u64,
    /// Why the episode is in none, though nobody removed it or took it out.
    pub problem: Option<&'static str>,
}

/// What the import of a poster did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PosterImport {
    /// The movie had no poster.
    Added,
    /// The movie had the poster of an earlier import.
    Updated,
    /// The movie has this poster already.
    Unchanged,
    /// Somebody set or removed the poster since the last import, so nothing was changed.
    Kept,
    /// The movie is gone.
    NoMovie,
}

/// Stores what was last imported for each media file, together with what that changes.
#[async_trait]
pub trait ImportStore: Send + Sync + 'static {
    /// Returns what was last imported for a media file; `None` if nothing was.
    async fn import_of(&self, media: &MediaName) -> Result<Option<ImportRecord>>;
    /// Records that these details were imported for this movie, after adding or changing it. What was imported for another movie
    /// of the media file is forgotten.
    ///
    /// With a place, the movie is put into the collection of its season, unless an import has done so before; collections
    /// that are missing are made, but not those that somebody removed. If the movie cannot be put there, it is
    /// imported all the same.
    ///
    /// # Errors
    /// As [`super::MovieStore::insert_movie`] and [`super::MovieStore::update_movie`], and `NoMedia` if the media file is not
    /// recorded.
    async fn import_movie(
        &self,
        movie: MovieId,
        details: &NewMovie,
        write: Option<MovieWrite<'_>>,
        place: Option<&EpisodePlace>,
        at: Timestamp,
    ) -> Result<Placed>;
    /// Returns whether an import has put a movie into the collection of a season that is still there.
    async fn is_placed(&self, movie: MovieId) -> Result<bool>;
    /// Puts movies into a collection by the rule `import_places::merged`. If that changes it, it gets a new version. Returns
    /// the number of movies that were put there.
    ///
    /// # Errors
    /// `NotFound` for an unknown collection, `NoMovie` with the first unknown movie, `Conflict` with [`COLLECTION_IS_FULL`].
    async fn import_collection(&self, id: Uuid, movies: &[MovieId], at: Timestamp) -> Result<u64>;
    /// Sets the poster of the movie that was imported for a media file, unless somebody changed it since the last import. If that
    /// changes it, the movie gets a new version.
    ///
    /// # Errors
    /// `NotFound` if no movie was imported for the media file.
    async fn import_poster(
        &self,
        media: &MediaName,
        poster: &Poster,
        at: Timestamp,
    ) -> Result<PosterImport>;
    /// Adds to [`ImportRecord::subtitles`].
    ///
    /// # Errors
    /// `NoMedia` if the media file is not recorded.
    async fn import_subtitles(&self, media: &MediaName, sha256: Vec<String>) -> Result<()>;
}

/// Decides what the import of a poster does. All are the SHA-256 of posters: that of the movie, of the last import, and of the new one.
pub fn poster_import(current: Option<&str>, imported: Option<&str>, new: &str) -> PosterImport {
    match current {
        Some(current) if current == new => PosterImport::Unchanged,
        _ if current != imported => PosterImport::Kept,
        None => PosterImport::Added,
        Some(_) => PosterImport::Updated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_that_somebody_changed_is_kept() {
        let (a, b, c) = (Some("a"), Some("b"), "c");
        assert_eq!(poster_import(None, None, c), PosterImport::Added);
        assert_eq!(poster_import(a, a, c), PosterImport::Updated);
        assert_eq!(poster_import(a, None, c), PosterImport::Kept, "set by hand");
        assert_eq!(poster_import(b, a, c), PosterImport::Kept, "changed by hand");
        assert_eq!(poster_import(None, a, c), PosterImport::Kept, "removed by hand");
        assert_eq!(poster_import(None, a, "a"), PosterImport::Kept, "removed by hand");
        assert_eq!(poster_import(a, None, "a"), PosterImport::Unchanged);
    }
}
