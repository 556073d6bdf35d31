//! The rules of movies and their posters.

use std::sync::Arc;
use std::time::Duration;

use ginflix_api::movie::{Movie, MovieId, MoviePatch, NewMovie};

use super::cache::CacheKey;
use super::store::{MovieRecord, Poster, StoreError};
use super::{Catalog, Result, validation};
use crate::clock::now;
use crate::error::AppError;

/// The number of attempts to change a movie that other requests change at the same time.
const UPDATE_ATTEMPTS_LIMIT: usize = 5;

/// The age up to which a cached duration is used without asking the database: every playback
/// needs the duration of its movie.
const MOVIE_TO_PLAY_MAX_AGE: Duration = Duration::from_secs(5);

impl Catalog {
    /// Adds a movie.
    ///
    /// # Errors
    /// `Invalid` if a field breaks its rule or the media file is unknown, `Conflict` if there is
    /// a movie with this title and media file.
    pub async fn add_movie(&self, new: NewMovie) -> Result<Movie> {
        let new = validation::check_new(new)?;
        let record = new_record(new);
        match self.store.insert_movie(&record).await {
            Ok(()) => self.movie_uncached(record.id).await,
            Err(error) => Err(self.write_error(error, &record).await),
        }
    }

    /// Returns a movie.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    pub async fn movie(&self, id: MovieId) -> Result<Movie> {
        let read = async { self.store.movie(id).await.map(Arc::new) };
        let movie = self.read(CacheKey::Movie(id), read).await.map_err(|e| movie_error(e, id))?;
        Ok(Arc::unwrap_or_clone(movie))
    }

    /// Returns a movie from the database and never from the cache: a change must not be based
    /// on an old version.
    pub(super) async fn movie_uncached(&self, id: MovieId) -> Result<Movie> {
        let read = self.store.movie(id).await;
        match &read {
            Ok(movie) => self.cache.insert(CacheKey::Movie(id), Arc::new(movie.clone())),
            Err(StoreError::NotFound) => self.cache.remove(&CacheKey::Movie(id)),
            Err(_) => {}
        }
        read.map_err(|e| movie_error(e, id))
    }

    /// Returns a movie for the start of a playback. It may come from the cache and be a few
    /// seconds old, or older while the database is unavailable.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    pub async fn movie_to_play(&self, id: MovieId) -> Result<Arc<Movie>> {
        match self.cache.get::<Arc<Movie>>(&CacheKey::Movie(id)) {
            Some((movie, age)) if age < MOVIE_TO_PLAY_MAX_AGE => Ok(movie),
            _ => self.movie(id).await.map(Arc::new),
        }
    }

    /// Counts the movies.
    pub async fn count_movies(&self) -> Result<u64> {
        Ok(self.read(CacheKey::Count, self.store.count_movies()).await?)
    }

    /// Changes a movie; with `version`, only if that is its current version.
    ///
    /// # Errors
    /// The errors of [`Catalog::add_movie`], `NotFound` for an unknown movie,
    /// `PreconditionFailed` if it has another version, and `Locked` if other requests changed it
    /// during every attempt.
    pub async fn update_movie(
        &self,
        id: MovieId,
        patch: MoviePatch,
        version: Option<u64>,
    ) -> Result<Movie> {
        let patch = validation::check_patch(patch)?;
        for _ in 0..UPDATE_ATTEMPTS_LIMIT {
            let current = self.movie_uncached(id).await?;
            if version.is_some_and(|version| version != current.version) {
                return Err(AppError::PreconditionFailed);
            }
            let Some(record) = apply_patch(&current, &patch) else { return Ok(current) };
            match self.store.update_movie(&record).await {
                Ok(()) => return self.movie_uncached(id).await,
                Err(StoreError::Stale) => {} // changed since it was read: try again
                Err(error) => return Err(self.write_error(error, &record).await),
            }
        }
        Err(AppError::Locked("others are changing this movie; try again".to_owned()))
    }

    /// Removes a movie; with `version`, only if that is its current version. Its media file and
    /// its views stay.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie, `PreconditionFailed` if it has another version.
    pub async fn remove_movie(&self, id: MovieId, version: Option<u64>) -> Result<()> {
        self.store.delete_movie(id, version).await.map_err(|e| movie_error(e, id))?;
        self.cache.remove(&CacheKey::Movie(id));
        Ok(())
    }

    /// Returns the genres in use, sorted by name, with the number of movies of each.
    pub async fn genres(&self) -> Result<Vec<(String, u64)>> {
        Ok(self.read(CacheKey::Genres, self.store.genres()).await?)
    }

    /// Returns the years of all movies, the latest first.
    pub async fn years(&self) -> Result<Vec<u16>> {
        Ok(self.read(CacheKey::Years, self.store.years()).await?)
    }

    /// Sets the poster of a movie.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    pub async fn set_poster(&self, id: MovieId, poster: &Poster) -> Result<Movie> {
        let result = self.store.set_poster(id, Some(poster), now()).await;
        result.map_err(|e| movie_error(e, id))?;
        self.movie_uncached(id).await
    }

    /// Removes the poster of a movie. Nothing happens if it has none.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    pub async fn remove_poster(&self, id: MovieId) -> Result<()> {
        let result = self.store.set_poster(id, None, now()).await;
        self.cache.remove(&CacheKey::Movie(id));
        result.map_err(|e| movie_error(e, id))
    }

    /// Returns the poster of a movie, as it was sent.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie, or one without a poster.
    pub async fn poster(&self, id: MovieId) -> Result<Poster> {
        self.store.poster(id).await.map_err(|e| match e {
            StoreError::NotFound => AppError::NotFound(format!("poster of movie {id}")),
            other => other.into(),
        })
    }

    /// Converts the error of a write of a movie to one with the details that a client needs.
    pub(super) async fn write_error(&self, error: StoreError, record: &MovieRecord) -> AppError {
        match error {
            StoreError::NoMedia => {
                let message = format!("there is no media {}; upload it first", record.media);
                AppError::invalid("media", message)
            }
            StoreError::Conflict(_) => {
                let playing = self.movies_playing(&record.media).await;
                let same = playing.iter().find(|movie| movie.title == record.title);
                let id = same.map(|movie| format!(" as {}", movie.id)).unwrap_or_default();
                AppError::Conflict(format!(
                    "{:?} with media {} is registered already{id}",
                    record.title, record.media
                ))
            }
            other => movie_error(other, record.id),
        }
    }
}

