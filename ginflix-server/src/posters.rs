//! Posters as viewers get them: decoded, scaled to two widths, and encoded again, so that nothing of the file that somebody
//! sent reaches a browser but its pixels.
//!
//! # Layout
//! - this file: checks posters before they are stored, and returns the pictures of stored ones
//! - `scale`: decodes a picture within limits and scales it, as a pure function
//! - `worker`: the thread that does that, one picture at a time
//! - `files`: the scaled pictures on the disk, which are made again if they are lost

mod files;
mod scale;
mod worker;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use ginflix_api::movie::MovieId;
use ginflix_api::poster::PosterWidth;
use tokio::sync::Semaphore;

use self::files::{PosterFiles, StoredPicture};
use self::scale::{PictureError, ScaledPictures};
use self::worker::Worker;
use crate::catalog::Catalog;
use crate::catalog::poster::from_bytes;
use crate::catalog::store::Poster;
use crate::error::AppError;

/// The name of the directory of the scaled pictures in the data directory.
const DIR_NAME: &str = "posters";
/// The number of new posters that may wait for the worker. Each occupies the memory of its content meanwhile.
const NEW_POSTERS_LIMIT: usize = 16;
/// The number of requests for stored posters that may wait for the worker: a few pages of cards.
const REQUESTS_LIMIT: usize = 256;
/// The number of hexadecimal digits of a SHA-256 that are a version.
const VERSION_DIGITS: usize = 16;

/// The error while as many posters as allowed wait for the worker.
const BUSY: AppError =
    AppError::Unavailable("this server is busy with other posters; repeat the request in a moment");

/// The version of a poster: the first digits of the SHA-256 of the file that was sent, as in the path of the poster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PosterVersion(String);

impl PosterVersion {
    /// Takes the version from a path, or from a whole SHA-256 in hexadecimal. `None` if it has too few digits, or others: the
    /// version is part of a file's name, and a restored catalogue may contain anything.
    pub fn parse(sha256: &str) -> Option<Self> {
        let digits = sha256.get(..VERSION_DIGITS)?;
        let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then(|| Self(digits.to_owned()))
    }
}

impl fmt::Display for PosterVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A picture as it is sent to viewers.
#[derive(Debug, Clone)]
pub struct PosterPicture {
    /// The version of the poster, which a change may have made another one than the requested.
    pub version: PosterVersion,
    /// The picture, as WebP.
    pub content: Bytes,
}

/// The content type of every [`PosterPicture`].
pub const CONTENT_TYPE: &str = "image/webp";

/// The posters of one server. Clones are the same.
#[derive(Debug, Clone)]
pub struct Posters(Arc<PostersShared>);

#[derive(Debug)]
struct PostersShared {
    files: Arc<PosterFiles>,
    worker: Worker,
    new_posters: Semaphore,
    requests: Semaphore,
}

impl Posters {
    /// Starts the worker, which keeps the scaled pictures in a directory of the data directory.
    ///
    /// # Errors
    /// The directory or the thread cannot be created.
    pub fn start(data_dir: &Path) -> io::Result<Self> {
        let files = Arc::new(PosterFiles::open(data_dir.join(DIR_NAME))?);
        let worker = Worker::start(Arc::clone(&files))?;
        let new_posters = Semaphore::new(NEW_POSTERS_LIMIT);
        let requests = Semaphore::new(REQUESTS_LIMIT);
        Ok(Self(Arc::new(PostersShared { files, worker, new_posters, requests })))
    }

    /// Checks that a picture can be a poster, decodes it, and returns the poster to store.
    ///
    /// # Errors
    /// The errors of [`from_bytes`], `Damaged` or `Unprocessable` if it cannot be decoded within the limits, `Unavailable` while
    /// too many others wait.
    pub async fn check(&self, picture: Bytes) -> Result<Poster, AppError> {
        let _place = self.0.new_posters.try_acquire().map_err(|_| BUSY)?;
        self.check_in_turn(picture).await
    }

    /// As [`Posters::check`], but waits while others do, which suits work in the background.
    ///
    /// # Errors
    /// As [`Posters::check`], without `Unavailable`.
    pub async fn check_in_turn(&self, picture: Bytes) -> Result<Poster, AppError> {
        let hash = picture.clone();
        let poster = tokio::task::spawn_blocking(move || from_bytes(hash.into()));
        let poster = poster.await.map_err(AppError::internal)??;
        let version = version_of(&poster)?;
        if let Some(StoredPicture::Whole(_)) = self.0.files.read(&version, PosterWidth::Small).await
        {
            return Ok(poster);
        }
        let turn = self.0.worker.turn().await?;
        match turn.scale(version, picture).await? {
            Ok(_) => Ok(poster),
            Err(error @ PictureError::Broken(_)) => Err(AppError::Damaged(error.to_string())),
            Err(error @ PictureError::Memory) => {
                Err(AppError::unprocessable("poster", error.to_string()))
            }
            Err(error @ PictureError::Encoding(_)) => Err(AppError::internal(error)),
        }
    }

    /// Returns the picture of a movie's poster in this width. `version` is the one that the catalogue names.
    ///
    /// # Errors
    /// `NotFound` if the movie has no poster or it cannot be decoded, `Unavailable` while too many others wait.
    pub async fn picture(
        &self,
        catalog: &Catalog,
        id: MovieId,
        version: &PosterVersion,
        width: PosterWidth,
    ) -> Result<PosterPicture, AppError> {
        if let Some(stored) = self.0.files.read(version, width).await {
            return as_picture(stored, id, version.clone());
        }
        let _place = self.0.requests.try_acquire().map_err(|_| BUSY)?;
        let turn = self.0.worker.turn().await?;
        // Somebody else may have waited for the same poster.
        if let Some(stored) = self.0.files.read(version, width).await {
            return as_picture(stored, id, version.clone());
        }
        // Read only now, so that those who wait occupy no memory.
        let poster = catalog.poster(id).await?;
        let version = version_of(&poster)?;
        match turn.scale(version.clone(), poster.bytes.into()).await? {
            Ok(pictures) => Ok(PosterPicture { version, content: pictures.get(width) }),
            Err(error @ PictureError::Encoding(_)) => Err(AppError::internal(error)),
            Err(error) => {
                tracing::warn!(movie = %id, %error, "a stored poster cannot be shown; upload it again");
                as_picture(StoredPicture::Broken, id, version)
            }
        }
    }
}

fn version_of(poster: &Poster) -> Result<PosterVersion, AppError> {
    PosterVersion::parse(&poster.sha256)
        .ok_or_else(|| AppError::internal("the hash of a poster is not hexadecimal"))
}

fn as_picture(
    stored: StoredPicture,
    id: MovieId,
    version: PosterVersion,
) -> Result<PosterPicture, AppError> {
    match stored {
        StoredPicture::Whole(content) => Ok(PosterPicture { version, content }),
        StoredPicture::Broken => Err(AppError::NotFound(format!(
            "poster of movie {id} that can be decoded; upload it again"
        ))),
    }
}

#[cfg(test)]
mod tests;
