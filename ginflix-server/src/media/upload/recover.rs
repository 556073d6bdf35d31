//! What a crash left: unfinished uploads go on, the rest is cleared away.

use std::fs::File;
use std::io;
use std::path::Path;

use uuid::Uuid;

use super::files::{part_path, record_name};
use super::hash::ContentHash;
use super::record::{Checkpoint, Phase, Record};
use super::state::State;
use crate::durable;

/// Finds the uploads in a folder and clears away what belongs to none.
///
/// # Errors
/// Where the disk refuses.
pub(super) fn recover(folder: &Path) -> io::Result<Vec<State>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let id = path.file_stem().and_then(|stem| stem.to_str()?.parse::<Uuid>().ok());
        let extension = path.extension().and_then(|extension| extension.to_str());
        match (id, extension) {
            (Some(id), Some("json")) => match reload(folder, id, Tail::Judge) {
                Ok(state) => found.push(state),
                Err(error) => {
                    tracing::warn!(upload = %id, %error, "clearing away an upload that cannot go on");
                    durable::remove(&part_path(folder, id))?;
                    durable::remove(&path)?;
                }
            },
            (Some(id), Some(_)) if folder.join(record_name(id)).exists() => {}
            _ if path.is_file() => {
                tracing::info!(file = %path.display(), "clearing away what a crash left");
                durable::remove(&path)?;
            }
            _ => {}
        }
    }
    let unfinished =
        found.iter().filter(|state| !matches!(state.record.phase, Phase::Done { .. })).count();
    if unfinished > 0 {
        tracing::info!(unfinished, "uploads can go on");
    }
    Ok(found)
}

/// What becomes of bytes that came after the last checkpoint.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tail {
    /// They are kept where only the process died.
    Judge,
    /// They are cut off: the disk refused to sync them, or their checksum is wrong.
    Drop,
}

/// An upload as its record and its content have it.
///
/// # Errors
/// Where the record cannot be read, or the content is not there.
pub(super) fn reload(folder: &Path, id: Uuid, tail: Tail) -> io::Result<State> {
    let text = std::fs::read(folder.join(record_name(id)))?;
    let record: Record = serde_json::from_slice(&text)?;
    let (offset, hash) = match &record.phase {
        Phase::Receiving(checkpoint) => content(folder, &record, checkpoint, tail)?,
        Phase::Publishing(_) | Phase::Done { .. } => (record.about.length, ContentHash::default()),
    };
    Ok(State { record, offset, hash })
}

/// Cuts the content to what is certain and makes that durable.
fn content(
    folder: &Path,
    record: &Record,
    checkpoint: &Checkpoint,
    tail: Tail,
) -> io::Result<(u64, ContentHash)> {
    let file = File::options().write(true).open(part_path(folder, record.id))?;
    let length = file.metadata()?.len().min(record.about.length);
    let offset = match tail {
        Tail::Judge => checkpoint.kept(length),
        Tail::Drop => checkpoint.offset.min(length),
    };
    file.set_len(offset)?;
    file.sync_all()?;
    Ok((offset, ContentHash::restore(&checkpoint.hash, checkpoint.offset)))
}
