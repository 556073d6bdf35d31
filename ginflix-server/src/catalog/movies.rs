//! The rules of movies and their posters.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ginflix_api::movie::{Movie, MovieId, MoviePatch, NewMovie};

use super::cache::Key;
use super::store::{MovieRecord, Poster, StoreError};
use super::{Catalog, Result, fields, picture};
use crate::clock::now;
use crate::error::AppError;

/// How often a change is tried, as others may change the movie at the same time.
const ATTEMPTS: usize = 5;

/// The oldest cached answer for the length and existence of a movie, which every
/// playback asks for.
const FACTS_AGE: Duration = Duration::from_secs(5);

impl Catalog {
    /// Registers a movie.
    ///
    /// # Errors
    /// `Invalid` where a field breaks its rule or the media is not known,
    /// `Conflict` where this title with this media is registered already.
    pub async fn add_movie(&self, new: NewMovie) -> Result<Movie> {
        let new = fields::check_new(new)?;
        let now = now();
        let record = MovieRecord {
            id: MovieId::new(),
            title: new.title,
            description: new.description,
            year: new.year,
            genres: new.genres,
            directors: new.directors,
            cast: new.cast,
            media: new.media,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        match self.store.insert_movie(&record).await {
            Ok(()) => self.present(record.id).await,
            Err(refused) => Err(self.refusal(refused, &record).await),
        }
    }

    /// One movie.
    pub async fn movie(&self, id: MovieId) -> Result<Movie> {
        let read = async { self.store.movie(id).await.map(Arc::new) };
        let movie = self.read(Key::Movie(id), read).await.map_err(|e| of_movie(e, id))?;
        Ok(Arc::unwrap_or_clone(movie))
    }

    /// One movie from the database, never from the cache, for changes of it.
    async fn present(&self, id: MovieId) -> Result<Movie> {
        let read = self.store.movie(id).await;
        match &read {
            Ok(movie) => self.cache.keep(Key::Movie(id), Arc::new(movie.clone())),
            Err(StoreError::NotFound) => self.cache.forget(&Key::Movie(id)),
            Err(_) => {}
        }
        read.map_err(|e| of_movie(e, id))
    }

    /// The length of a movie in seconds, which may be some seconds old; while the
    /// database is away, the last that is known.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    pub async fn duration_seconds(&self, id: MovieId) -> Result<Option<f64>> {
        match self.cache.get::<Arc<Movie>>(&Key::Movie(id)) {
            Some((movie, age)) if age < FACTS_AGE => Ok(movie.duration_seconds),
            _ => Ok(self.movie(id).await?.duration_seconds),
        }
    }

    /// How many movies there are.
    pub async fn count_movies(&self) -> Result<u64> {
        Ok(self.read(Key::Count, self.store.count_movies()).await?)
    }

    /// Changes a movie; with `version`, only if it still has that one.
    ///
    /// # Errors
    /// As [`Catalog::add_movie`], and `PreconditionFailed` where it has another version.
    pub async fn update_movie(
        &self,
        id: MovieId,
        patch: MoviePatch,
        version: Option<u64>,
    ) -> Result<Movie> {
        let patch = fields::check_patch(patch)?;
        for _ in 0..ATTEMPTS {
            let present = self.present(id).await?;
            if version.is_some_and(|version| version != present.version) {
                return Err(AppError::PreconditionFailed);
            }
            let Some(record) = changed(&present, &patch) else { return Ok(present) };
            match self.store.update_movie(&record).await {
                Ok(()) => return self.present(id).await,
                Err(StoreError::Stale) => {} // somebody was faster: read again
                Err(refused) => return Err(self.refusal(refused, &record).await),
            }
        }
        Err(AppError::Locked("others keep changing this movie; try again".to_owned()))
    }

    /// Removes a movie; with `version`, only if it still has that one. Its
    /// file and its views stay.
    pub async fn remove_movie(&self, id: MovieId, version: Option<u64>) -> Result<()> {
        self.store.delete_movie(id, version).await.map_err(|e| of_movie(e, id))?;
        self.cache.forget(&Key::Movie(id));
        Ok(())
    }

