//! A small file that arrives complete in the request that creates its upload (the tus extension
//! creation-with-upload).
//!
//! Nothing is written before the whole file is received and verified, and the client has no URL to
//! resume from, so the upload needs no record. A crash leaves content without a record, which the
//! next start removes, or the published file, which [`Uploads::run_maintenance`] records like one
//! that was copied into the volume by hand.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use ginflix_api::media::Media;
use ginflix_api::tus;
use rustix::fs::RenameFlags;
use uuid::Uuid;

use super::error::UploadError;
use super::failpoints::Failpoint;
use super::files::part_path;
use super::hash::ContentHash;
use super::publish::{check_damage, rename, to_media};
use super::record::{UploadPhase, UploadRecord, UploadSpec};
use super::state::{Upload, UploadState, UploadStatus};
use super::{Append, ExpectedChecksum, Uploads, blocking};
use crate::clock;
use crate::durable;
use crate::file_modes::MEDIA_FILE_MODE;
use crate::media::info::{FileVersion, MediaInfo};
use crate::media::{inspect, sniff};

/// A complete file in memory whose checksums and format are right.
struct VerifiedFile {
    spec: UploadSpec,
    chunks: Vec<Bytes>,
    sha256: String,
}

/// The outcome of moving a file into place.
enum Placement {
    /// The file has taken its name.
    Renamed(MediaInfo),
    /// A file of this name has the same content.
    AlreadyThere(MediaInfo),
}

impl Uploads {
    /// Returns whether a creation request carries the whole file, and the file is small enough to
    /// be buffered in memory. Returns false with a shared catalogue: there, the claim of a name has
    /// to be on the disk before the file takes the name.
    pub fn fits_in_one_request(&self, spec: &UploadSpec, append: &Append) -> bool {
        append.length == Some(spec.length)
            && spec.length <= tus::SINGLE_REQUEST_LIMIT
            && !self.0.registry.is_shared()
    }

    /// Publishes a file of at most [`tus::SINGLE_REQUEST_LIMIT`] bytes. If this fails before the
    /// file has its name, none of the content is kept.
    ///
    /// # Errors
    /// Fails for the same reasons as [`Uploads::create`] and [`Uploads::append`].
    pub async fn store_in_one_request<E>(
        &self,
        spec: UploadSpec,
        append: Append,
        body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin,
    ) -> Result<(UploadStatus, Media), UploadError> {
        self.check_length(spec.length)?;
        let permit = self.append_permit()?;
        let chunks = collect_body(body, spec.length).await?;
        let uploads = self.clone();
        // The publication has its own task: the handler's future is dropped when the client
        // disconnects, which must not leave a visible file that is not recorded.
        let publication = async move {
            let file = blocking(move || verify(spec, append, chunks)).await?;
            let published = uploads.publish_verified(file).await;
            drop(permit);
            published
        };
        tokio::spawn(publication).await?
    }

    async fn publish_verified(
        &self,
        file: VerifiedFile,
    ) -> Result<(UploadStatus, Media), UploadError> {
        let _name_guard = self.0.volume.name_locks().lock(&file.spec.name).await;
        let uploads = self.clone();
        let (id, spec, placement) = blocking(move || {
            let id = Uuid::now_v7();
            let placement = uploads.move_into_place(id, &file)?;
            Ok((id, file.spec, placement))
        })
        .await?;
        let info = match placement {
            Placement::Renamed(info) => info,
            // If the catalogue does not have the file, an earlier attempt was interrupted before it
            // was recorded. This one completes it.
            Placement::AlreadyThere(info) => match self.0.registry.media(&spec.name).await? {
                Some(recorded) if recorded.has_sha256(&info.sha256) => {
                    return Err(UploadError::NameTaken(spec.name));
                }
                _ => info,
            },
        };
        let media = to_media(&spec.name, &info);
        self.0.registry.put_media(&media).await?;
        tracing::info!(media = %spec.name, bytes = spec.length, "published an upload");
        let (offset, phase) = (spec.length, UploadPhase::Done { sha256: info.sha256 });
        let record = UploadRecord { id, spec, expires_at: self.expires_at(), phase };
        let upload = Upload::new(UploadState { record, offset, hash: ContentHash::default() });
        let status = upload.status();
        self.by_id().insert(id, upload.into());
        Ok((status, media))
    }

