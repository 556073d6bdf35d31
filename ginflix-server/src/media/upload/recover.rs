//! Recovery after a crash: uploads are loaded, and files that belong to none are removed.

use std::fs::File;
use std::io;
use std::path::Path;

use uuid::Uuid;

use super::files::{part_path, record_name};
use super::hash::ContentHash;
use super::record::{Checkpoint, UploadPhase, UploadRecord};
use super::state::UploadState;
use crate::durable;

/// Loads the uploads of a directory, and removes the files that belong to none.
///
/// # Errors
/// Fails if the directory cannot be read or a file cannot be removed.
pub(super) fn recover_uploads(dir: &Path) -> io::Result<Vec<UploadState>> {
    let mut uploads = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let id = path.file_stem().and_then(|stem| stem.to_str()?.parse::<Uuid>().ok());
        let extension = path.extension().and_then(|extension| extension.to_str());
        match (id, extension) {
            (Some(id), Some("json")) => match load_upload(dir, id, TailPolicy::KeepIfTrusted) {
                Ok(state) => uploads.push(state),
                Err(error) => {
                    tracing::warn!(
                        upload = %id,
                        %error,
                        "removing an upload that cannot be resumed"
                    );
                    durable::remove_if_exists(&part_path(dir, id))?;
                    durable::remove_if_exists(&path)?;
                }
            },
            // The content of an upload that has a record.
            (Some(id), Some(_)) if dir.join(record_name(id)).exists() => {}
            _ if path.is_file() => {
                tracing::info!(file = %path.display(), "removing a file that a crash has left");
                durable::remove_if_exists(&path)?;
            }
            _ => {}
        }
    }
    let unfinished = uploads
        .iter()
        .filter(|state| !matches!(state.record.phase, UploadPhase::Done { .. }))
        .count();
    if unfinished > 0 {
        tracing::info!(unfinished, "unfinished uploads can be resumed");
    }
    Ok(uploads)
}

/// What happens to the bytes after the last checkpoint.
#[derive(Debug, Clone, Copy)]
pub(super) enum TailPolicy {
    /// They are kept if the machine did not restart since, so that only the process ended.
    KeepIfTrusted,
    /// They are discarded, because they could not be synced or have a wrong checksum.
    Discard,
}

/// Loads an upload from its record and its content.
///
/// # Errors
/// Fails if the record cannot be read, or if the content is missing.
pub(super) fn load_upload(dir: &Path, id: Uuid, tail: TailPolicy) -> io::Result<UploadState> {
    let text = std::fs::read(dir.join(record_name(id)))?;
    let record: UploadRecord = serde_json::from_slice(&text)?;
    let (offset, hash) = match &record.phase {
        UploadPhase::Receiving(checkpoint) => truncate_to_trusted(dir, &record, checkpoint, tail)?,
        UploadPhase::Publishing(_) | UploadPhase::Done { .. } => {
            (record.spec.length, ContentHash::default())
        }
    };
    Ok(UploadState { record, offset, hash })
}

/// Truncates the content to the bytes that are kept, and syncs them.
fn truncate_to_trusted(
    dir: &Path,
    record: &UploadRecord,
    checkpoint: &Checkpoint,
    tail: TailPolicy,
) -> io::Result<(u64, ContentHash)> {
    let file = File::options().write(true).open(part_path(dir, record.id))?;
    let length = file.metadata()?.len().min(record.spec.length);
    let offset = match tail {
        TailPolicy::KeepIfTrusted => checkpoint.trusted_length(length),
        TailPolicy::Discard => checkpoint.offset.min(length),
    };
    file.set_len(offset)?;
    file.sync_all()?;
    Ok((offset, ContentHash::restore(&checkpoint.hash, checkpoint.offset)))
}
