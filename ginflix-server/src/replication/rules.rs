//! What a streamer has to do, from what there should be and what there is:
//! pure rules.
//!
//! A file goes only where this streamer once wrote down that it had it and the
//! catalogue has it no more. Who finds an empty catalogue finds no such note,
//! and registers what is there.

use std::collections::{BTreeMap, HashMap, HashSet};

use ginflix_api::media::MediaName;
use ginflix_api::replica::ReplicaState;

use crate::catalog::store::{DesiredMedia, ReplicaRecord};
use crate::media::info::FileVersion;
use crate::media::volume::MediaFile;

/// What is to be done about one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The file came by hand: the catalogue is to know it.
    Register,
    /// The file is right, and not yet known to be here.
    Confirm,
    /// The file has to be fetched.
    Pull {
        /// What stands under its name now.
        replaces: Option<FileVersion>,
        /// What is wrong with that, if it was right before.
        damage: Option<&'static str>,
    },
    /// The file has to be read and held against its SHA-256.
    Verify,
    /// The file was removed elsewhere.
    Remove,
    /// Likewise, and it is gone here already.
    Forget,
}

/// What there is to do. Names that an upload has claimed are left alone, and
/// so are files that are still being read for the first time.
pub fn plan(
    wanted: &BTreeMap<MediaName, DesiredMedia>,
    replicas: &HashMap<MediaName, ReplicaRecord>,
    files: &HashMap<MediaName, MediaFile>,
    claimed: &HashSet<MediaName>,
) -> Vec<(MediaName, Step)> {
    let mut steps = Vec::new();
    for (name, wanted) in wanted {
        steps.extend(about_wanted(wanted, replicas.get(name), files.get(name)).map(|s| (name, s)));
    }
    for (name, replica) in replicas.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
        steps.extend(about_removed(replica, files.get(name)).map(|step| (name, step)));
    }
    for (name, file) in files {
        if !wanted.contains_key(name) && !replicas.contains_key(name) && file.info.is_some() {
            steps.push((name, Step::Register));
        }
    }
    let free = steps.into_iter().filter(|(name, _)| !claimed.contains(*name));
    free.map(|(name, step)| (name.clone(), step)).collect()
}

fn about_wanted(
    wanted: &DesiredMedia,
    replica: Option<&ReplicaRecord>,
    file: Option<&MediaFile>,
) -> Option<Step> {
    let media = &wanted.media;
    // It was this very content: then what is wrong now is damage.
    let was_this = replica.is_some_and(|r| {
        r.sha256 == media.sha256 && matches!(r.state, ReplicaState::Whole | ReplicaState::Damaged)
    });
    let pull = |damage: &'static str| {
        let replaces = file.map(|file| file.version);
        Some(Step::Pull { replaces, damage: was_this.then_some(damage) })
    };
    let Some(file) = file else { return pull("it is gone from the volume") };
    if file.size != media.size_bytes {
        return pull("it has another size than it should have");
    }
    // Not read yet: what it is turns out in a moment.
    let info = file.info.as_ref()?;
    if info.sha256 != media.sha256 {
        return pull("its SHA-256 is wrong");
    }
    match replica {
        Some(r) if r.sha256 == media.sha256 && r.state == ReplicaState::Whole => {
            (r.check_round < wanted.check_round).then_some(Step::Verify)
        }
        _ => Some(Step::Confirm),
    }
}

fn about_removed(replica: &ReplicaRecord, file: Option<&MediaFile>) -> Option<Step> {
    let Some(file) = file else { return Some(Step::Forget) };
    match &file.info {
        Some(info) if info.sha256 == replica.sha256 => Some(Step::Remove),
        // A damaged copy of what was removed. A file that came by hand since
        // then looks the same only as long as its copy was not whole.
        Some(_) if replica.state == ReplicaState::Damaged => Some(Step::Remove),
        Some(_) => Some(Step::Register),
        None => None,
    }
}

#[cfg(test)]
mod tests;