/// Returns the record of a new movie.
pub(super) fn new_record(new: NewMovie) -> MovieRecord {
    let now = now();
    MovieRecord {
        id: MovieId::new(),
        title: new.title,
        description: new.description,
        year: new.year,
        genres: new.genres,
        directors: new.directors,
        cast: new.cast,
        episode: new.episode,
        media: new.media,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Returns the next version of a movie; `None` if the patch changes nothing.
pub(super) fn apply_patch(current: &Movie, patch: &MoviePatch) -> Option<MovieRecord> {
    let patch = patch.clone();
    let old = MovieRecord {
        id: current.id,
        title: current.title.clone(),
        description: current.description.clone(),
        year: current.year,
        genres: current.genres.clone(),
        directors: current.directors.clone(),
        cast: current.cast.clone(),
        episode: current.episode.clone(),
        media: current.media.clone(),
        version: current.version,
        created_at: current.created_at,
        updated_at: current.updated_at,
    };
    let new = MovieRecord {
        title: patch.title.unwrap_or_else(|| old.title.clone()),
        description: patch.description.unwrap_or_else(|| old.description.clone()),
        year: patch.year.unwrap_or(old.year),
        genres: patch.genres.unwrap_or_else(|| old.genres.clone()),
        directors: patch.directors.unwrap_or_else(|| old.directors.clone()),
        cast: patch.cast.unwrap_or_else(|| old.cast.clone()),
        episode: patch.episode.unwrap_or_else(|| old.episode.clone()),
        media: patch.media.unwrap_or_else(|| old.media.clone()),
        ..old.clone()
    };
    (new != old).then(|| MovieRecord { version: old.version + 1, updated_at: now(), ..new })
}

fn movie_error(error: StoreError, id: MovieId) -> AppError {
    match error {
        StoreError::NotFound => AppError::NotFound(format!("movie {id}")),
        StoreError::Stale => AppError::PreconditionFailed,
        other => other.into(),
    }
}
