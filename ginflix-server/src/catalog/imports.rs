//! Imports of movies, posters and subtitles, which give way to what people change.

use ginflix_api::import::{ImportOutcome, ImportedMovie, ImportedSubtitles};
use ginflix_api::media::MediaName;
use ginflix_api::movie::{Movie, NewMovie};
use ginflix_api::subtitles::AddSubtitles;
use sha2::{Digest, Sha256};

use super::import_places::place_of;
use super::import_rules::{self, Decision};
use super::movies::{apply_patch, new_record};
use super::store::{
    EpisodePlace, ImportRecord, MovieFilter, MovieRecord, MovieWrite, Placed, Poster, PosterImport,
    Result as StoreResult, StoreError,
};
use super::{Catalog, Result, validation};
use crate::clock::now;
use crate::error::AppError;

/// The number of attempts to import a movie that other requests change at the same time.
const ATTEMPTS_LIMIT: usize = 5;
/// The most movies of a media file that an import looks at.
const MOVIES_LIMIT: u32 = 100;

impl Catalog {
    /// Imports the details of the movie of a media file. Adds the movie if the media file has none; otherwise changes only what
    /// nobody has changed since the last import. A movie that somebody removed is not added again. An episode is put into
    /// the collection of its season, within that of its series, which the year tells from others of the same title.
    ///
    /// # Errors
    /// The errors of [`Catalog::add_movie`], and `Locked` if other requests changed the movie during every attempt.
    pub async fn import_movie(
        &self,
        new: NewMovie,
        series_year: Option<u16>,
    ) -> Result<ImportedMovie> {
        let series_year = validation::series_year(series_year)?;
        let mut new = validation::check_new(new)?;
        let place = place_of(&new, series_year);
        for _ in 0..ATTEMPTS_LIMIT {
            let (import, movies) = self.imported(&new.media).await?;
            let decision = import_rules::decide(import.as_ref(), &movies, &new);
            let (outcome, record) = match decision {
                Decision::Removed => {
                    return Ok(ImportedMovie::new(ImportOutcome::Removed, None));
                }
                Decision::Add => (ImportOutcome::Added, new_record(new.clone())),
                Decision::Change(movie, patch) => match apply_patch(movie, &patch) {
                    Some(record) => (ImportOutcome::Updated, record),
                    None => return self.keep(movie, import.as_ref(), &new, place.as_ref()).await,
                },
            };
            match self.write_import(outcome, &record, &new, place.as_ref()).await {
                Ok(placed) => {
                    let movie = self.movie_uncached(record.id).await?;
                    return Ok(imported(outcome, movie, placed));
                }
                Err(StoreError::Stale) => {} // changed since it was read: try again
                Err(StoreError::Conflict(_)) if outcome == ImportOutcome::Updated => {
                    // Another movie of the media file has the new title.
                    let current = movies.iter().find(|movie| movie.id == record.id);
                    new.title = current.map(|movie| movie.title.clone()).unwrap_or(new.title);
                }
                Err(error) => return Err(self.write_error(error, &record).await),
            }
        }
        Err(AppError::Locked("others are changing this movie; try again".to_owned()))
    }

    /// Imports the poster of the movie that was imported for a media file, unless somebody set, changed or removed it.
    ///
    /// # Errors
    /// `NotFound` if no movie was imported for the media file.
    pub async fn import_poster(&self, media: &MediaName, poster: &Poster) -> Result<ImportedMovie> {
        let imported = self.store.import_poster(media, poster, now()).await;
        let outcome = match imported.map_err(|error| import_error(error, media))? {
            PosterImport::Added => ImportOutcome::Added,
            PosterImport::Updated => ImportOutcome::Updated,
            PosterImport::Unchanged => ImportOutcome::Unchanged,
            PosterImport::Kept => ImportOutcome::Kept,
            PosterImport::NoMovie => {
                return Ok(ImportedMovie::new(ImportOutcome::Removed, None));
            }
        };
        let import = self.store.import_of(media).await?;
        let Some(id) = import.and_then(|import| import.movie) else {
            return Err(import_error(StoreError::NotFound, media));
        };
        Ok(ImportedMovie::new(outcome, Some(self.movie_uncached(id).await?)))
    }

