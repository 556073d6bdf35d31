//! Publishing a complete upload.
//!
//! The steps: verify the content; save the phase `Publishing`; rename the file; store its metadata;
//! record it in the catalogue; save the phase `Done`. Each step is idempotent, so after a crash or
//! an error the next attempt continues where the last one ended.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use ginflix_api::inspection::Inspection;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::paths;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::error::UploadError;
use super::failpoints::Failpoint;
use super::files::part_path;
use super::record::{UploadPhase, UploadRecord, UploadSpec};
use super::registry::MediaRegistryError;
use super::state::{LockedUpload, Upload, UploadState, UploadStatus};
use super::{Uploads, blocking};
use crate::clock;
use crate::media::info::{FileVersion, MediaInfo};
use crate::media::{content_type, inspect, sniff};

impl Uploads {
    /// Publishes a complete upload. Does nothing if it is published already.
    pub(super) async fn publish(
        &self,
        upload: Arc<Upload>,
        mut state: LockedUpload,
    ) -> Result<UploadStatus, UploadError> {
        if matches!(state.record.phase, UploadPhase::Done { .. }) {
            return Ok(upload.status());
        }
        let name = state.record.spec.name.clone();
        let _name_guard = self.0.volume.name_locks().lock(&name).await;
        let uploads = self.clone();
        let (mut state, info) = blocking(move || {
            let info = match &state.record.phase {
                UploadPhase::Publishing(info) => info.clone(),
                _ => uploads.verify(&mut state)?,
            };
            uploads.rename_into_place(&state, &info)?;
            Ok((state, info))
        })
        .await?;
        let recorded =
            self.0.registry.publish(&to_media(&name, &info), state.record.spec.replace).await;
        if let Err(MediaRegistryError::Conflict) = recorded {
            let uploads = self.clone();
            blocking(move || uploads.roll_back(&state, &info)).await?;
            return Err(UploadError::NameTaken(name));
        }
        recorded?;
        self.0.volume.name_locks().release(&name);
        state.record.phase = UploadPhase::Done { sha256: info.sha256 };
        let uploads = self.clone();
        blocking(move || {
            if let Err(error) = uploads.save_record(&state.record) {
                // The next start finds `Publishing`, and repeats the last steps.
                let id = state.record.id;
                tracing::warn!(
                    upload = %id,
                    %error,
                    "cannot save that an upload is published; the next start will complete it"
                );
            }
            let spec = &state.record.spec;
            tracing::info!(media = %spec.name, bytes = spec.length, "published an upload");
            upload.set_status(state.status());
            Ok(upload.status())
        })
        .await
    }

    /// Removes the file again and deletes the upload, because another streamer was the first to
    /// record a file of this name.
    fn roll_back(&self, state: &UploadState, info: &MediaInfo) -> Result<(), UploadError> {
        let (volume, name) = (&self.0.volume, &state.record.spec.name);
        if is_at(&volume.media_path(name), info) {
            volume.remove(name)?;
        }
        Ok(self.delete_upload(state)?)
    }

