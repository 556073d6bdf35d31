//! Bytes into an upload: what arrived is kept, whatever becomes of the request.

use std::fs::File;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::error::UploadError;
use super::files::part_path;
use super::record::{Checkpoint, Phase, Record};
use super::recover::{Tail, reload};
use super::state::{Held, State, Status, Upload};
use super::writer::{AppendChecksum, HasRoom, MOST_UNWRITTEN, OnCheckpoint, Stop, Writer, Written};
use super::{Uploads, blocking, lock};
use crate::media::facts::Facts;

/// What one request appends.
#[derive(Default)]
pub struct Append {
    /// Where it starts: must be where the upload ends.
    pub offset: u64,
    /// Its length, where that is known before.
    pub length: Option<u64>,
    /// Checksum of it alone; it then counts whole or not at all.
    pub checksum: Option<Expected>,
    /// SHA-256 of the whole file, 64 hexadecimal digits.
    pub file_sha256: Option<String>,
}

/// A checksum that an append must have.
pub struct Expected {
    /// The algorithm, at its start.
    pub algorithm: AppendChecksum,
    /// What has to come out.
    pub value: Vec<u8>,
}

/// How a request's body ended.
enum Ended {
    Whole,
    Broken,
}

impl Uploads {
    /// Appends; the answer comes when all of it is durable and, if it was the
    /// last of it, when the file is visible.
    ///
    /// # Errors
    /// `Locked`, `OffsetMismatch`, `TooMuchContent`, `AppendChecksumMismatch`,
    /// `NoSpace`, and failures of publishing; what arrived before is kept all the
    /// same. `UnknownType`, and nothing is kept.
    pub async fn append<E: Send + 'static>(
        &self,
        id: Uuid,
        append: Append,
        body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
    ) -> Result<Status, UploadError> {
        let upload = self.find(id)?;
        let state = upload.hold().await?;
        let uploads = self.clone();
        // A task of its own: the request is dropped when its client goes away,
        // and what has arrived by then must still reach the disk.
        tokio::spawn(async move { uploads.append_held(upload, state, append, body).await }).await?
    }

    async fn append_held<E: Send>(
        &self,
        upload: Arc<Upload>,
        mut state: Held,
        append: Append,
        body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin,
    ) -> Result<Status, UploadError> {
        let length = state.record.about.length;
        check_start(&state, &append)?;
        if state.offset == length {
            name_hash(&mut state, append.file_sha256)?;
            return self.finish(upload, state).await;
        }
        let permit = self.permit()?;
        state.record.expires_at = self.expiry();
        let (algorithm, expected) = match append.checksum {
            Some(Expected { algorithm, value }) => (Some(algorithm), Some(value)),
            None => (None, None),
        };
        let (state, writer) = self.prepare(&upload, state, algorithm, append.file_sha256).await?;
        let (to_disk, pieces) = mpsc::channel(MOST_UNWRITTEN);
        let writing = tokio::task::spawn_blocking(move || writer.run(pieces));
        let ended = feed(&upload, body, to_disk).await;
        let written = writing.await?;
        let (state, stopped) = self.settle(&upload, state, written, expected, &ended).await?;
        drop(permit);
        match (stopped, ended) {
            (Some(stop), _) => Err(self.refusal(stop, &state)),
            (None, Ended::Broken) => Err(UploadError::EndedEarly),
            (None, Ended::Whole) if state.offset == length => self.finish(upload, state).await,
            (None, Ended::Whole) => Ok(upload.status()),
        }
    }

    /// Opens the content where it ends, with its hash at the same place.
    async fn prepare(
        &self,
        upload: &Arc<Upload>,
        mut state: Held,
        checksum: Option<AppendChecksum>,
        file_sha256: Option<String>,
    ) -> Result<(Held, Writer), UploadError> {
        let (uploads, upload) = (self.clone(), Arc::clone(upload));
        blocking(move || {
            let part = part_path(&uploads.0.volume.uploads_folder(), state.record.id);
            let file = File::options().read(true).write(true).open(part)?;
            let State { record, offset, hash } = &mut *state;
            hash.catch_up(&file, *offset)?;
            let announced = file_sha256.filter(|now| record.about.sha256.as_ref() != Some(now));
            // Before the first byte, the disk must say what its tail is worth.
            let checkpoint = match checksum {
                Some(_) => Checkpoint::distrusting(hash),
                None => Checkpoint::trusting(hash),
            };
            let said = matches!(&record.phase, Phase::Receiving(c) if c.boot == checkpoint.boot);
            if !said || announced.is_some() {
                let mut next = Record { phase: Phase::Receiving(checkpoint), ..record.clone() };
                next.about.sha256 = announced.or(next.about.sha256);
                uploads.save(&next)?;
                *record = next;
            }
            let writer = Writer {
                file,
                length: record.about.length,
                hash: hash.clone(),
                on_checkpoint: match checksum {
                    Some(_) => None,
                    None => Some(uploads.keep_checkpoints(&upload, record)),
                },
                checksum,
                has_room: uploads.room_check(),
                any_type: record.about.any_type,
                faults: uploads.0.faults.clone(),
            };
            Ok((state, writer))
        })
        .await
    }

    fn keep_checkpoints(&self, upload: &Arc<Upload>, record: &Record) -> OnCheckpoint {
        let (uploads, upload, record) = (self.clone(), Arc::clone(upload), record.clone());
        Box::new(move |hash| {
            let phase = Phase::Receiving(Checkpoint::trusting(hash));
            uploads.save(&Record { phase, expires_at: uploads.expiry(), ..record.clone() })?;
            upload.show(Status { offset: hash.offset(), ..upload.status() });
            Ok(())
        })
    }

    fn room_check(&self) -> HasRoom {
        let (volume, reserve) = (self.0.volume.clone(), self.0.limits.reserve_bytes);
        Box::new(move || Ok(volume.free_bytes()? > reserve))
    }

    /// Takes over what was written, or goes back to before the append.
    async fn settle(
        &self,
        upload: &Arc<Upload>,
        mut state: Held,
        written: std::io::Result<Written>,
        expected: Option<Vec<u8>>,
        ended: &Ended,
    ) -> Result<(Held, Option<Stop>), UploadError> {
        let (uploads, upload) = (self.clone(), Arc::clone(upload));
        let whole = matches!(ended, Ended::Whole);
        blocking(move || {
            let written = match written {
                Ok(written) => written,
                Err(error) => {
                    uploads.fall_back(&upload, &mut state);
                    return Err(error.into());
                }
            };
            if matches!(written.stopped, Some(Stop::UnknownType)) {
                uploads.forget(&state)?;
                return Err(UploadError::UnknownType(state.record.about.name.clone()));
            }
            let refused = match &expected {
                // More came than there is: what of it is right, nobody knows.
                _ if matches!(written.stopped, Some(Stop::TooLong)) => true,
                Some(value) => !whole || written.checksum.as_deref() != Some(value),
                None => false,
            };
            if refused {
                uploads.fall_back(&upload, &mut state);
                return match written.stopped {
                    Some(stop) => Err(uploads.refusal(stop, &state)),
                    None if whole => Err(UploadError::AppendChecksumMismatch),
                    None => Err(UploadError::EndedEarly),
                };
            }
            state.offset = written.hash.offset();
            state.record.phase = Phase::Receiving(Checkpoint::trusting(&written.hash));
            state.hash = written.hash;
            upload.show(state.status());
            // A whole upload's next record is written a moment later, by `finish`.
            if state.offset < state.record.about.length || !whole {
                uploads.save(&state.record)?;
            }
            Ok((state, written.stopped))
        })
        .await
    }

    /// Back to the last checkpoint on the disk, which is all that is certain.
    fn fall_back(&self, upload: &Upload, state: &mut State) {
        match reload(&self.0.volume.uploads_folder(), state.record.id, Tail::Drop) {
            Ok(found) => {
                *state = found;
                upload.show(state.status());
            }
            Err(error) => {
                tracing::error!(upload = %state.record.id, %error, "cannot go back to what was durable");
            }
        }
    }

    fn refusal(&self, stop: Stop, state: &State) -> UploadError {
        let limit_bytes = state.record.about.length;
        match stop {
            Stop::TooLong => UploadError::TooMuchContent { limit_bytes },
            Stop::NoRoom => self.no_room(limit_bytes - state.offset),
            Stop::UnknownType => UploadError::UnknownType(state.record.about.name.clone()),
            Stop::Disk(error) => error.into(),
        }
    }
}

