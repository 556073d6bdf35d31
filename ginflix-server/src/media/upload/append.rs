//! Appending content to an upload. Content that arrived before an interruption is kept.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::error::UploadError;
use super::files::part_path;
use super::hash::ContentHash;
use super::record::{Checkpoint, UploadPhase, UploadRecord};
use super::recover::{TailPolicy, load_upload};
use super::state::{LockedUpload, Upload, UploadState, UploadStatus};
use super::writer::{
    AppendChecksum, AppendOutcome, AppendWriter, OnCheckpoint, SpaceCheck, StopReason,
    UNWRITTEN_CHUNKS_CAPACITY,
};
use super::{Uploads, blocking};
use crate::media::info::MediaInfo;

/// The parameters of one `PATCH` request, or of a creation with content.
#[derive(Default)]
pub struct Append {
    /// The offset at which the content starts. It must equal the present offset of the upload.
    pub offset: u64,
    /// The length of the content in bytes, if the request states it.
    pub length: Option<u64>,
    /// The checksum of this content. If it is wrong, all of this content is discarded.
    pub checksum: Option<ExpectedChecksum>,
    /// The SHA-256 of the whole file, 64 hexadecimal digits.
    pub file_sha256: Option<String>,
    /// Whether the file is published even if it is cut short or broken.
    pub accept_damaged: bool,
}

/// The checksum that the content of one request must have.
pub struct ExpectedChecksum {
    /// The hash function, in its initial state.
    pub algorithm: AppendChecksum,
    /// The expected value.
    pub value: Vec<u8>,
}

/// How the body of a request ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BodyEnd {
    Complete,
    Aborted,
}

