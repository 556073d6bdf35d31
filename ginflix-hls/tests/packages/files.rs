//! The files that are packaged: how ffmpeg or mkvmerge makes each.

/// A file and the options that make it. In the options, `{v}` is a test picture of 25 frames a second, `{v24}` of
/// 24000/1001, `{a}` a stereo tone, `{a6}` one of six channels, `{x264}` and `{x265}` encode with a sync sample every two
/// seconds, `{vp9}` and `{av1}` as well. `{file:…}` is another of the files, `{text:…}` a subtitle file.
pub struct Recipe {
    /// The name of the file.
    pub name: &'static str,
    /// The options of ffmpeg after its inputs.
    pub ffmpeg: &'static str,
    /// The options of mkvmerge, which gets the output of ffmpeg; `None` if it is not used.
    pub mkvmerge: Option<&'static str>,
}

impl Recipe {
    /// Returns the ticks by which times may differ from those of ffprobe.
    pub fn ticks(&self) -> f64 {
        // ffprobe moves the first whole frame after the start of the edit to 0: less than a frame of 1/12800 s.
        if matches!(self.name, "h264-cut.mp4" | "h264-texts-cut.mp4") {
            return 512.0;
        }
        // ffprobe adds whole milliseconds for each of up to 8 frames in a lace.
        let is_laced = self.mkvmerge.is_some_and(|options| !options.contains("disable-lacing"));
        if is_laced { 4.0 } else { 1.0 }
    }

    /// Returns whether ffmpeg reads the texts of the file at the right times. It ignores the edit list of a text track, and the
    /// times of fragments, which it writes as overlapping.
    pub fn is_read_by_ffmpeg(&self) -> bool {
        !matches!(self.name, "h264-texts-cut.mp4" | "h264-texts-fragmented.mp4")
    }
}

const fn ffmpeg(name: &'static str, ffmpeg: &'static str) -> Recipe {
    Recipe { name, ffmpeg, mkvmerge: None }
}

const fn mkvmerge(name: &'static str, ffmpeg: &'static str, options: &'static str) -> Recipe {
    Recipe { name, ffmpeg, mkvmerge: Some(options) }
}

/// The files that the suite makes and packages by default; the first ones of [`ALL`].
pub const SLICE: usize = 7;

