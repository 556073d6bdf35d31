//! Folders and files that are left out by their names.

use crate::skipped::Reason;

/// Files that exclude the folder that they are in.
pub const MARKERS: [&str; 2] = [".ignore", ".nomedia"];

const SYSTEM: [&str; 9] = [
    "@eadir",
    "#recycle",
    "#snapshot",
    "lost+found",
    "$recycle.bin",
    "system volume information",
    "__macosx",
    "@recycle",
    "recycler",
];
const DISCS: [&str; 4] = ["bdmv", "video_ts", "audio_ts", "hvdvd_ts"];
const EXTRAS: [&str; 12] = [
    "extras",
    "extra",
    "trailers",
    "trailer",
    "featurettes",
    "behind the scenes",
    "deleted scenes",
    "interviews",
    "samples",
    "sample",
    "theme-music",
    "backdrops",
];
/// Folders of extras whose names may be those of other folders, so that they count only beside a media file.
const EXTRAS_BESIDE_MEDIA: [&str; 5] = ["scenes", "shorts", "clips", "other", "others"];
const SUFFIXES: [&str; 6] =
    ["trailer", "sample", "featurette", "behindthescenes", "deletedscene", "deleted"];
/// Suffixes that may be words of a title, so that they count only beside another media file.
const SUFFIXES_BESIDE_MEDIA: [&str; 6] = ["scene", "clip", "interview", "short", "other", "extra"];

/// Tells whether a file or folder is hidden, or belongs to a system, by its name.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || SYSTEM.contains(&name.to_ascii_lowercase().as_str())
}

/// Returns the reason to leave a folder out by its name, which is in a folder with or without media files.
pub fn of_folder(name: &str, is_beside_media: bool) -> Option<Reason> {
    let lower = name.to_ascii_lowercase();
    let is_in = |list: &[&str]| list.contains(&lower.as_str());
    if is_hidden(name) {
        Some(Reason::Hidden)
    } else if is_in(&DISCS) {
        Some(Reason::Disc)
    } else if is_in(&EXTRAS) || (is_beside_media && is_in(&EXTRAS_BESIDE_MEDIA)) {
        Some(Reason::Extra)
    } else {
        None
    }
}

/// Tells whether a media file is an extra by its name: `Movie-trailer.mkv`, `sample.mkv`. `is_alone` says that no other media
/// file is in the folder.
pub fn is_extra(name: &str, is_alone: bool) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_ascii_lowercase();
    let (before, last) = stem.rsplit_once(['-', '.', '_']).unwrap_or(("", &stem));
    // `Movie-short` is a name as Jellyfin wants it, `Movie_short` is not.
    let has_dash = stem.strip_suffix(last).is_some_and(|before| before.ends_with('-'));
    let is_beside_media = !is_alone && !before.is_empty() && has_dash;
    SUFFIXES.contains(&last) || (is_beside_media && SUFFIXES_BESIDE_MEDIA.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_left_out_by_their_names() {
        assert_eq!(of_folder("Trailers", false), Some(Reason::Extra));
        assert_eq!(of_folder("BDMV", false), Some(Reason::Disc));
        assert_eq!(of_folder("@eaDir", false), Some(Reason::Hidden));
        assert_eq!(of_folder("Shorts", false), None);
        assert_eq!(of_folder("Shorts", true), Some(Reason::Extra));
        assert_eq!(of_folder("Specials", true), None);
    }

    #[test]
    fn extras_are_left_out_by_their_suffixes() {
        for name in ["a-trailer.mkv", "a.Sample.mkv", "sample.mkv", "a-behindthescenes.mp4"] {
            assert!(is_extra(name, true), "{name}");
        }
        for name in ["a-clip.mkv", "my-short.mp4"] {
            assert!(is_extra(name, false), "{name}");
            assert!(!is_extra(name, true), "{name}");
        }
        for name in ["The Trailer.mkv", "Examples.mkv", "clip.mkv", "holiday_clip.mp4"] {
            assert!(!is_extra(name, false), "{name}");
        }
    }
}
