//! The files that are inspected: how ffmpeg or mkvmerge makes each.

/// A file and the options that make it. In the options, `{v}` is a test picture of 25 frames a second,
/// `{v24}` of 24000/1001, `{a}` a stereo tone, `{a6}` one of six channels, `{s}` subtitles, `{c}` metadata with
/// chapters.
pub struct Recipe {
    /// The name of the file.
    pub name: &'static str,
    /// The options of ffmpeg after its inputs.
    pub ffmpeg: &'static str,
    /// The options of mkvmerge, which gets the output of ffmpeg; empty if it is not used.
    pub mkvmerge: &'static str,
}

const fn ffmpeg(name: &'static str, ffmpeg: &'static str) -> Recipe {
    Recipe { name, ffmpeg, mkvmerge: "" }
}

const fn mkvmerge(name: &'static str, ffmpeg: &'static str, mkvmerge: &'static str) -> Recipe {
    Recipe { name, ffmpeg, mkvmerge }
}

/// The files that the suite makes and compares by default; the first ones of [`ALL`].
pub const SLICE: usize = 8;

/// All files.
pub const ALL: &[Recipe] = &[
    ffmpeg("h264-aac.mp4", "{v} {a} -c:v libx264 -c:a aac"),
    ffmpeg(
        "h264-fragmented.mp4",
        "{v} {a} -c:v libx264 -g 25 -c:a aac -movflags +frag_keyframe+empty_moov",
    ),
    ffmpeg(
        "hevc-hdr10.mp4",
        "{v24} {a} -c:v libx265 -pix_fmt yuv420p10le -tag:v hvc1 -x265-params log-level=0:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -c:a aac",
    ),
    ffmpeg(
        "h264-two-audio.mkv",
        "{v} {a} {a6} -map 0:v -map 1:a -map 2:a -c:v libx264 -c:a:0 aac -c:a:1 ac3 -metadata:s:a:0 language=eng -metadata:s:a:1 language=ger -metadata:s:a:1 title=Surround -disposition:a:1 0",
    ),
    ffmpeg("vp9-opus.webm", "{v} {a} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"),
    mkvmerge(
        "mkvmerge-subtitles.mkv",
        "{v} {a} {s} -map 0:v -map 1:a -map 2:s -c:v libx264 -c:a aac -c:s srt",
        "--default-track-flag 2:no --forced-display-flag 2:yes --hearing-impaired-flag 2:yes --language 2:fr-CA --track-name 2:Dialogue",
    ),
    ffmpeg(
        "chapters.mp4",
        "{v} {a} {c} -map 0:v -map 1:a -map_metadata 2 -map_chapters 2 -c:v libx264 -c:a aac",
    ),
    ffmpeg("rotated.mov", "{v} {a} -c:v libx264 -c:a aac -metadata:s:v rotate=90"),
    ffmpeg("h264-faststart.mp4", "{v} {a} -c:v libx264 -c:a aac -movflags +faststart"),
    ffmpeg("h264-24.mp4", "{v24} {a} -c:v libx264 -c:a aac"),
    ffmpeg("h264-no-b-frames.mp4", "{v} -c:v libx264 -bf 0"),
    ffmpeg("h264-10-bit.mp4", "{v} -c:v libx264 -pix_fmt yuv420p10le"),
    ffmpeg("h264-anamorphic.mp4", "{v} -vf setsar=4/3 -c:v libx264"),
    ffmpeg("h264-anamorphic.mkv", "{v} -vf setsar=16/11 -c:v libx264"),
    ffmpeg(
        "h264-bt709.mp4",
        "{v} -c:v libx264 -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv",
    ),
    ffmpeg("h264-full-range.mp4", "{v} -vf scale=out_range=full -c:v libx264 -pix_fmt yuvj420p"),
    ffmpeg(
        "h264-variable-rate.mp4",
        "{v} -vf select='not(mod(n\\,3))+not(mod(n\\,7))' -vsync vfr -c:v libx264",
    ),
    ffmpeg("h264-mp3.mp4", "{v} {a} -c:v libx264 -c:a libmp3lame"),
    ffmpeg("h264-ac3.mp4", "{v} {a6} -c:v libx264 -c:a ac3"),
    ffmpeg("h264-eac3.mp4", "{v} {a6} -c:v libx264 -c:a eac3"),
    ffmpeg("h264-opus.mp4", "{v} {a} -c:v libx264 -c:a libopus"),
    ffmpeg("h264-flac.mp4", "{v} {a} -c:v libx264 -c:a flac -strict -2"),
    ffmpeg("h264-alac.mov", "{v} {a} -c:v libx264 -c:a alac"),
    ffmpeg("h264-pcm.mov", "{v} {a} -c:v libx264 -c:a pcm_s16le"),
    ffmpeg(
        "h264-mov-text.mp4",
        "{v} {a} {s} -map 0:v -map 1:a -map 2:s -c:v libx264 -c:a aac -c:s mov_text -metadata:s:s:0 language=fra",
    ),
    ffmpeg("prores.mov", "{v} -c:v prores_ks"),
    ffmpeg("mpeg4.mp4", "{v} {a} -c:v mpeg4 -c:a aac"),
    ffmpeg("hevc.mp4", "{v} {a} -c:v libx265 -x265-params log-level=0 -tag:v hvc1 -c:a aac"),
    ffmpeg(
        "hevc-hlg.mkv",
        "{v} -c:v libx265 -pix_fmt yuv420p10le -x265-params log-level=0:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc",
    ),
    ffmpeg("av1.mp4", "{v} {a} -c:v libsvtav1 -preset 12 -c:a libopus"),
    ffmpeg(
        "av1-10-bit.webm",
        "{v} {a} -c:v libsvtav1 -preset 12 -pix_fmt yuv420p10le -c:a libopus",
    ),
    ffmpeg("vp9.mp4", "{v} {a} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a aac"),
    ffmpeg("vp8-vorbis.webm", "{v} {a} -c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis"),
    ffmpeg(
        "vp9-live.webm",
        "{v} {a} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus -live 1 -cluster_time_limit 500",
    ),
    ffmpeg("h264-flac.mkv", "{v} {a} -c:v libx264 -c:a flac"),
    ffmpeg("h264-dts.mkv", "{v} {a} -c:v libx264 -c:a dca -strict -2"),
    ffmpeg("h264-truehd.mkv", "{v} {a} -c:v libx264 -c:a truehd -strict -2"),
    ffmpeg("mpeg2-mp2.mkv", "{v} {a} -c:v mpeg2video -c:a libtwolame"),
    ffmpeg("theora.mkv", "{v} {a} -c:v libtheora -c:a libvorbis"),
    ffmpeg(
        "chapters.mkv",
        "{v} {a} {c} -map 0:v -map 1:a -map_metadata 2 -map_chapters 2 -c:v libx264 -c:a aac",
    ),
    ffmpeg(
        "chapters.mov",
        "{v} {a} {c} -map 0:v -map 1:a -map_metadata 2 -map_chapters 2 -c:v libx264 -c:a aac",
    ),
    ffmpeg(
        "ass.mkv",
        "{v} {s} -map 0:v -map 1:s -c:v libx264 -c:s ass -metadata:s:s:0 language=spa",
    ),
    mkvmerge("mkvmerge-24.mkv", "{v24} {a} -c:v libx264 -c:a libmp3lame", ""),
    mkvmerge(
        "mkvmerge-attachment.mkv",
        "{v} -c:v libx264",
        "--attachment-mime-type font/ttf --attach-file {f}",
    ),
    mkvmerge("mkvmerge-rotated.mkv", "{v} -c:v libx264", "--projection-pose-roll 0:-90"),
    mkvmerge(
        "mkvmerge-no-statistics.mkv",
        "{v} {a} -c:v libx264 -c:a aac",
        "--disable-track-statistics-tags --no-cues",
    ),
    ffmpeg("sound.m4a", "{a} -c:a aac"),
    ffmpeg("he-aac.m4a", "{a} -c:a aac -ar 22050 -ac 1"),
    ffmpeg("sound.mka", "{a} -c:a libopus"),
    ffmpeg("recognized.avi", "{v} {a} -c:v mpeg4 -c:a libmp3lame"),
    ffmpeg("recognized.ts", "{v} {a} -c:v libx264 -c:a aac"),
    ffmpeg("recognized.mpg", "{v} {a} -c:v mpeg2video -c:a mp2"),
    ffmpeg("recognized.ogv", "{v} {a} -c:v libtheora -c:a libvorbis"),
    ffmpeg("recognized.flv", "{v} {a} -c:v flv -c:a libmp3lame -ar 44100"),
    ffmpeg("recognized.wmv", "{v} {a} -c:v wmv2 -c:a wmav2"),
    ffmpeg("recognized.mp3", "{a} -c:a libmp3lame"),
    ffmpeg("recognized.flac", "{a} -c:a flac"),
    ffmpeg("recognized.wav", "{a} -c:a pcm_s16le"),
    ffmpeg("recognized.aac", "{a} -c:a aac"),
];
