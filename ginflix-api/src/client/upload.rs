//! Uploads by tus 1.0. A file is hashed while it is sent, the upload resumes
//! after a broken connection, and at the end the hash is compared with the server's.

mod error;
mod retry;
mod send;
mod source;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Client, ClientError};
use crate::media::{Media, MediaName};
use crate::playability::Playability;
use crate::replica::ListedMedia;
use crate::tus;
pub use error::UploadError;
use retry::Retry;
use send::UploadSession;
use source::UploadSource;

/// The options of an upload.
#[derive(Debug, Clone)]
pub struct UploadOptions {
    /// Whether to replace an existing file of the same name.
    pub replace: bool,
    /// Whether the server accepts content of an unknown type.
    pub any_type: bool,
    /// Whether the server publishes a media file that is cut short or broken.
    pub accept_damaged: bool,
    /// The most retries in a row without the server accepting any data.
    pub retries: u32,
    /// The longest time that such retries in a row may take.
    pub deadline: Duration,
    /// The most bytes per second; no limit if `None`.
    pub limit_rate: Option<u64>,
    /// The location of an unfinished upload of the same file, which is resumed.
    pub resume: Option<String>,
    /// The name that the file has where it comes from, if that is not the media name.
    pub original_name: Option<String>,
    /// The SHA-256 of the file if it is known, so that the file is not read if the server has it.
    pub known_sha256: Option<String>,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            replace: false,
            any_type: false,
            accept_damaged: false,
            retries: 30,
            deadline: Duration::from_secs(300),
            limit_rate: None,
            resume: None,
            original_name: None,
            known_sha256: None,
        }
    }
}

/// The progress of an upload. All positions are offsets from the start of the file.
#[derive(Debug)]
pub enum UploadEvent<'a> {
    /// The file is hashed up to this offset, to compare it with a file on the
    /// server or to resume an earlier upload.
    Checking(u64),
    /// The server has created the upload at this location.
    Created(&'a str),
    /// The server already has the file up to this offset.
    Resumed(u64),
    /// The file is sent up to this offset.
    Sending(u64),
    /// The connection broke, and the upload resumes after a delay.
    Retrying {
        /// The reason.
        cause: &'a UploadError,
        /// The delay before the retry.
        wait: Duration,
    },
    /// The whole file is sent, and the server verifies and publishes it.
    Finishing,
}

