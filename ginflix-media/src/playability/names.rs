//! Names of codecs and containers for people.

use ginflix_api::inspection::{Codec, Container};

/// Returns the name of a codec for people.
pub fn codec_name(codec: Codec) -> &'static str {
    match codec {
        Codec::H264 => "H.264",
        Codec::Hevc => "HEVC (H.265)",
        Codec::Vvc => "VVC (H.266)",
        Codec::Av1 => "AV1",
        Codec::Vp8 => "VP8",
        Codec::Vp9 => "VP9",
        Codec::Mpeg1Video => "MPEG-1",
        Codec::Mpeg2Video => "MPEG-2",
        Codec::Mpeg4Visual => "MPEG-4 (DivX, Xvid)",
        Codec::Mjpeg => "Motion JPEG",
        Codec::ProRes => "ProRes",
        Codec::Theora => "Theora",
        Codec::Vc1 => "VC-1",
        Codec::Aac => "AAC",
        Codec::Mp3 => "MP3",
        Codec::Mp2 => "MP2",
        Codec::Opus => "Opus",
        Codec::Vorbis => "Vorbis",
        Codec::Flac => "FLAC",
        Codec::Alac => "Apple Lossless",
        Codec::Ac3 => "AC-3 (Dolby Digital)",
        Codec::Eac3 => "E-AC-3 (Dolby Digital Plus)",
        Codec::Dts => "DTS",
        Codec::TrueHd => "TrueHD",
        Codec::Pcm => "PCM",
        Codec::SubRip => "SubRip",
        Codec::WebVtt => "WebVTT",
        Codec::Ass => "ASS",
        Codec::MovText => "3GPP timed text",
        Codec::Ttml => "TTML",
        Codec::Pgs => "PGS",
        Codec::VobSub => "VobSub",
        Codec::DvbSubtitle => "DVB subtitles",
        Codec::Cea608 => "CEA-608",
        Codec::Other => "unknown",
    }
}

/// Returns the name of a container for people.
pub fn container_name(container: Container) -> &'static str {
    match container {
        Container::Mp4 => "MP4",
        Container::QuickTime => "QuickTime",
        Container::Matroska => "Matroska",
        Container::WebM => "WebM",
        Container::Avi => "AVI",
        Container::MpegTs => "MPEG transport stream",
        Container::MpegPs => "MPEG program stream",
        Container::Ogg => "Ogg",
        Container::Flv => "Flash Video",
        Container::Asf => "Windows Media",
        Container::MpegAudio => "MP3",
        Container::Adts => "AAC",
        Container::Flac => "FLAC",
        Container::Wav => "WAV",
        Container::Unknown => "unknown",
    }
}
