//! Uploads by tus 1.0: hashed while they are sent, going on after a broken
//! connection, compared with what the server has in the end.

mod error;
mod send;
mod source;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::{Client, ClientError};
use crate::media::{Media, MediaName};
pub use error::UploadError;
use send::Transfer;
use source::Source;

/// How an upload goes about its work.
#[derive(Debug, Clone)]
pub struct UploadOptions {
    /// Take the name over from other content.
    pub replace: bool,
    /// Send it even if its first bytes are of no known type.
    pub any_type: bool,
    /// How often in a row, without a byte getting through, a break is mended.
    pub retries: u32,
    /// Bytes a second at most.
    pub limit_rate: Option<u64>,
    /// Location of an unfinished upload of the same file to go on with.
    pub resume: Option<String>,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self { replace: false, any_type: false, retries: 8, limit_rate: None, resume: None }
    }
}

/// What happens during an upload.
#[derive(Debug)]
pub enum Event<'a> {
    /// The file is hashed up to here, to be compared with one that is there or
    /// to go on with an earlier upload.
    Checking(u64),
    /// The server keeps what is sent at this location from now on.
    Created(&'a str),
    /// Bytes up to here are on their way.
    Sending(u64),
    /// The connection broke; it goes on after a while.
    Retrying {
        /// Why.
        cause: &'a UploadError,
        /// After this time.
        wait: Duration,
    },
    /// All bytes are sent; the server checks and publishes.
    Finishing,
}

/// Takes the [`Event`]s of one upload.
pub type Report = Arc<dyn Fn(Event<'_>) + Send + Sync>;

/// An upload that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Uploaded {
    /// The file, as the server has it.
    pub media: Media,
    /// The same content had that name before: nothing was sent.
    pub already_there: bool,
}

impl Client {
    /// Brings the file at `path` onto the volumes under `name`.
    ///
    /// # Errors
    /// See [`UploadError`]. What the server has so far stays there until it
    /// expires, so that [`UploadOptions::resume`] can go on with it.
    pub async fn upload(
        &self,
        path: &Path,
        name: &MediaName,
        options: &UploadOptions,
        report: Report,
    ) -> Result<Uploaded, UploadError> {
        let path = path.to_owned();
        let mut source = blocking(move || Source::open(&path)).await?;
        if let Some(present) = self.look(name, false, options.retries, &report).await? {
            if present.size_bytes == source.size() {
                source = hash_to(source, present.size_bytes, &report).await?;
                if source.sha256().as_deref() == Some(&present.sha256) {
                    return Ok(Uploaded { media: present, already_there: true });
                }
            }
            if !options.replace {
                return Err(UploadError::Taken(name.clone()));
            }
        }
        let transfer = Transfer::new(self, name, options, source, &report);
        let sha256 = self.carry_through(transfer, options.retries, &report).await?;
        match self.look(name, true, options.retries, &report).await? {
            Some(media) if media.sha256 == sha256 => Ok(Uploaded { media, already_there: false }),
            Some(media) => Err(UploadError::Differs { sent: sha256, has: media.sha256 }),
            None => Err(UploadError::Vanished(name.clone())),
        }
    }

    /// Throws an unfinished upload away.
    ///
    /// # Errors
    /// What the server says; an upload that is gone already is none.
    pub async fn discard_upload(&self, location: &str) -> Result<(), ClientError> {
        send::discard(self, location).await
    }

    /// Repeats what a broken connection cut off, for as long as bytes get
    /// through now and then. Returns the hash of the whole file.
    async fn carry_through(
        &self,
        mut transfer: Transfer<'_>,
        retries: u32,
        report: &Report,
    ) -> Result<String, UploadError> {
        let (mut failures, mut reached) = (0, 0);
        loop {
            let error = match transfer.attempt().await {
                Ok(sha256) => return Ok(sha256),
                Err(error) => error,
            };
            if transfer.confirmed() > reached {
                (failures, reached) = (0, transfer.confirmed());
            }
            if !error.is_transient() || failures >= retries {
                return Err(error);
            }
            pause(failures, &error, report).await;
            failures += 1;
        }
    }

    /// What the server has under a name, asked again where the connection
    /// breaks. One that was never reached is not waited for.
    async fn look(
        &self,
        name: &MediaName,
        mut reached: bool,
        retries: u32,
        report: &Report,
    ) -> Result<Option<Media>, UploadError> {
        let mut failures = 0;
        loop {
            let error = match self.media(name).await {
                Ok(listed) => return Ok(listed.map(|listed| listed.media)),
                Err(error) => error,
            };
            reached |= !matches!(error, ClientError::Transport { unreached: true, .. });
            if !reached || !error.is_transient() || failures >= retries {
                return Err(error.into());
            }
            pause(failures, &error.into(), report).await;
            failures += 1;
        }
    }
}

async fn pause(failures: u32, cause: &UploadError, report: &Report) {
    let wait = backoff(failures, Uuid::new_v4().as_u128() as u64);
    report(Event::Retrying { cause, wait });
    tokio::time::sleep(wait).await;
}

/// Doubles from 200 ms to 10 s; `random` takes up to half of it away, so that
/// many clients do not come back at the same instant.
fn backoff(failures: u32, random: u64) -> Duration {
    let longest = (200 << failures.min(16)).min(10_000);
    Duration::from_millis(longest - random % (longest / 2))
}

async fn hash_to(mut source: Source, end: u64, report: &Report) -> Result<Source, UploadError> {
    let report = Arc::clone(report);
    blocking(move || {
        source.hash_to(end, |position| report(Event::Checking(position)))?;
        Ok(source)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
) -> Result<T, UploadError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| UploadError::file("read", std::io::Error::other(e)))?
}

#[cfg(test)]
mod tests;
