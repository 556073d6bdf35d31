//! What a file is by its extension.

use ginflix_subtitles::format::EXTENSIONS as SUBTITLES;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Media,
    Subtitles,
    /// A format of subtitles that is not read.
    OtherSubtitles,
    Picture,
    Nfo,
    DiscImage,
    Unfinished,
    Other,
}

/// The extensions of media files, in lower case: those of the formats of video and audio that a server accepts by their content.
/// `ginflix-media` reads MP4, QuickTime, Matroska and WebM; of the others it recognizes the container.
pub const MEDIA: [&str; 49] = [
    "mp4", "m4v", "mov", "qt", "3gp", "3g2", "f4v", "mkv", "mk3d", "webm", "mka", "ogv", "ogm",
    "ogg", "oga", "opus", "avi", "divx", "ts", "m2ts", "m2t", "mts", "mpg", "mpeg", "mpe", "m2v",
    "vob", "wmv", "asf", "wma", "flv", "rm", "rmvb", "h264", "264", "m4a", "m4b", "mp3", "mp2",
    "aac", "flac", "wav", "rf64", "ac3", "dts", "aif", "aiff", "aifc", "amr",
];
/// The extensions of pictures that may be posters, the preferred ones first.
pub const PICTURES: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
const OTHER_PICTURES: [&str; 6] = ["gif", "bmp", "tbn", "svg", "avif", "tif"];
const OTHER_SUBTITLES: [&str; 10] =
    ["sub", "idx", "sup", "smi", "sami", "ttml", "dfxp", "scc", "stl", "usf"];
const DISC_IMAGES: [&str; 4] = ["iso", "img", "nrg", "mdf"];
const UNFINISHED: [&str; 12] = [
    "part",
    "partial",
    "crdownload",
    "download",
    "opdownload",
    "tmp",
    "temp",
    "!qb",
    "!ut",
    "bc!",
    "aria2",
    "dctmp",
];

/// Returns what a file is by its name.
pub fn of_name(name: &str) -> Kind {
    let Some((_, extension)) = name.rsplit_once('.') else { return Kind::Other };
    let extension = extension.to_ascii_lowercase();
    let is_in = |list: &[&str]| list.contains(&extension.as_str());
    match () {
        () if is_in(&MEDIA) => Kind::Media,
        () if is_in(&SUBTITLES) => Kind::Subtitles,
        () if is_in(&PICTURES) || is_in(&OTHER_PICTURES) => Kind::Picture,
        () if extension == "nfo" => Kind::Nfo,
        () if is_in(&OTHER_SUBTITLES) => Kind::OtherSubtitles,
        () if is_in(&DISC_IMAGES) => Kind::DiscImage,
        () if is_in(&UNFINISHED) => Kind::Unfinished,
        () => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_their_extensions() {
        for (name, kind) in [
            ("a.MKV", Kind::Media),
            ("a.mp4.part", Kind::Unfinished),
            ("a.mkv.!qB", Kind::Unfinished),
            ("a.srt", Kind::Subtitles),
            ("a.sup", Kind::OtherSubtitles),
            ("a.JPG", Kind::Picture),
            ("movie.nfo", Kind::Nfo),
            ("a.iso", Kind::DiscImage),
            ("README", Kind::Other),
            ("a.txt", Kind::Other),
        ] {
            assert_eq!(of_name(name), kind, "{name}");
        }
    }
}
