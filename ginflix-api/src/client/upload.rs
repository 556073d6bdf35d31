//! Uploads by tus 1.0: hashed while they are sent, going on after a broken
//! connection, compared with what the server has in the end.

mod error;
mod retry;
mod send;
mod source;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Client, ClientError};
use crate::media::{Media, MediaName};
use crate::tus;
pub use error::UploadError;
use retry::Retry;
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
    /// How long that may take together.
    pub deadline: Duration,
    /// Bytes a second at most.
    pub limit_rate: Option<u64>,
    /// Location of an unfinished upload of the same file to go on with.
    pub resume: Option<String>,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            replace: false,
            any_type: false,
            retries: 30,
            deadline: Duration::from_secs(300),
            limit_rate: None,
            resume: None,
        }
    }
}

/// What happens during an upload.
#[derive(Debug)]
pub enum UploadEvent<'a> {
    /// The file is hashed up to here, to be compared with one that is there or
    /// to go on with an earlier upload.
    Checking(u64),
    /// The server keeps what is sent at this location from now on.
    Created(&'a str),
    /// The server has bytes up to here from before.
    Resumed(u64),
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

/// Takes the [`UploadEvent`]s of one upload.
pub type UploadCallback = Arc<dyn Fn(UploadEvent<'_>) + Send + Sync>;

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
        report: UploadCallback,
    ) -> Result<Uploaded, UploadError> {
        let path = path.to_owned();
        let mut source = blocking(move || Source::open(&path)).await?;
        let mut retry = Retry::new(options, &report);
        if source.size() <= tus::SINGLE_REQUEST_LIMIT
            && !options.replace
            && options.resume.is_none()
        {
            return self.upload_whole(name, options, source, retry, &report).await;
        }
        if let Some(present) = self.look(name, &mut retry).await? {
            if present.size_bytes == source.size() {
                source = hash_to(source, present.size_bytes, &report).await?;
                if source.sha256().as_deref() == Some(&present.sha256) {
                    return Ok(Uploaded { media: present, already_there: true });
                }
            }
            if !options.replace {
                return Err(UploadError::NameTaken(name.clone()));
            }
        }
        let mut transfer = Transfer::new(self, name, options, source, &report);
        let mut reached = 0;
        let sha256 = loop {
            let error = match transfer.attempt().await {
                Ok(sha256) => break sha256,
                Err(error) => error,
            };
            if transfer.confirmed() > reached {
                reached = transfer.confirmed();
                retry.went_on();
            }
            retry.after(error).await?;
        };
        match self.look(name, &mut retry).await? {
            Some(media) => uploaded(media, sha256, false),
            None => Err(UploadError::NotListed(name.clone())),
        }
    }

    /// One request, if nothing goes wrong: the server is asked what it has
    /// under the name only where it refuses.
    async fn upload_whole(
        &self,
        name: &MediaName,
        options: &UploadOptions,
        mut source: Source,
        mut retry: Retry<'_>,
        report: &UploadCallback,
    ) -> Result<Uploaded, UploadError> {
        let (bytes, sha256) = blocking(move || {
            let bytes = source.read_whole(0..source.size())?;
            Ok((bytes, source.sha256().ok_or(UploadError::Changed)?))
        })
        .await?;
        report(UploadEvent::Sending(bytes.len() as u64));
        let mut clean = true;
        loop {
            let error = match send::whole(self, name, options, bytes.clone(), &sha256).await {
                Ok(Some(media)) => return uploaded(media, sha256, false),
                Ok(None) => match self.look(name, &mut retry).await? {
                    Some(media) => return uploaded(media, sha256, false),
                    None => return Err(UploadError::NotListed(name.clone())),
                },
                Err(error) => error,
            };
            if let UploadError::NameTaken(_) = error {
                // Perhaps by an attempt of ours whose answer was lost.
                return match self.look(name, &mut retry).await? {
                    Some(media) if media.sha256 == sha256 => uploaded(media, sha256, clean),
                    _ => Err(error),
                };
            }
            retry.after(error).await?;
            clean = false;
        }
    }

    /// Throws an unfinished upload away.
    ///
    /// # Errors
    /// What the server says; an upload that is gone already is none.
    pub async fn discard_upload(&self, location: &str) -> Result<(), ClientError> {
        send::discard(self, location).await
    }

    /// What the server has under a name, asked again where the connection breaks.
    async fn look(
        &self,
        name: &MediaName,
        retry: &mut Retry<'_>,
    ) -> Result<Option<Media>, UploadError> {
        loop {
            match self.media(name).await {
                Ok(listed) => {
                    retry.was_answered();
                    return Ok(listed.map(|listed| listed.media));
                }
                Err(error) => retry.after(error.into()).await?,
            }
        }
    }
}

fn uploaded(media: Media, sent: String, already_there: bool) -> Result<Uploaded, UploadError> {
    if media.sha256 == sent {
        Ok(Uploaded { media, already_there })
    } else {
        Err(UploadError::HashMismatch { sent, has: media.sha256 })
    }
}

async fn hash_to(
    mut source: Source,
    end: u64,
    report: &UploadCallback,
) -> Result<Source, UploadError> {
    let report = Arc::clone(report);
    blocking(move || {
        source.hash_to(end, |position| report(UploadEvent::Checking(position)))?;
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