impl Uploads {
    /// Appends content to an upload. Returns when the content is durable and, if the upload is
    /// complete, when the file is published.
    ///
    /// # Errors
    /// Fails if the upload is not found, expired or locked; if offset, length, checksum or type are
    /// wrong; if there is no space; or if the file cannot be published. Content that arrived before
    /// the error is kept, except if its checksum or its type is wrong.
    pub async fn append<E: Send + 'static>(
        &self,
        id: Uuid,
        append: Append,
        body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
    ) -> Result<UploadStatus, UploadError> {
        let upload = self.find(id)?;
        let state = upload.lock().await?;
        let uploads = self.clone();
        // The append has its own task: the handler's future is dropped when the client disconnects,
        // but the content that has arrived must still be written.
        tokio::spawn(async move { uploads.append_locked(upload, state, append, body).await })
            .await?
    }

    async fn append_locked<E: Send>(
        &self,
        upload: Arc<Upload>,
        mut state: LockedUpload,
        append: Append,
        body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin,
    ) -> Result<UploadStatus, UploadError> {
        let length = state.record.spec.length;
        check_append(&state, &append)?;
        state.record.spec.accept_damaged |= append.accept_damaged;
        if state.offset == length {
            set_announced_hash(&mut state, append.file_sha256)?;
            return self.publish(upload, state).await;
        }
        let permit = self.append_permit()?;
        state.record.expires_at = self.expires_at();
        let (algorithm, expected) = match append.checksum {
            Some(ExpectedChecksum { algorithm, value }) => (Some(algorithm), Some(value)),
            None => (None, None),
        };
        let (state, writer) =
            self.open_writer(&upload, state, algorithm, append.file_sha256).await?;
        let (to_disk, chunks) = mpsc::channel(UNWRITTEN_CHUNKS_CAPACITY);
        let writing = tokio::task::spawn_blocking(move || writer.run(chunks));
        let body_end = pump(&upload, body, to_disk).await;
        let outcome = writing.await?;
        let uploads = self.clone();
        let written = Arc::clone(&upload);
        let (state, stopped) =
            blocking(move || uploads.record_progress(&written, state, outcome, expected, body_end))
                .await?;
        drop(permit);
        match (stopped, body_end) {
            (Some(reason), _) => Err(self.stop_error(reason, &state)),
            (None, BodyEnd::Aborted) => Err(UploadError::EndedEarly),
            (None, BodyEnd::Complete) if state.offset == length => {
                self.publish(upload, state).await
            }
            (None, BodyEnd::Complete) => Ok(upload.status()),
        }
    }

    /// Opens the content for writing, with a hash of all that is there.
    async fn open_writer(
        &self,
        upload: &Arc<Upload>,
        mut state: LockedUpload,
        checksum: Option<AppendChecksum>,
        file_sha256: Option<String>,
    ) -> Result<(LockedUpload, AppendWriter), UploadError> {
        let (uploads, upload) = (self.clone(), Arc::clone(upload));
        blocking(move || {
            let part = part_path(&uploads.0.volume.uploads_dir(), state.record.id);
            let file = File::options().read(true).write(true).open(part)?;
            let UploadState { record, offset, hash } = &mut *state;
            hash.catch_up(&file, *offset)?;
            uploads.announce(record, hash, checksum.is_some(), file_sha256)?;
            let writer = AppendWriter {
                file,
                length: record.spec.length,
                hash: hash.clone(),
                on_checkpoint: match checksum {
                    Some(_) => None,
                    None => Some(uploads.checkpoint_saver(&upload, record)),
                },
                checksum,
                has_space: uploads.space_check(),
                any_type: record.spec.any_type,
                failpoints: uploads.0.failpoints.clone(),
            };
            Ok((state, writer))
        })
        .await
    }

    /// Saves the record before the first byte is written, if necessary. The record states whether
    /// recovery keeps the bytes after the checkpoint, and the SHA-256 that the client announced.
    fn announce(
        &self,
        record: &mut UploadRecord,
        hash: &ContentHash,
        has_checksum: bool,
        file_sha256: Option<String>,
    ) -> io::Result<()> {
        let announced = file_sha256.filter(|sha256| record.spec.sha256.as_ref() != Some(sha256));
        let checkpoint = match has_checksum {
            true => Checkpoint::with_untrusted_tail(hash),
            false => Checkpoint::with_trusted_tail(hash),
        };
        let is_saved =
            matches!(&record.phase, UploadPhase::Receiving(saved) if saved.boot == checkpoint.boot);
        if !is_saved || announced.is_some() {
            let mut next =
                UploadRecord { phase: UploadPhase::Receiving(checkpoint), ..record.clone() };
            next.spec.sha256 = announced.or(next.spec.sha256);
            self.save_record(&next)?;
            *record = next;
        }
        Ok(())
    }

    fn checkpoint_saver(&self, upload: &Arc<Upload>, record: &UploadRecord) -> OnCheckpoint {
        let (uploads, upload, record) = (self.clone(), Arc::clone(upload), record.clone());
        Box::new(move |hash| {
            let phase = UploadPhase::Receiving(Checkpoint::with_trusted_tail(hash));
            let expires_at = uploads.expires_at();
            uploads.save_record(&UploadRecord { phase, expires_at, ..record.clone() })?;
            upload.set_status(UploadStatus { offset: hash.offset(), ..upload.status() });
            Ok(())
        })
    }

    fn space_check(&self) -> SpaceCheck {
        let (volume, reserve) = (self.0.volume.clone(), self.0.limits.reserve_bytes);
        Box::new(move || Ok(volume.free_bytes()? > reserve))
    }

    /// Updates the upload after an append, or reverts it to the state before. Blocks on the disk.
    fn record_progress(
        &self,
        upload: &Upload,
        mut state: LockedUpload,
        outcome: io::Result<AppendOutcome>,
        expected: Option<Vec<u8>>,
        body_end: BodyEnd,
    ) -> Result<(LockedUpload, Option<StopReason>), UploadError> {
        let is_complete = body_end == BodyEnd::Complete;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                self.revert_to_checkpoint(upload, &mut state);
                return Err(error.into());
            }
        };
        if matches!(outcome.stopped, Some(StopReason::UnknownType)) {
            self.delete_upload(&state)?;
            return Err(UploadError::UnknownType(state.record.spec.name.clone()));
        }
        let is_refused = match &expected {
            // If there is too much content, it is unknown which part of it is right.
            _ if matches!(outcome.stopped, Some(StopReason::TooLong)) => true,
            Some(value) => !is_complete || outcome.checksum.as_deref() != Some(value),
            None => false,
        };
        if is_refused {
            self.revert_to_checkpoint(upload, &mut state);
            return match outcome.stopped {
                Some(reason) => Err(self.stop_error(reason, &state)),
                None if is_complete => Err(UploadError::AppendChecksumMismatch),
                None => Err(UploadError::EndedEarly),
            };
        }
        state.offset = outcome.hash.offset();
        state.record.phase = UploadPhase::Receiving(Checkpoint::with_trusted_tail(&outcome.hash));
        state.hash = outcome.hash;
        upload.set_status(state.status());
        // The record of a complete upload need not be saved here, because `publish` saves it.
        if state.offset < state.record.spec.length || !is_complete {
            self.save_record(&state.record)?;
        }
        Ok((state, outcome.stopped))
    }

    /// Reverts an upload to its last saved checkpoint: only the bytes before it are certain.
    fn revert_to_checkpoint(&self, upload: &Upload, state: &mut UploadState) {
        match load_upload(&self.0.volume.uploads_dir(), state.record.id, TailPolicy::Discard) {
            Ok(loaded) => {
                *state = loaded;
                upload.set_status(state.status());
            }
            Err(error) => {
                let id = state.record.id;
                tracing::error!(
                    upload = %id,
                    %error,
                    "cannot revert an upload to its checkpoint; check the disk, then restart the \
                     server"
                );
            }
        }
    }

    fn stop_error(&self, reason: StopReason, state: &UploadState) -> UploadError {
        let limit_bytes = state.record.spec.length;
        match reason {
            StopReason::TooLong => UploadError::TooMuchContent { limit_bytes },
            StopReason::NoSpace => self.no_space(limit_bytes - state.offset),
            StopReason::UnknownType => UploadError::UnknownType(state.record.spec.name.clone()),
            StopReason::Disk(error) => error.into(),
        }
    }
}

