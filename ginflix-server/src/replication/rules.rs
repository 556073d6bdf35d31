//! The rules that decide which actions a volume needs, as pure functions.
//!
//! A file is removed only if the catalogue has a replica of this streamer for it, but no media file
//! any more. In an empty catalogue there is no such replica either, so that the files of the volume
//! are registered instead of removed.

use std::collections::{BTreeMap, HashMap, HashSet};

use ginflix_api::media::MediaName;
use ginflix_api::replica::ReplicaState;

use crate::catalog::store::{DesiredMedia, ReplicaRecord};
use crate::media::info::FileVersion;
use crate::media::volume::MediaFile;

/// The action that a streamer has to take for one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplicaAction {
    /// Add a file to the catalogue that somebody copied into the volume.
    Register,
    /// Record that this streamer has a correct copy.
    Confirm,
    /// Record what is in the file, which the catalogue does not know yet.
    Describe,
    /// Fetch the file from a peer.
    Pull {
        /// The file that has the name now.
        replaces: Option<FileVersion>,
        /// What is wrong with the copy, if it was correct before.
        damage: Option<&'static str>,
    },
    /// Read the file and compare its SHA-256.
    Verify,
    /// Remove the file, which was removed from the catalogue.
    Remove,
    /// Remove the replica of a file that is in neither the catalogue nor the volume.
    Forget,
}

impl ReplicaAction {
    /// Whether this is [`ReplicaAction::Pull`].
    pub fn is_pull(&self) -> bool {
        matches!(self, Self::Pull { .. })
    }
}

/// What is on the volume.
#[derive(Debug, Default)]
pub struct VolumeFiles {
    /// The files that can be read.
    pub files: HashMap<MediaName, MediaFile>,
    /// The names of which something else is on the volume.
    pub unreadable: HashSet<MediaName>,
}

/// Compares the media files of the catalogue, the replicas of this streamer and the files of its
/// volume. Ignores names that an upload has claimed, and files whose SHA-256 is not known yet.
pub fn plan(
    desired: &BTreeMap<MediaName, DesiredMedia>,
    replicas: &HashMap<MediaName, ReplicaRecord>,
    volume: &VolumeFiles,
    claimed: &HashSet<MediaName>,
) -> Vec<(MediaName, ReplicaAction)> {
    let VolumeFiles { files, unreadable } = volume;
    let mut actions = Vec::new();
    for (name, desired) in desired {
        let missing = match unreadable.contains(name) {
            true => "it cannot be read",
            false => "it is gone from the volume",
        };
        let action = action_for_desired(desired, replicas.get(name), files.get(name), missing);
        actions.extend(action.map(|action| (name, action)));
    }
    // What cannot be read cannot be compared with the removed content, so it stays.
    let removed = replicas.iter().filter(|(name, _)| !desired.contains_key(*name));
    for (name, replica) in removed.filter(|(name, _)| !unreadable.contains(*name)) {
        let action = action_for_removed(replica, files.get(name));
        actions.extend(action.map(|action| (name, action)));
    }
    for (name, file) in files {
        if !desired.contains_key(name) && !replicas.contains_key(name) && file.info.is_some() {
            actions.push((name, ReplicaAction::Register));
        }
    }
    let unclaimed = actions.into_iter().filter(|(name, _)| !claimed.contains(*name));
    unclaimed.map(|(name, action)| (name.clone(), action)).collect()
}

/// Decides about a name that the catalogue has. `missing` is the damage if there is no file.
fn action_for_desired(
    desired: &DesiredMedia,
    replica: Option<&ReplicaRecord>,
    file: Option<&MediaFile>,
    missing: &'static str,
) -> Option<ReplicaAction> {
    let media = &desired.media;
    // If the copy had this content before, a difference now is damage.
    let was_correct = replica.is_some_and(|r| {
        r.sha256 == desired.sha256 && matches!(r.state, ReplicaState::Whole | ReplicaState::Damaged)
    });
    let pull = |damage: &'static str| {
        let replaces = file.map(|file| file.version);
        Some(ReplicaAction::Pull { replaces, damage: was_correct.then_some(damage) })
    };
    let Some(file) = file else { return pull(missing) };
    if file.size != media.size_bytes {
        return pull("its size is wrong");
    }
    // Without metadata the file is still being hashed: the next reconciliation decides.
    let info = file.info.as_ref()?;
    if info.sha256 != desired.sha256 {
        return pull("its SHA-256 is wrong");
    }
    match replica {
        Some(r) if r.sha256 == desired.sha256 && r.state == ReplicaState::Whole => {
            match r.check_round < desired.check_round {
                true => Some(ReplicaAction::Verify),
                false if !desired.is_inspected && info.inspection.is_some() => {
                    Some(ReplicaAction::Describe)
                }
                false => None,
            }
        }
        _ => Some(ReplicaAction::Confirm),
    }
}

/// Decides about a name that this streamer has a replica of, but that the catalogue does not have.
fn action_for_removed(replica: &ReplicaRecord, file: Option<&MediaFile>) -> Option<ReplicaAction> {
    let Some(file) = file else { return Some(ReplicaAction::Forget) };
    match &file.info {
        Some(info) if info.sha256 == replica.sha256 => Some(ReplicaAction::Remove),
        // This is the damaged copy of a removed file. A file that somebody copied there since then
        // cannot be told apart from it, and is removed as well.
        Some(_) if replica.state == ReplicaState::Damaged => Some(ReplicaAction::Remove),
        Some(_) => Some(ReplicaAction::Register),
        None => None,
    }
}

#[cfg(test)]
mod tests;