    /// Writes the content durably and renames it to its media name.
    fn move_into_place(&self, id: Uuid, file: &VerifiedFile) -> Result<Placement, UploadError> {
        let VerifiedFile { spec, chunks, sha256 } = file;
        let target = self.0.volume.media_path(&spec.name);
        if self.0.volume.is_in_library(&spec.name) {
            return Err(UploadError::NameTaken(spec.name.clone()));
        }
        if !spec.replace && self.0.volume.stat(&spec.name).is_ok() {
            return self.reuse_identical(spec, sha256).map(Placement::AlreadyThere);
        }
        self.check_space(spec.length)?;
        let part = part_path(&self.0.volume.uploads_dir(), id);
        let flags = if spec.replace { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        let written = self.write_content(&part, chunks).map_err(UploadError::from);
        let placed = written.and_then(|file| {
            let inspection = inspect::inspect(&file)?;
            check_damage(spec, &inspection, false)?;
            self.0.failpoints.check(Failpoint::Rename)?;
            rename(&part, &target, flags)?;
            let version = FileVersion::of(&file.metadata()?);
            Ok(MediaInfo::new(version, sha256.clone(), inspection, clock::now())
                .with_file_name(spec.original_name.clone()))
        });
        let info = match placed {
            Ok(info) => info,
            Err(error) => {
                // If this fails, the next start removes the file.
                let _ = durable::remove_if_exists(&part);
                return match error {
                    UploadError::Io(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        self.reuse_identical(spec, sha256).map(Placement::AlreadyThere)
                    }
                    error => Err(error),
                };
            }
        };
        let synced = self.0.failpoints.check(Failpoint::SyncDirs);
        synced.and_then(|()| self.0.media_dir.sync())?;
        self.save_info(&spec.name, &info);
        Ok(Placement::Renamed(info))
    }

    fn write_content(&self, part: &std::path::Path, chunks: &[Bytes]) -> io::Result<File> {
        let mut options = File::options();
        options.read(true).write(true).create_new(true).mode(MEDIA_FILE_MODE);
        let mut file = options.open(part)?;
        for chunk in chunks {
            self.0.failpoints.check(Failpoint::WriteChunk)?;
            file.write_all(chunk)?;
        }
        self.0.failpoints.check(Failpoint::SyncContent)?;
        file.sync_data()?;
        Ok(file)
    }

    /// Returns the metadata of the file that has the name if its content is the same; otherwise
    /// fails with `NameTaken`. Syncs the file, because the attempt that wrote it may have been
    /// interrupted before it did so.
    fn reuse_identical(&self, spec: &UploadSpec, sha256: &str) -> Result<MediaInfo, UploadError> {
        let name_taken = || UploadError::NameTaken(spec.name.clone());
        let path = self.0.volume.media_path(&spec.name);
        if self.0.volume.stat(&spec.name)?.size != spec.length {
            return Err(name_taken());
        }
        let file = File::open(path)?;
        let mut hash = ContentHash::default();
        hash.catch_up(&file, spec.length)?;
        if hash.sha256() != sha256 {
            return Err(name_taken());
        }
        file.sync_data()?;
        self.0.media_dir.sync()?;
        let version = FileVersion::of(&file.metadata()?);
        let inspection = inspect::inspect(&file)?;
        let info = MediaInfo::new(version, sha256.to_owned(), inspection, clock::now())
            .with_file_name(spec.original_name.clone());
        self.save_info(&spec.name, &info);
        Ok(info)
    }
}

/// Receives a body that must have a length of `length` bytes.
async fn collect_body<E>(
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    length: u64,
) -> Result<Vec<Bytes>, UploadError> {
    let (mut chunks, mut received) = (Vec::new(), 0);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| UploadError::EndedEarly)?;
        received += chunk.len() as u64;
        if received > length {
            return Err(UploadError::TooMuchContent { limit_bytes: length });
        }
        chunks.push(chunk);
    }
    if received == length { Ok(chunks) } else { Err(UploadError::EndedEarly) }
}

/// Compares the content with everything that the client stated about it.
fn verify(
    spec: UploadSpec,
    append: Append,
    chunks: Vec<Bytes>,
) -> Result<VerifiedFile, UploadError> {
    let mut hash = ContentHash::default();
    chunks.iter().for_each(|chunk| hash.update(chunk));
    if let Some(ExpectedChecksum { mut algorithm, value }) = append.checksum {
        chunks.iter().for_each(|chunk| algorithm.update(chunk));
        if *algorithm.finalize() != *value {
            return Err(UploadError::AppendChecksumMismatch);
        }
    }
    let sha256 = hash.sha256();
    let announced = [&spec.sha256, &append.file_sha256];
    if announced.into_iter().flatten().any(|announced| *announced != sha256) {
        return Err(UploadError::FileChecksumMismatch { sha256 });
    }
    if !spec.any_type && sniff::media_kind(&first_bytes(&chunks)).is_none() {
        return Err(UploadError::UnknownType(spec.name));
    }
    Ok(VerifiedFile { spec, chunks, sha256 })
}

fn first_bytes(chunks: &[Bytes]) -> Vec<u8> {
    chunks.iter().flatten().copied().take(sniff::SNIFF_BYTES).collect()
}