    /// Imports a subtitle file of a media file, unless this very file was imported before, because somebody may have changed or
    /// removed the subtitles since. Subtitles of the same language and purpose that somebody added are kept.
    ///
    /// # Errors
    /// As [`Catalog::add_subtitles`].
    pub async fn import_subtitles(
        &self,
        media: &MediaName,
        query: AddSubtitles,
        file: Vec<u8>,
    ) -> Result<ImportedSubtitles> {
        let sha256 = hex::encode(Sha256::digest(&file));
        let import = self.store.import_of(media).await?;
        let known = import.map(|import| import.subtitles).unwrap_or_default();
        if known.contains(&sha256) {
            return Ok(ImportedSubtitles { outcome: ImportOutcome::Unchanged, added: None });
        }
        let present = self.subtitles_to_replace(media, &query).await?;
        if present.is_some_and(|present| !known.contains(&present.sha256)) {
            self.record_subtitles(media, vec![sha256]).await?;
            return Ok(ImportedSubtitles { outcome: ImportOutcome::Kept, added: None });
        }
        let added = self.add_subtitles(media, query, file).await?;
        self.record_subtitles(media, vec![sha256, added.subtitles.sha256.clone()]).await?;
        let outcome = if added.replaced { ImportOutcome::Updated } else { ImportOutcome::Added };
        Ok(ImportedSubtitles { outcome, added: Some(added) })
    }

    async fn record_subtitles(&self, media: &MediaName, sha256: Vec<String>) -> Result<()> {
        let recorded = self.store.import_subtitles(media, sha256).await;
        recorded.map_err(|error| import_error(error, media))
    }

    /// Returns what was last imported for a media file, and its movies, the oldest first.
    async fn imported(&self, media: &MediaName) -> Result<(Option<ImportRecord>, Vec<Movie>)> {
        let filter =
            MovieFilter { media: Some(media.clone()), limit: MOVIES_LIMIT, ..Default::default() };
        let listed = self.store.movies(&filter).await?;
        let mut movies: Vec<Movie> = listed.into_iter().map(|listed| listed.movie).collect();
        movies.sort_by_key(|movie| movie.id);
        Ok((self.store.import_of(media).await?, movies))
    }

    /// Records an import that changes nothing of a movie, unless the same was imported last. An earlier version may have
    /// imported the movie without putting it into a collection.
    async fn keep(
        &self,
        movie: &Movie,
        import: Option<&ImportRecord>,
        new: &NewMovie,
        place: Option<&EpisodePlace>,
    ) -> Result<ImportedMovie> {
        let is_placed = place.is_none() || self.store.is_placed(movie.id).await?;
        let is_known = import.is_some_and(|import| {
            import.movie == Some(movie.id) && import.details.as_ref() == Some(new)
        });
        let mut placed = Placed::default();
        if !is_known || !is_placed {
            let recorded = self.store.import_movie(movie.id, new, None, place, now()).await;
            placed = recorded.map_err(|error| import_error(error, &new.media))?;
        }
        Ok(imported(ImportOutcome::Unchanged, movie.clone(), placed))
    }

    async fn write_import(
        &self,
        outcome: ImportOutcome,
        record: &MovieRecord,
        new: &NewMovie,
        place: Option<&EpisodePlace>,
    ) -> StoreResult<Placed> {
        let write = match outcome {
            ImportOutcome::Added => MovieWrite::Insert(record),
            _ => MovieWrite::Update(record),
        };
        self.store.import_movie(record.id, new, Some(write), place, record.updated_at).await
    }
}

fn imported(outcome: ImportOutcome, movie: Movie, placed: Placed) -> ImportedMovie {
    ImportedMovie {
        new_collections: placed.new_collections,
        collection_problem: placed.problem.map(str::to_owned),
        ..ImportedMovie::new(outcome, Some(movie))
    }
}

fn import_error(error: StoreError, media: &MediaName) -> AppError {
    match error {
        StoreError::NotFound => {
            AppError::NotFound(format!("imported movie of media {media}; import its details first"))
        }
        StoreError::NoMedia => AppError::NotFound(format!("media {media}")),
        other => other.into(),
    }
}
