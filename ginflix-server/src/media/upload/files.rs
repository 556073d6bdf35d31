//! The two files of an upload: its content and its record.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Uploads;
use super::failpoints::Failpoint;
use super::hash::ContentHash;
use super::record::{Checkpoint, UploadPhase, UploadRecord, UploadSpec};
use super::state::UploadState;
use crate::durable;
use crate::file_modes::MEDIA_FILE_MODE;
use crate::media::volume::PART_EXTENSION;

/// Returns the path of an upload's content.
pub fn part_path(dir: &Path, id: Uuid) -> PathBuf {
    dir.join(format!("{id}.{PART_EXTENSION}"))
}

/// Returns the file name of an upload's record.
pub fn record_name(id: Uuid) -> String {
    format!("{id}.json")
}

impl Uploads {
    /// Creates both files of a new upload. Blocks on the disk.
    pub(super) fn create_files(&self, spec: UploadSpec) -> io::Result<UploadState> {
        let (id, hash) = (Uuid::now_v7(), ContentHash::default());
        let phase = UploadPhase::Receiving(Checkpoint::with_trusted_tail(&hash));
        let record = UploadRecord { id, spec, expires_at: self.expires_at(), phase };
        let part = part_path(&self.0.volume.uploads_dir(), id);
        File::options().write(true).create_new(true).mode(MEDIA_FILE_MODE).open(&part)?;
        if let Err(error) = self.save_record(&record) {
            // If this fails, the next start removes the file.
            let _ = durable::remove_if_exists(&part);
            return Err(error);
        }
        Ok(UploadState { record, offset: 0, hash })
    }

    /// Writes the record of an upload. Blocks on the disk.
    pub(super) fn save_record(&self, record: &UploadRecord) -> io::Result<()> {
        self.0.failpoints.check(Failpoint::SaveRecord)?;
        let text = serde_json::to_vec(record)?;
        match record.phase {
            // If a power cut loses this write, the record still has the phase `Publishing`, and
            // the next start repeats the last steps, which are idempotent.
            UploadPhase::Done { .. } => {
                let dir = self.0.volume.uploads_dir();
                durable::write_without_fsync(&dir, &record_name(record.id), &text)
            }
            _ => self.0.uploads_dir.write(&record_name(record.id), &text),
        }
    }

    /// Deletes both files of an upload, and removes it from memory. Blocks on the disk.
    pub(super) fn delete_upload(&self, state: &UploadState) -> io::Result<()> {
        let (id, dir) = (state.record.id, self.0.volume.uploads_dir());
        // After a crash between the two removals, recovery removes the record.
        durable::remove_if_exists(&part_path(&dir, id))?;
        durable::remove_if_exists(&dir.join(record_name(id)))?;
        if matches!(state.record.phase, UploadPhase::Publishing(_)) {
            self.0.volume.name_locks().release(&state.record.spec.name);
        }
        self.by_id().remove(&id);
        Ok(())
    }
}
