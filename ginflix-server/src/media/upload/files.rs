//! The two files of an upload: its content and its record.

use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Uploads;
use super::fault::Step;
use super::hash::ContentHash;
use super::record::{Checkpoint, NewUpload, Phase, Record};
use super::state::State;
use crate::durable;
use crate::media::volume::PART;

/// Where an upload's content is.
pub fn part_path(folder: &Path, id: Uuid) -> PathBuf {
    folder.join(format!("{id}.{PART}"))
}

/// Name of an upload's record.
pub fn record_name(id: Uuid) -> String {
    format!("{id}.json")
}

impl Uploads {
    /// Creates both files of a new upload. For blocking threads.
    pub(super) fn start(&self, about: NewUpload) -> io::Result<State> {
        let (id, hash) = (Uuid::now_v7(), ContentHash::default());
        let phase = Phase::Receiving(Checkpoint::trusting(&hash));
        let record = Record { id, about, expires_at: self.expiry(), phase };
        let part = part_path(&self.0.volume.uploads_folder(), id);
        std::fs::File::create_new(&part)?;
        if let Err(error) = self.save(&record) {
            let _ = durable::remove(&part); // the start-up clears away what stays
            return Err(error);
        }
        Ok(State { record, offset: 0, hash })
    }

    /// Writes an upload's record. For blocking threads.
    pub(super) fn save(&self, record: &Record) -> io::Result<()> {
        self.0.faults.before(Step::SaveRecord)?;
        let text = serde_json::to_vec(record)?;
        match record.phase {
            // Lost in a power cut, it is as if the client had never asked again.
            Phase::Done { .. } => {
                let folder = self.0.volume.uploads_folder();
                durable::write_loosely(&folder, &record_name(record.id), &text)
            }
            _ => self.0.uploads_folder.write(&record_name(record.id), &text),
        }
    }

    /// Removes both files, and the upload from memory. The record goes last:
    /// content without one is cleared away at start-up. For blocking threads.
    pub(super) fn forget(&self, state: &State) -> io::Result<()> {
        let (id, folder) = (state.record.id, self.0.volume.uploads_folder());
        durable::remove(&part_path(&folder, id))?;
        durable::remove(&folder.join(record_name(id)))?;
        if matches!(state.record.phase, Phase::Publishing(_)) {
            self.0.volume.names().release(&state.record.about.name);
        }
        self.all().remove(&id);
        Ok(())
    }
}
