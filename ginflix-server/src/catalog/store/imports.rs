//! What was imported for media files.

use async_trait::async_trait;
use ginflix_api::media::MediaName;
use ginflix_api::movie::{MovieId, NewMovie};
use jiff::Timestamp;

use super::{MovieRecord, Poster, Result};

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
    /// # Errors
    /// As [`super::MovieStore::insert_movie`] and [`super::MovieStore::update_movie`], and `NoMedia` if the media file is not
    /// recorded.
    async fn import_movie(
        &self,
        movie: MovieId,
        details: &NewMovie,
        write: Option<MovieWrite<'_>>,
    ) -> Result<()>;
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