/// A hash that is named when all bytes are there already.
fn name_hash(state: &mut State, file_sha256: Option<String>) -> Result<(), UploadError> {
    let Some(named) = file_sha256 else { return Ok(()) };
    match &state.record.phase {
        Phase::Receiving(_) => state.record.about.sha256 = Some(named),
        Phase::Publishing(Facts { sha256, .. }) | Phase::Done { sha256 } => {
            if named != *sha256 {
                return Err(UploadError::PublishedWithOtherChecksum { sha256: sha256.clone() });
            }
        }
    }
    Ok(())
}

fn check_start(state: &State, append: &Append) -> Result<(), UploadError> {
    let State { record, offset, .. } = state;
    if append.offset != *offset {
        return Err(UploadError::OffsetMismatch { offset: *offset, requested: append.offset });
    }
    if append.length.is_some_and(|more| more > record.about.length - offset) {
        return Err(UploadError::TooMuchContent { limit_bytes: record.about.length });
    }
    match (&record.about.sha256, &append.file_sha256) {
        (Some(before), Some(now)) if before != now => Err(UploadError::ChecksumChanged),
        _ => Ok(()),
    }
}

/// Hands the pieces on as they come, until they end or the disk takes no more.
async fn feed<E>(
    upload: &Upload,
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    to_disk: mpsc::Sender<Bytes>,
) -> Ended {
    loop {
        *lock(&upload.heard) = Instant::now();
        let next = tokio::select! {
            next = body.next() => next,
            () = upload.make_way.notified() => return Ended::Broken,
        };
        match next {
            Some(Ok(piece)) if piece.is_empty() => {}
            Some(Ok(piece)) => {
                if to_disk.send(piece).await.is_err() {
                    return Ended::Broken;
                }
            }
            Some(Err(_)) => return Ended::Broken,
            None => return Ended::Whole,
        }
    }
}
