//! What movies are: the rules of the catalogue over any backend.
//!
//! # Layout
//! - [`Catalog`]: the rules; [`fields`], [`query`], [`cursor`], [`picture`] are
//!   those that need no database
//! - [`spelling`]: words that were meant
//! - [`carried`]: what a backup carries
//! - [`fold`]: words and sort keys, the same for all backends
//! - [`store`]: what a backend does; [`sqlite`] and [`postgres`] do it;
//!   [`open`] picks one; [`listing`] is SQL that both take
//! - [`cache`]: what was read lately, for while the database is away

pub mod cache;
pub mod carried;
pub mod cursor;
pub mod fields;
pub mod fold;
pub mod listing;
pub mod open;
pub mod picture;
pub mod postgres;
pub mod query;
pub mod spelling;
pub mod sqlite;
pub mod store;

mod columns;
mod replicas;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ginflix_api::Page;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{Movie, MovieId, MoviePatch, MovieQuery, NewMovie};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::cache::{Cache, Keep, KeptMovies, Key, Staleness};
use self::spelling::Correction;
use self::store::{CatalogStore, Listed, MovieFilter, MovieRecord, Poster, StoreError};
use crate::clock::now;
use crate::error::AppError;

type Result<T> = std::result::Result<T, AppError>;

/// A search that finds fewer is tried with words that may have been meant.
const FEW: usize = 3;

/// A change without a version of its own is tried so often against others.
const ATTEMPTS: usize = 5;

/// Length and existence of a movie are taken from what was read so long ago:
/// every playback asks for them.
const FACTS_AGE: Duration = Duration::from_secs(5);

/// The catalogue: cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    store: Arc<dyn CatalogStore>,
    cache: Arc<Cache>,
    staleness: Staleness,
}

impl Catalog {
    /// The rules over this backend.
    pub fn new(store: Arc<dyn CatalogStore>) -> Self {
        Self { store, cache: Arc::default(), staleness: Staleness::default() }
    }

    /// Finishes what has begun and closes the database; whatever is asked later fails.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// The same catalogue, that notes here what it has to give from memory.
    pub fn noting(&self, staleness: &Staleness) -> Self {
        Self { staleness: staleness.clone(), ..self.clone() }
    }

    /// How old the oldest is that this catalogue gave from memory, as the
    /// database is away; `None` where it gave nothing from there.
    pub fn age(&self) -> Option<Duration> {
        self.staleness.age()
    }

    /// Since when the database has not answered; `None` where it does.
    pub fn away_since(&self) -> Option<Timestamp> {
        self.store.away_since()
    }

    /// What the database says, or while it is away what it said lately.
    async fn read<T: Keep>(
        &self,
        key: Key,
        read: impl Future<Output = store::Result<T>>,
    ) -> store::Result<T> {
        match read.await {
            Ok(value) => {
                if self.cache.wants(&key) {
                    self.cache.keep(key, value.clone());
                }
                Ok(value)
            }
            Err(StoreError::Unavailable(why)) => {
                let (value, age) = self.cache.get(&key).ok_or(StoreError::Unavailable(why))?;
                self.staleness.note(age);
                Ok(value)
            }
            Err(StoreError::NotFound) => {
                self.cache.forget(&key);
                Err(StoreError::NotFound)
            }
            Err(error) => Err(error),
        }
    }

    /// The backend, for playbacks and accounts, which have rules of their own.
    pub fn store(&self) -> Arc<dyn CatalogStore> {
        self.store.clone()
    }

