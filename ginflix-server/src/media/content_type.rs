//! Media types by file name extension.

/// The media type of files with an unknown extension.
pub const UNKNOWN: &str = "application/octet-stream";

/// Returns the media type for a file name extension, ignoring its case.
///
/// Only formats that players and pages embed have a type of their own. All others, above all HTML
/// and SVG, are served as plain bytes: an uploaded file must not run scripts in this origin.
pub fn of_extension(extension: &str) -> &'static str {
    match extension.to_ascii_lowercase().as_str() {
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mkv" => "video/matroska",
        "mov" => "video/quicktime",
        "ogv" => "video/ogg",
        "avi" => "video/x-msvideo",
        "ts" | "m2ts" | "mts" => "video/mp2t",
        "mpg" | "mpeg" => "video/mpeg",
        "3gp" => "video/3gpp",
        "flv" => "video/x-flv",
        "wmv" => "video/x-ms-wmv",
        "m4a" => "audio/mp4",
        "mp3" => "audio/mpeg",
        "aac" => "audio/aac",
        "flac" => "audio/flac",
        "wav" => "audio/wav",
        "oga" | "ogg" | "opus" => "audio/ogg",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "avif" => "image/avif",
        "vtt" => "text/vtt",
        "srt" => "application/x-subrip",
        "m3u8" => "application/vnd.apple.mpegurl",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_formats_have_types_and_pages_are_plain_bytes() {
        assert_eq!(of_extension("MP4"), "video/mp4");
        assert_eq!(of_extension("webm"), "video/webm");
        for page in ["html", "svg", "js", "xhtml", ""] {
            assert_eq!(of_extension(page), UNKNOWN);
        }
    }
}
