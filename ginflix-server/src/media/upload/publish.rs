//! From a whole upload to a visible, recorded file.
//!
//! Verified; `Publishing` on the disk; the name taken; facts; catalogue;
//! `Done` on the disk. Each step may be repeated, so after a crash or an error
//! the next attempt goes on wherever the last one ended.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use ginflix_api::media::{Media, MediaName};
use ginflix_api::paths;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::error::UploadError;
use super::fault::Step;
use super::files::part_path;
use super::record::{NewUpload, Phase, Record};
use super::register::RegisterError;
use super::state::{Held, State, Status, Upload};
use super::{Uploads, blocking};
use crate::clock;
use crate::media::facts::{Facts, Stamp};
use crate::media::{content_type, kind, probe};

impl Uploads {
    /// Makes a whole upload visible and records it. For one that is, does nothing.
    pub(super) async fn finish(
        &self,
        upload: Arc<Upload>,
        mut state: Held,
    ) -> Result<Status, UploadError> {
        if matches!(state.record.phase, Phase::Done { .. }) {
            return Ok(upload.status());
        }
        let name = state.record.about.name.clone();
        let _held = self.0.volume.names().hold(&name).await;
        let uploads = self.clone();
        let (mut state, facts) = blocking(move || {
            let facts = match &state.record.phase {
                Phase::Publishing(facts) => facts.clone(),
                _ => uploads.verify(&mut state)?,
            };
            uploads.take_name(&state, &facts)?;
            Ok((state, facts))
        })
        .await?;
        let recorded =
            self.0.register.publish(&as_media(&name, &facts), state.record.about.replace).await;
        if let Err(RegisterError::Conflict) = recorded {
            let uploads = self.clone();
            blocking(move || uploads.withdraw(&state, &facts)).await?;
            return Err(UploadError::NameTaken(name));
        }
        recorded?;
        self.0.volume.names().release(&name);
        state.record.phase = Phase::Done { sha256: facts.sha256 };
        let uploads = self.clone();
        blocking(move || {
            if let Err(error) = uploads.save(&state.record) {
                // The start-up finds `Publishing` and repeats what is done.
                tracing::warn!(upload = %state.record.id, %error, "cannot note the end of an upload");
            }
            let about = &state.record.about;
            tracing::info!(media = %about.name, bytes = about.length, "published");
            upload.show(state.status());
            Ok(upload.status())
        })
        .await
    }

    /// Another upload of that name was recorded first, elsewhere: this one is
    /// taken back, and forgotten.
    fn withdraw(&self, state: &State, facts: &Facts) -> Result<(), UploadError> {
        let (volume, name) = (&self.0.volume, &state.record.about.name);
        if is_at(&volume.media_path(name), facts) {
            volume.remove(name)?;
        }
        Ok(self.forget(state)?)
    }

    /// Holds the content against what was announced; from then on it is
    /// written down that it is to be published.
    fn verify(&self, state: &mut State) -> Result<Facts, UploadError> {
        let part = part_path(&self.0.volume.uploads_folder(), state.record.id);
        let mut file = File::open(&part)?;
        let length = state.record.about.length;
        state.hash.catch_up(&file, length)?;
        let sha256 = state.hash.sha256();
        if state.record.about.sha256.as_ref().is_some_and(|announced| *announced != sha256) {
            self.forget(state)?;
            return Err(UploadError::FileChecksumMismatch { sha256 });
        }
        // Judged while it was written, but for what a crash cut short.
        let about = &state.record.about;
        if !about.any_type && kind::of_file(&file, length)?.is_none() {
            self.forget(state)?;
            return Err(UploadError::UnknownType(about.name.clone()));
        }
        let metadata = file.metadata()?;
        if metadata.len() != length {
            let (part, actual) = (part.display(), metadata.len());
            let why = format!("{part} has {actual} bytes instead of {length}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, why).into());
        }
        self.check_name(&state.record.about)?;
        let facts = Facts {
            stamp: Stamp::of(&metadata),
            sha256,
            duration_seconds: probe::duration_seconds(&mut file),
            created_at: clock::now(),
        };
        let next = Record { phase: Phase::Publishing(facts.clone()), ..state.record.clone() };
        self.save(&next)?;
        self.0.volume.names().claim(&state.record.about.name);
        state.record = next;
        Ok(facts)
    }

    fn check_name(&self, about: &NewUpload) -> Result<(), UploadError> {
        match self.0.volume.stat(&about.name) {
            Ok(_) if !about.replace => Err(UploadError::NameTaken(about.name.clone())),
            _ => Ok(()),
        }
    }

    /// Gives the content its name, unless an earlier attempt already did.
    fn take_name(&self, state: &State, facts: &Facts) -> Result<(), UploadError> {
        let (volume, about) = (&self.0.volume, &state.record.about);
        let part = part_path(&volume.uploads_folder(), state.record.id);
        let target = volume.media_path(&about.name);
        let flags = if about.replace { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        self.0.faults.before(Step::Rename)?;
        match rename(&part, &target, flags) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound && is_at(&target, facts) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                self.forget(state)?;
                return Err(UploadError::RemovedMeanwhile(about.name.clone()));
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                if self.0.register.is_shared() {
                    // Another streamer's upload was faster; nobody would ever finish this one.
                    self.forget(state)?;
                }
                return Err(UploadError::NameTaken(about.name.clone()));
            }
            Err(error) => return Err(error.into()),
        }
        self.0.faults.before(Step::SyncFolders)?;
        self.0.media_folder.sync()?;
        self.0.uploads_folder.sync()?;
        self.keep_facts(&about.name, facts);
        Ok(())
    }

    pub(super) fn keep_facts(&self, name: &MediaName, facts: &Facts) {
        let saved = self.0.faults.before(Step::SaveFacts);
        let saved = saved.and_then(|()| self.0.volume.put_facts(name, facts));
        if let Err(error) = saved {
            // The file is visible and whole; its facts are found again by reading it.
            tracing::warn!(media = %name, %error, "cannot keep the facts of a file");
        }
    }
}

pub(super) fn rename(from: &Path, to: &Path, flags: RenameFlags) -> io::Result<()> {
    Ok(renameat_with(CWD, from, CWD, to, flags)?)
}

/// Whether the file that these facts are of has this path.
fn is_at(path: &Path, facts: &Facts) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| Stamp::of(&metadata) == facts.stamp)
}

/// A file as the catalogue has it.
pub fn as_media(name: &MediaName, facts: &Facts) -> Media {
    Media {
        name: name.clone(),
        size_bytes: facts.stamp.size,
        sha256: facts.sha256.clone(),
        content_type: content_type::of_extension(name.extension()).to_owned(),
        duration_seconds: facts.duration_seconds,
        created_at: facts.created_at,
        stream_path: paths::stream(name),
    }
}