    /// Registers a movie.
    ///
    /// # Errors
    /// `Invalid` where a field breaks its rule or the media is not known,
    /// `Conflict` where this title with this media is registered already.
    pub async fn add(&self, new: NewMovie) -> Result<Movie> {
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

    /// One movie as it is now, not as it was: for whoever changes it.
    async fn present(&self, id: MovieId) -> Result<Movie> {
        let read = self.store.movie(id).await;
        match &read {
            Ok(movie) => self.cache.keep(Key::Movie(id), Arc::new(movie.clone())),
            Err(StoreError::NotFound) => self.cache.forget(&Key::Movie(id)),
            Err(_) => {}
        }
        read.map_err(|e| of_movie(e, id))
    }

    /// How long a movie is, seconds; as it was some seconds ago at most, or
    /// while the database is away as it was last.
    ///
    /// # Errors
    /// `NotFound` for an unknown movie.
    pub async fn duration_seconds(&self, id: MovieId) -> Result<Option<f64>> {
        match self.cache.get::<Arc<Movie>>(&Key::Movie(id)) {
            Some((movie, age)) if age < FACTS_AGE => Ok(movie.duration_seconds),
            _ => Ok(self.movie(id).await?.duration_seconds),
        }
    }

    /// A page of movies.
    pub async fn movies(&self, query: &MovieQuery) -> Result<Page<Movie>> {
        let today = now().to_zoned(TimeZone::UTC).date();
        let (filter, correction) = query::to_filter(query, today)?;
        let key = Key::movies(&filter);
        let page = match self.page_of(filter, correction).await {
            Ok(page) => page,
            Err(unavailable @ AppError::Unavailable(_)) => {
                let (kept, age) = self.cache.get::<KeptMovies>(&key).ok_or(unavailable)?;
                self.staleness.note(age);
                let items = kept.items.into_iter().map(Arc::unwrap_or_clone).collect();
                return Ok(Page { items, next_cursor: kept.next_cursor });
            }
            Err(other) => return Err(other),
        };
        if self.cache.wants(&key) {
            self.keep_page(key, &page);
        }
        Ok(page)
    }

    async fn page_of(&self, filter: MovieFilter, correction: Correction) -> Result<Page<Movie>> {
        let (limit, sort) = (filter.limit as usize, filter.sort);
        let (mut listed, correction) = self.listed(filter, correction).await?;
        let more = listed.len() > limit;
        listed.truncate(limit);
        let last = listed.last().filter(|_| more).map(|last| last.place.clone());
        let next = last.map(|place| cursor::encode_movie(sort, place, correction));
        let next_cursor = next.transpose()?;
        Ok(Page { items: listed.into_iter().map(|one| one.movie).collect(), next_cursor })
    }

    /// What is found, one more than asked for: that tells whether there is
    /// another page. A first page with next to nothing is tried again with words
    /// that may have been meant.
    async fn listed(
        &self,
        filter: MovieFilter,
        correction: Correction,
    ) -> Result<(Vec<Listed>, Correction)> {
        let mut filter = MovieFilter { limit: filter.limit + 1, ..filter };
        filter.instead = self.meant(&filter.words, correction).await?;
        let listed = self.store.movies(&filter).await?;
        let few = FEW.min(filter.limit as usize);
        if filter.words.is_empty() || filter.after.is_some() || listed.len() >= few {
            return Ok((listed, correction));
        }
        let wider = if listed.is_empty() { Correction::All } else { Correction::Unknown };
        filter.instead = self.meant(&filter.words, wider).await?;
        if filter.instead.iter().all(Vec::is_empty) {
            return Ok((listed, correction));
        }
        Ok((self.store.movies(&filter).await?, wider))
    }

    /// For each word those that may have been meant instead.
    async fn meant(&self, words: &[String], correction: Correction) -> Result<Vec<Vec<String>>> {
        let mut instead = Vec::new();
        if correction == Correction::None {
            return Ok(instead);
        }
        for (n, word) in words.iter().enumerate() {
            let known = match spelling::may_be_wrong(word) {
                true => self.store.words_like(word).await?,
                false => Vec::new(),
            };
            instead.push(spelling::meant(word, n + 1 == words.len(), correction, known));
        }
        Ok(instead)
    }

    /// Its movies are kept for themselves too: whoever sees one here may play it.
    fn keep_page(&self, key: Key, page: &Page<Movie>) {
        let items: Vec<Arc<Movie>> = page.items.iter().cloned().map(Arc::new).collect();
        for movie in &items {
            self.cache.keep(Key::Movie(movie.id), movie.clone());
        }
        self.cache.keep(key, KeptMovies { items, next_cursor: page.next_cursor.clone() });
    }

    /// How many movies there are.
    pub async fn count_movies(&self) -> Result<u64> {
        Ok(self.read(Key::Count, self.store.count_movies()).await?)
    }

    /// Changes a movie; with `version`, only if it still has that one.
    ///
    /// # Errors
    /// As [`Catalog::add`], and `PreconditionFailed` where it has another version.
    pub async fn change(
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
    /// media and its views stay.
    pub async fn remove(&self, id: MovieId, version: Option<u64>) -> Result<()> {
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

    /// Facts of a file.
    pub async fn media(&self, name: &MediaName) -> Result<Media> {
        let media = self.read(Key::Media(name.clone()), self.store.media(name)).await;
        media.map_err(|e| match e {
            StoreError::NotFound => AppError::NotFound(format!("media {name}")),
            other => other.into(),
        })
    }

    /// A page of files, by name.
    pub async fn media_list(
        &self,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Page<Media>> {
        let limit = query::limit(limit)?;
        let after: Option<MediaName> = cursor.map(cursor::decode).transpose()?;
        let read = self.store.media_list(after.as_ref(), limit + 1);
        let mut items = self.read(Key::MediaList(after.clone(), limit), read).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|last| cursor::encode(&last.name)).transpose()?;
        Ok(Page { items, next_cursor })
    }

    /// Records a file that is on the volume, or its new content.
    pub async fn put_media(&self, media: &Media) -> Result<()> {
        Ok(self.store.put_media(media).await?)
    }

    /// Forgets a file; that is no error where it is not known.
    ///
    /// # Errors
    /// `InUse` while a movie plays it, unless forced.
    pub async fn forget_media(&self, name: &MediaName, force: bool) -> Result<()> {
        match self.store.delete_media(name, force).await {
            Err(StoreError::Conflict(_)) => Err(self.in_use(name).await),
            other => {
                self.cache.forget(&Key::Media(name.clone()));
                Ok(other?)
            }
        }
    }

    async fn in_use(&self, name: &MediaName) -> AppError {
        let by = match self.playing(name).await.as_slice() {
            [] => "a movie".to_owned(),
            [one] => format!("{:?}", one.title),
            [first, others @ ..] => format!("{:?} and {} more", first.title, others.len()),
        };
        AppError::InUse(format!(
            "media {name} is played by {by}; remove what plays it first, or force it"
        ))
    }

    /// Why a movie was not written, in words that help.
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

    /// Movies that play a file, as far as they can be told.
    async fn playing(&self, name: &MediaName) -> Vec<Movie> {
        let filter = MovieFilter { media: Some(name.clone()), limit: 100, ..Default::default() };
        let listed = self.store.movies(&filter).await.unwrap_or_default();
        listed.into_iter().map(|one| one.movie).collect()
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
