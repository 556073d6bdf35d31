//! What browsers support of a file as the source of a video element, and of its tracks by HLS.
//!
//! The tables state what current versions of browsers do (`@mdn/browser-compat-data`, and the releases of the browsers).

use ginflix_api::inspection::{Codec, Container, Track, TrackKind, VideoTrack};

/// Whether a browser can do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Support {
    /// Always.
    Yes,
    /// If the device has a decoder for it.
    Device,
    /// Never.
    No,
}

pub use Support::{Device, No, Yes};

/// The support by Chrome, Chrome on Linux, Firefox and Safari.
pub type Row = [Support; 4];

/// All browsers support it.
pub const ALL: Row = [Yes; 4];
/// No browser supports it.
pub const NONE: Row = [No; 4];

/// Returns the support of a container, for files.
pub fn container_support(container: Container) -> Row {
    match container {
        Container::Mp4 | Container::QuickTime | Container::MpegAudio | Container::Wav => ALL,
        Container::Flac | Container::Adts | Container::WebM => ALL,
        Container::Matroska => [Yes, Yes, Yes, No],
        Container::Ogg => [Yes, Yes, Yes, No],
        _ => NONE,
    }
}

/// Returns the support of the codec of a video track; that by HLS is the same.
pub fn video_support(track: &Track) -> Row {
    match &track.kind {
        TrackKind::Video(video) => video_row(track.codec, video),
        _ => NONE,
    }
}

fn video_row(codec: Codec, video: &VideoTrack) -> Row {
    let is_deep = video.bit_depth.is_some_and(|depth| depth > 8);
    match codec {
        Codec::H264 if is_deep => [Yes, Yes, No, No],
        Codec::H264 | Codec::Vp8 => ALL,
        Codec::Hevc => [Device, No, Device, Yes],
        Codec::Vp9 => [Yes, Yes, Yes, Device],
        Codec::Av1 => [Yes, Yes, Yes, Device],
        Codec::ProRes => [No, No, No, Device],
        _ => NONE,
    }
}

/// Returns the support of a codec of audio, for files.
pub fn audio_support(codec: Codec) -> Row {
    match codec {
        Codec::Aac | Codec::Mp3 | Codec::Opus | Codec::Flac | Codec::Pcm => ALL,
        Codec::Vorbis => [Yes, Yes, Yes, Device],
        Codec::Alac | Codec::Ac3 | Codec::Eac3 => [No, No, No, Yes],
        _ => NONE,
    }
}

/// Returns the support of a codec of audio by HLS, through Media Source Extensions and by players of the system.
pub fn hls_audio_support(codec: Codec) -> Row {
    match codec {
        Codec::Mp3 => [No, No, Yes, Yes],
        codec => audio_support(codec),
    }
}

/// Returns the better of two rows for each browser.
pub fn better(a: Row, b: Row) -> Row {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].min(b[2]), a[3].min(b[3])]
}