/// A function that is called with each [`UploadEvent`] of one upload.
pub type UploadCallback = Arc<dyn Fn(UploadEvent<'_>) + Send + Sync>;

/// A completed upload.
#[derive(Debug, Clone, PartialEq)]
pub struct Uploaded {
    /// The media file on the server.
    pub media: Media,
    /// How browsers play the file; empty if the server does not say it.
    pub playability: Playability,
    /// Whether the server had the same file before the upload.
    pub already_there: bool,
}

impl Uploaded {
    fn new(listed: ListedMedia, already_there: bool) -> Self {
        let ListedMedia { media, playability, .. } = listed;
        Self { media, playability, already_there }
    }
}

impl Client {
    /// Uploads the file at `path` as the media file `name`.
    ///
    /// # Errors
    /// Fails for the reasons that [`UploadError`] lists. The server keeps the unfinished upload
    /// until it expires, and [`UploadOptions::resume`] resumes it.
    pub async fn upload(
        &self,
        path: &Path,
        name: &MediaName,
        options: &UploadOptions,
        callback: UploadCallback,
    ) -> Result<Uploaded, UploadError> {
        let path = path.to_owned();
        let mut source = blocking(move || UploadSource::open(&path)).await?;
        let mut retry = Retry::new(options, &callback);
        if source.size() <= tus::SINGLE_REQUEST_LIMIT
            && !options.replace
            && options.resume.is_none()
        {
            return self.upload_in_one_request(name, options, source, retry, &callback).await;
        }
        if let Some(present) = self.find_existing(name, &mut retry).await? {
            if options.known_sha256.as_deref().is_some_and(|known| present.media.has_sha256(known))
            {
                return Ok(Uploaded::new(present, true));
            }
            if present.media.size_bytes == source.size() {
                source = hash_up_to(source, present.media.size_bytes, &callback).await?;
                if source.sha256().is_some_and(|sha256| present.media.has_sha256(&sha256)) {
                    return Ok(Uploaded::new(present, true));
                }
            }
            if !options.replace {
                return Err(UploadError::NameTaken(name.clone()));
            }
        }
        let mut session = UploadSession::new(self, name, options, source, &callback);
        let mut reached = 0;
        let sha256 = loop {
            let error = match session.attempt().await {
                Ok(sha256) => break sha256,
                Err(error) => error,
            };
            if session.confirmed_offset() > reached {
                reached = session.confirmed_offset();
                retry.record_progress();
            }
            retry.wait_before_retry(error).await?;
        };
        match self.find_existing(name, &mut retry).await? {
            Some(listed) => verified(listed, sha256, false),
            None => Err(UploadError::NotListed(name.clone())),
        }
    }

    /// Uploads a small file in one request. An existing file of the name is only fetched
    /// if the server refuses the upload.
    async fn upload_in_one_request(
        &self,
        name: &MediaName,
        options: &UploadOptions,
        mut source: UploadSource,
        mut retry: Retry<'_>,
        callback: &UploadCallback,
    ) -> Result<Uploaded, UploadError> {
        let (bytes, sha256) = blocking(move || {
            let bytes = source.read_range(0..source.size())?;
            Ok((bytes, source.sha256().ok_or(UploadError::Changed)?))
        })
        .await?;
        callback(UploadEvent::Sending(bytes.len() as u64));
        let mut is_first_attempt = true;
        loop {
            let error = match send::create_with_content(self, name, options, bytes.clone(), &sha256)
                .await
            {
                Ok(Some(listed)) => return verified(listed, sha256, false),
                Ok(None) => match self.find_existing(name, &mut retry).await? {
                    Some(listed) => return verified(listed, sha256, false),
                    None => return Err(UploadError::NotListed(name.clone())),
                },
                Err(error) => error,
            };
            if let UploadError::NameTaken(_) = error {
                // A previous attempt may have succeeded although its response was lost.
                return match self.find_existing(name, &mut retry).await? {
                    Some(listed) if listed.media.has_sha256(&sha256) => {
                        verified(listed, sha256, is_first_attempt)
                    }
                    _ => Err(error),
                };
            }
            retry.wait_before_retry(error).await?;
            is_first_attempt = false;
        }
    }

    /// Discards an unfinished upload. An upload that no longer exists is no error.
    ///
    /// # Errors
    /// Fails if the request fails or the server refuses it.
    pub async fn discard_upload(&self, location: &str) -> Result<(), ClientError> {
        send::discard(self, location).await
    }

    /// Fetches the media file of that name, with retries if the connection breaks.
    async fn find_existing(
        &self,
        name: &MediaName,
        retry: &mut Retry<'_>,
    ) -> Result<Option<ListedMedia>, UploadError> {
        loop {
            match self.media(name).await {
                Ok(listed) => {
                    retry.mark_reached();
                    return Ok(listed);
                }
                Err(error) => retry.wait_before_retry(error.into()).await?,
            }
        }
    }
}

/// Compares the hash of a published file with the hash of what was sent.
fn verified(
    listed: ListedMedia,
    sent: String,
    already_there: bool,
) -> Result<Uploaded, UploadError> {
    if listed.media.has_sha256(&sent) {
        Ok(Uploaded::new(listed, already_there))
    } else {
        let has = listed.media.sha256.unwrap_or_default();
        Err(UploadError::HashMismatch { sent, has })
    }
}

/// Hashes the file up to the offset `end`, on a blocking thread.
async fn hash_up_to(
    mut source: UploadSource,
    end: u64,
    callback: &UploadCallback,
) -> Result<UploadSource, UploadError> {
    let callback = Arc::clone(callback);
    blocking(move || {
        source.hash_up_to(end, |position| callback(UploadEvent::Checking(position)))?;
        Ok(source)
    })
    .await
}

/// Runs `work` on a blocking thread, because it reads a file.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
) -> Result<T, UploadError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| UploadError::file("read", std::io::Error::other(e)))?
}

#[cfg(test)]
mod tests;
