//! The subtitle files of which media files are made.

use std::path::PathBuf;

use crate::make::cache;

/// The subtitle files: SubRip with a cue on the boundary of two segments and cues that follow each other, SubStation Alpha, and
/// WebVTT.
pub const FILES: [(&str, &str); 4] = [
    (
        "en.srt",
        "1\n00:00:00,500 --> 00:00:02,000\nHello <i>world</i>\n\n\
        2\n00:00:05,500 --> 00:00:06,700\nTwo\nlines & <b>more</b>\n\n\
        3\n00:00:06,700 --> 00:00:08,000\nThe next one\n\n\
        4\n00:00:11,040 --> 00:00:12,960\nThe end\n\n",
    ),
    (
        "de.srt",
        "1\n00:00:00,500 --> 00:00:02,000\nGr\u{fc}\u{df}e\n\n2\n00:00:09,999 --> 00:00:12,001\nEnde\n\n",
    ),
    (
        "signs.ass",
        "[Script Info]\nScriptType: v4.00+\nPlayResX: 384\nPlayResY: 288\n\n[V4+ Styles]\n\
        Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n\
        Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0\n\n[Events]\n\
        Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n\
        Dialogue: 0,0:00:01.00,0:00:03.25,Default,,0,0,0,,A sign\\Nof two lines\n\
        Dialogue: 0,0:00:02.00,0:00:04.00,Default,,0,0,0,,{\\an8}One above, and a comma\n",
    ),
    (
        "en.vtt",
        "WEBVTT\n\n00:00.500 --> 00:02.000\nHello <i>world</i>\n\n\
        intro\n00:05.500 --> 00:06.700 line:0\nAbove\n\n",
    ),
];

/// Writes a subtitle file into the cache, and returns its path.
pub fn source(name: &str) -> PathBuf {
    let (_, text) = FILES.iter().find(|file| file.0 == name).expect("a subtitle file");
    let path = cache().join(name);
    std::fs::write(&path, text).expect("write a subtitle file");
    path
}