/// Sets the SHA-256 that a request states when the content is complete. Fails if the file is
/// already verified and has another one.
fn set_announced_hash(
    state: &mut UploadState,
    file_sha256: Option<String>,
) -> Result<(), UploadError> {
    let Some(announced) = file_sha256 else { return Ok(()) };
    match &state.record.phase {
        UploadPhase::Receiving(_) => state.record.spec.sha256 = Some(announced),
        UploadPhase::Publishing(MediaInfo { sha256, .. }) | UploadPhase::Done { sha256 } => {
            if announced != *sha256 {
                return Err(UploadError::PublishedWithOtherChecksum { sha256: sha256.clone() });
            }
        }
    }
    Ok(())
}

fn check_append(state: &UploadState, append: &Append) -> Result<(), UploadError> {
    let UploadState { record, offset, .. } = state;
    if append.offset != *offset {
        return Err(UploadError::OffsetMismatch { offset: *offset, requested: append.offset });
    }
    if append.length.is_some_and(|more| more > record.spec.length - offset) {
        return Err(UploadError::TooMuchContent { limit_bytes: record.spec.length });
    }
    match (&record.spec.sha256, &append.file_sha256) {
        (Some(before), Some(now)) if before != now => Err(UploadError::ChecksumChanged),
        _ => Ok(()),
    }
}

/// Passes the chunks of a body to the writer, until the body ends, the writer stops, or another
/// request preempts this one.
async fn pump<E>(
    upload: &Upload,
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    to_disk: mpsc::Sender<Bytes>,
) -> BodyEnd {
    loop {
        *upload.last_received.lock() = Instant::now();
        let next = tokio::select! {
            next = body.next() => next,
            () = upload.preempt.notified() => return BodyEnd::Aborted,
        };
        match next {
            Some(Ok(chunk)) if chunk.is_empty() => {}
            Some(Ok(chunk)) => {
                // The writer has stopped early. Its outcome has the reason.
                if to_disk.send(chunk).await.is_err() {
                    return BodyEnd::Aborted;
                }
            }
            Some(Err(_)) => return BodyEnd::Aborted,
            None => return BodyEnd::Complete,
        }
    }
}