/// All files.
pub const ALL: &[Recipe] = &[
    ffmpeg("h264-aac.mp4", "{v} {a} {x264} -c:a aac"),
    ffmpeg(
        "h264-fragmented.mp4",
        "{v} {a} {x264} -c:a aac -movflags +frag_keyframe+empty_moov+default_base_moof",
    ),
    mkvmerge(
        "h264-two-audio.mkv",
        "{v24} {a} {a6} -map 0:v -map 1:a -map 2:a {x264} -c:a:0 aac -c:a:1 ac3 -metadata:s:a:0 language=eng -metadata:s:a:1 language=ger",
        "",
    ),
    ffmpeg("vp9-opus.webm", "{v} {a} {vp9} -c:a libopus"),
    ffmpeg("hevc-eac3.mp4", "{v} {a6} {x265} -tag:v hvc1 -c:a eac3"),
    ffmpeg("sound.m4a", "{a} -c:a aac"),
    mkvmerge(
        "h264-texts-zlib.mkv",
        "{v} {a} {text:de.srt} {text:signs.ass} -map 0 -map 1 -map 2 -map 3 {x264} -c:a aac -c:s copy -metadata:s:s:0 language=ger -metadata:s:s:1 language=jpn -disposition:s:0 0 -disposition:s:1 forced",
        "--compression 2:zlib --compression 3:zlib",
    ),
    // MP4
    ffmpeg(
        "h264-texts.mp4",
        "{v} {a} {text:en.srt} {text:de.srt} -map 0 -map 1 -map 2 -map 3 {x264} -c:a aac -c:s mov_text -metadata:s:s:0 language=eng -metadata:s:s:1 language=ger",
    ),
    ffmpeg(
        "h264-texts-late.mp4",
        "-itsoffset 5 {v} -itsoffset 5 {a} -itsoffset 5 {text:en.srt} -vsync passthrough {x264} -c:a aac -c:s mov_text",
    ),
    ffmpeg(
        "h264-texts-late-video.mp4",
        "-itsoffset 0.7 {v} {a} {text:en.srt} -vsync passthrough {x264} -c:a aac -c:s mov_text",
    ),
    ffmpeg(
        "h264-texts-fragmented.mp4",
        "{v} {a} {text:en.srt} {x264} -c:a aac -c:s mov_text -movflags +frag_keyframe+empty_moov+default_base_moof",
    ),
    ffmpeg("h264-texts-cut.mp4", "-ss 3.3 {file:h264-texts.mp4} -map 0 -c copy"),
    ffmpeg("h264-24.mp4", "{v24} {a} {x264} -c:a aac"),
    ffmpeg("h264-faststart.mp4", "{v} {a} {x264} -c:a aac -movflags +faststart"),
    ffmpeg("h264-no-b-frames.mp4", "{v} {x264} -bf 0"),
    ffmpeg("h264-pyramid.mp4", "{v} {x264} -bf 8 -b_strategy 2 -refs 6"),
    ffmpeg("h264-open-gop.mp4", "{v} {x264} -x264-params open-gop=1"),
    ffmpeg("h264-long-gop.mp4", "{v} {a} -c:v libx264 -g 1000 -sc_threshold 0 -c:a aac"),
    ffmpeg("h264-all-sync.mp4", "{v} -c:v libx264 -g 1"),
    ffmpeg(
        "h264-negative-offsets.mp4",
        "{v} {a} {x264} -c:a aac -movflags +negative_cts_offsets -use_editlist 0",
    ),
    ffmpeg("h264-no-edit-list.mp4", "{v} {a} {x264} -c:a aac -use_editlist 0"),
    ffmpeg(
        "h264-variable-rate.mp4",
        "{v} {a} -vf select='not(mod(n\\,3))+not(mod(n\\,7))' -vsync vfr {x264} -c:a aac",
    ),
    ffmpeg("h264-late-video.mp4", "-itsoffset 0.7 {v} {a} {x264} -c:a aac"),
    ffmpeg("h264-late-audio.mp4", "{v} -itsoffset 0.7 {a} {x264} -c:a aac"),
    ffmpeg("h264-rotated.mov", "{v} {a} {x264} -c:a aac -metadata:s:v rotate=90"),
    ffmpeg("h264-anamorphic.mp4", "{v} -vf setsar=4/3 {x264}"),
    ffmpeg(
        "h264-fragmented-delay.mp4",
        "{v} {a} {x264} -c:a aac -movflags +frag_keyframe+delay_moov",
    ),
    ffmpeg("h264-frame-fragments.mp4", "{v} {x264} -movflags +frag_every_frame"),
    ffmpeg("h264-mp3.mp4", "{v} {a} {x264} -c:a libmp3lame"),
    ffmpeg("h264-ac3.mp4", "{v} {a6} {x264} -c:a ac3"),
    ffmpeg("h264-opus.mp4", "{v} {a} {x264} -c:a libopus"),
    ffmpeg("h264-flac.mp4", "{v} {a} {x264} -c:a flac -strict -2"),
    ffmpeg("h264-aac.mov", "{v} {a} {x264} -c:a aac"),
    ffmpeg("hevc.mp4", "{v} {a} {x265} -tag:v hvc1 -c:a aac"),
    ffmpeg("hevc-hev1.mp4", "{v} {x265} -tag:v hev1"),
    ffmpeg(
        "hevc-hdr10.mp4",
        "{v24} -c:v libx265 -pix_fmt yuv420p10le -tag:v hvc1 -x265-params log-level=0:keyint=48:min-keyint=48:pools=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400 -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc",
    ),
    ffmpeg("av1-opus.mp4", "{v} {a} {av1} -c:a libopus"),
    ffmpeg("vp9-aac.mp4", "{v} {a} {vp9} -c:a aac"),
    ffmpeg(
        "h264-three-audio.mp4",
        "{v} {a} {a6} {a} -map 0:v -map 1:a -map 2:a -map 3:a {x264} -c:a:0 aac -c:a:1 aac -c:a:2 libmp3lame -metadata:s:a:0 language=eng -metadata:s:a:1 language=eng -metadata:s:a:2 language=fra",
    ),
    ffmpeg("h264-cut.mp4", "-ss 3.3 {file:h264-aac.mp4} -c copy"),
    ffmpeg("h264-cut.mkv", "-ss 3.3 {file:h264-aac.mp4} -c copy"),
    // Matroska
    ffmpeg(
        "h264-texts.mkv",
        "{v} {a} {text:en.srt} {text:signs.ass} -map 0 -map 1 -map 2 -map 3 {x264} -c:a aac -c:s copy -metadata:s:s:0 language=eng -metadata:s:s:1 language=ger -disposition:s:1 forced",
    ),
    mkvmerge("h264-texts-merged.mkv", "{v} {text:en.srt} {x264} -c:s copy", ""),
    ffmpeg(
        "h264-texts-late.mkv",
        "-itsoffset 5 {v} -itsoffset 5 {a} -itsoffset 5 {text:en.srt} {x264} -c:a aac -c:s copy",
    ),
    ffmpeg("vp9-texts.webm", "{v} {a} {text:en.vtt} {vp9} -c:a libopus -c:s webvtt"),
    ffmpeg("h264-aac.mkv", "{v} {a} {x264} -c:a aac"),
    mkvmerge("h264-no-lacing.mkv", "{v} {a} {x264} -c:a libmp3lame", "--disable-lacing --no-cues"),
    mkvmerge("h264-lacing.mkv", "{v} {a} {x264} -c:a libmp3lame", ""),
    mkvmerge("h264-flac-lacing.mkv", "{v} {a} {x264} -c:a flac", ""),
    mkvmerge("h264-eac3.mkv", "{v} {a6} {x264} -c:a eac3", ""),
    mkvmerge("h264-block-groups.mkv", "{v} {x264}", "--engage no_simpleblocks"),
    mkvmerge("hevc-opus.mkv", "{v} {a} {x265} -c:a libopus", ""),
    ffmpeg("hevc-opus-ffmpeg.mkv", "{v} {a} {x265} -c:a libopus"),
    mkvmerge("h264-late-audio.mkv", "{v} {a} {x264} -c:a aac", "--sync 1:700"),
    ffmpeg("av1-opus.webm", "{v} {a} {av1} -c:a libopus"),
    ffmpeg("vp9-live.webm", "{v} {a} {vp9} -c:a libopus -live 1 -cluster_time_limit 500"),
    ffmpeg(
        "h264-variable-rate.mkv",
        "{v} {a} -vf select='not(mod(n\\,3))+not(mod(n\\,7))' -vsync vfr {x264} -c:a aac",
    ),
    mkvmerge("h264-ac3.mkv", "{v} {a6} {x264} -c:a ac3", "--compression 1:none"),
    ffmpeg("sound.mka", "{a} -c:a libopus"),
    ffmpeg("sound-flac.mka", "{a} -c:a flac"),
];