    /// Compares the content with what the client stated, and saves the phase `Publishing`. Deletes
    /// an upload that has the wrong SHA-256 or an unknown format, and keeps one of a damaged file.
    fn verify(&self, state: &mut UploadState) -> Result<MediaInfo, UploadError> {
        let part = part_path(&self.0.volume.uploads_dir(), state.record.id);
        let file = File::open(&part)?;
        let length = state.record.spec.length;
        state.hash.catch_up(&file, length)?;
        let sha256 = state.hash.sha256();
        if state.record.spec.sha256.as_ref().is_some_and(|announced| *announced != sha256) {
            self.delete_upload(state)?;
            return Err(UploadError::FileChecksumMismatch { sha256 });
        }
        // The writer checks the format, too, but a crash may have prevented that check.
        let spec = &state.record.spec;
        if !spec.any_type && sniff::media_kind_of_file(&file, length)?.is_none() {
            self.delete_upload(state)?;
            return Err(UploadError::UnknownType(spec.name.clone()));
        }
        let metadata = file.metadata()?;
        if metadata.len() != length {
            let (part, actual) = (part.display(), metadata.len());
            let message = format!(
                "{part} has {actual} bytes instead of {length}, so another program has changed it; \
                 discard the upload and start a new one"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message).into());
        }
        self.check_name(&state.record.spec)?;
        let inspection = inspect::inspect(&file)?;
        if let Err(error) = check_damage(&state.record.spec, &inspection, true) {
            // After a restart, too, the whole content is there.
            self.save_record(&state.record)?;
            return Err(error);
        }
        let version = FileVersion::of(&metadata);
        let info = MediaInfo::new(version, sha256, inspection, clock::now())
            .with_file_name(spec.original_name.clone());
        let next =
            UploadRecord { phase: UploadPhase::Publishing(info.clone()), ..state.record.clone() };
        self.save_record(&next)?;
        self.0.volume.name_locks().claim(&state.record.spec.name);
        state.record = next;
        Ok(info)
    }

    fn check_name(&self, spec: &UploadSpec) -> Result<(), UploadError> {
        match self.0.volume.stat(&spec.name) {
            Ok(_) if !spec.replace || self.0.volume.is_in_library(&spec.name) => {
                Err(UploadError::NameTaken(spec.name.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Renames the content to its media name, unless an earlier attempt has done so.
    fn rename_into_place(&self, state: &UploadState, info: &MediaInfo) -> Result<(), UploadError> {
        let (volume, spec) = (&self.0.volume, &state.record.spec);
        let part = part_path(&volume.uploads_dir(), state.record.id);
        let target = volume.media_path(&spec.name);
        let flags = if spec.replace { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        self.0.failpoints.check(Failpoint::Rename)?;
        match rename(&part, &target, flags) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound && is_at(&target, info) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                self.delete_upload(state)?;
                return Err(UploadError::RemovedMeanwhile(spec.name.clone()));
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                if self.0.registry.is_shared() {
                    // The name belongs to an upload at another streamer, so this one cannot
                    // succeed.
                    self.delete_upload(state)?;
                }
                return Err(UploadError::NameTaken(spec.name.clone()));
            }
            Err(error) => return Err(error.into()),
        }
        self.0.failpoints.check(Failpoint::SyncDirs)?;
        self.0.media_dir.sync()?;
        self.0.uploads_dir.sync()?;
        self.save_info(&spec.name, info);
        Ok(())
    }

    /// Stores the metadata of a published file. An error is logged, and does no harm.
    pub(super) fn save_info(&self, name: &MediaName, info: &MediaInfo) {
        let saved = self.0.failpoints.check(Failpoint::SaveInfo);
        let saved = saved.and_then(|()| self.0.volume.publish_info(name, info));
        if let Err(error) = saved {
            // The file is complete and visible; the indexer will compute its metadata again.
            tracing::warn!(
                media = %name,
                %error,
                "cannot store the metadata of a file; will compute it again"
            );
        }
    }
}

/// Fails with `Damaged` if a file is cut short or broken, unless the client accepts that.
pub(super) fn check_damage(
    spec: &UploadSpec,
    inspection: &Inspection,
    is_kept: bool,
) -> Result<(), UploadError> {
    match inspect::damage(inspection) {
        Some(why) if !spec.accept_damaged => {
            Err(UploadError::Damaged { name: spec.name.clone(), why, is_kept })
        }
        _ => Ok(()),
    }
}

pub(super) fn rename(from: &Path, to: &Path, flags: RenameFlags) -> io::Result<()> {
    Ok(renameat_with(CWD, from, CWD, to, flags)?)
}

/// Returns whether the file that `info` describes is at this path.
fn is_at(path: &Path, info: &MediaInfo) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| FileVersion::of(&metadata) == info.version)
}

/// Returns the catalogue entry of a media file.
pub fn to_media(name: &MediaName, info: &MediaInfo) -> Media {
    Media {
        name: name.clone(),
        file_name: info.file_name.clone(),
        size_bytes: info.version.size,
        sha256: (!info.is_sampled).then(|| info.sha256.clone()),
        content_type: content_type::of_extension(name.extension()).to_owned(),
        duration_seconds: info.duration_seconds,
        inspection: info.inspection.as_deref().cloned(),
        created_at: info.created_at,
        stream_path: paths::stream(name),
        library: None,
        missing_since: None,
    }
}