    /// Genres in use and how many movies each has, by name.
    pub async fn genres(&self) -> Result<Vec<(String, u64)>> {
        Ok(self.read(Key::Genres, self.store.genres()).await?)
    }

    /// Years of movies, the latest first.
    pub async fn years(&self) -> Result<Vec<u16>> {
        Ok(self.read(Key::Years, self.store.years()).await?)
    }

    /// Gives a movie another poster.
    ///
    /// # Errors
    /// `UnsupportedType` where it is no picture that browsers show, `TooLarge`.
    pub async fn set_poster(&self, id: MovieId, picture: Bytes) -> Result<Movie> {
        let poster = picture::poster(picture.into())?;
        let set = self.store.set_poster(id, Some(&poster), now()).await;
        self.cache.forget(&Key::Poster(id));
        set.map_err(|e| of_movie(e, id))?;
        self.present(id).await
    }

    /// Takes a movie's poster away; that is no error where it has none.
    pub async fn remove_poster(&self, id: MovieId) -> Result<()> {
        let removed = self.store.set_poster(id, None, now()).await;
        self.cache.forget(&Key::Poster(id));
        self.cache.forget(&Key::Movie(id));
        removed.map_err(|e| of_movie(e, id))
    }

    /// A movie's poster.
    pub async fn poster(&self, id: MovieId) -> Result<Poster> {
        let poster = self.read(Key::Poster(id), self.store.poster(id)).await;
        poster.map_err(|e| match e {
            StoreError::NotFound => AppError::NotFound(format!("poster of movie {id}")),
            other => other.into(),
        })
    }

    /// The error for a client whose movie was not written.
    async fn refusal(&self, refused: StoreError, record: &MovieRecord) -> AppError {
        match refused {
            StoreError::NoMedia => {
                let message = format!("there is no media {}; upload it first", record.media);
                AppError::invalid("media", message)
            }
            StoreError::Conflict(_) => {
                let playing = self.playing(&record.media).await;
                let same = playing.iter().find(|movie| movie.title == record.title);
                let id = same.map(|movie| format!(" as {}", movie.id)).unwrap_or_default();
                AppError::Conflict(format!(
                    "{:?} with media {} is registered already{id}",
                    record.title, record.media
                ))
            }
            other => of_movie(other, record.id),
        }
    }
}

/// The next version of a movie; `None` where the patch changes nothing.
fn changed(present: &Movie, patch: &MoviePatch) -> Option<MovieRecord> {
    let patch = patch.clone();
    let old = MovieRecord {
        id: present.id,
        title: present.title.clone(),
        description: present.description.clone(),
        year: present.year,
        genres: present.genres.clone(),
        directors: present.directors.clone(),
        cast: present.cast.clone(),
        media: present.media.clone(),
        version: present.version,
        created_at: present.created_at,
        updated_at: present.updated_at,
    };
    let new = MovieRecord {
        title: patch.title.unwrap_or_else(|| old.title.clone()),
        description: patch.description.unwrap_or_else(|| old.description.clone()),
        year: patch.year.unwrap_or(old.year),
        genres: patch.genres.unwrap_or_else(|| old.genres.clone()),
        directors: patch.directors.unwrap_or_else(|| old.directors.clone()),
        cast: patch.cast.unwrap_or_else(|| old.cast.clone()),
        media: patch.media.unwrap_or_else(|| old.media.clone()),
        ..old.clone()
    };
    (new != old).then(|| MovieRecord { version: old.version + 1, updated_at: now(), ..new })
}

fn of_movie(error: StoreError, id: MovieId) -> AppError {
    match error {
        StoreError::NotFound => AppError::NotFound(format!("movie {id}")),
        StoreError::Stale => AppError::PreconditionFailed,
        other => other.into(),
    }
}
