//! Small real media files, encoded once by ffmpeg and kept in the target folder.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use crate::binaries;

/// Duration in seconds of the files that browsers play; a view needs half of it.
pub const DURATION_SECONDS: u32 = 40;

/// An MP4 file (H.264, AAC) with its index at the front.
pub fn faststart() -> PathBuf {
    encode("faststart.mp4", DURATION_SECONDS, &[H264, AAC, &["-movflags", "+faststart"]])
}

/// An MP4 file of three seconds, of which a view needs half.
pub fn three_seconds() -> PathBuf {
    encode("three-seconds.mp4", 3, &[H264, AAC, &["-movflags", "+faststart"]])
}

/// An MP4 file (H.264, AAC) with its index at the end, as cameras and ffmpeg write it.
pub fn index_at_end() -> PathBuf {
    encode("index-at-end.mp4", DURATION_SECONDS, &[H264, AAC])
}

/// A WebM file (VP9, Opus).
pub fn webm() -> PathBuf {
    let vp9 = &["-c:v", "libvpx-vp9", "-b:v", "60k", "-deadline", "realtime", "-cpu-used", "8"];
    encode(
        "vp9-opus.webm",
        DURATION_SECONDS,
        &[vp9, &["-g", "20", "-c:a", "libopus", "-b:a", "32k"]],
    )
}

/// An MP4 file whose picture (HEVC) Chromium on Linux cannot show.
pub fn hevc() -> PathBuf {
    let hevc: &[&str] = &["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1"];
    encode("hevc.mp4", 3, &[hevc, &["-x265-params", "log-level=none"], AAC])
}

/// An MP4 file whose sound (AC-3) Chromium cannot play.
pub fn ac3() -> PathBuf {
    encode("ac3.mp4", 3, &[H264, &["-c:a", "ac3", "-b:a", "96k"]])
}

/// A file in a container and with a picture (MPEG-4 Visual) that no browser plays.
pub fn avi() -> PathBuf {
    let mpeg4: &[&str] = &["-c:v", "mpeg4", "-vtag", "XVID", "-b:v", "100k"];
    encode("mpeg4.avi", 3, &[mpeg4, &["-c:a", "libmp3lame", "-b:a", "48k"]])
}

/// A Matroska file (H.264, AAC).
pub fn matroska() -> PathBuf {
    encode("h264-aac.mkv", 3, &[H264, AAC])
}

/// A Matroska file (H.264) with English and French AAC, of which the French one is higher.
pub fn two_languages() -> PathBuf {
    let second = &["-f", "lavfi", "-i", "sine=frequency=880:sample_rate=48000:duration=40"];
    let maps = &["-map", "0:v", "-map", "1:a", "-map", "2:a"];
    let languages = &["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fre"];
    encode_with(second, "two-languages.mkv", DURATION_SECONDS, &[maps, H264, AAC, languages])
}

/// A Matroska file (H.264) with AAC and, in another track, AC-3.
pub fn aac_and_ac3() -> PathBuf {
    let maps = &["-map", "0:v", "-map", "1:a", "-map", "1:a"];
    let codecs = &["-c:a:0", "aac", "-c:a:1", "ac3", "-b:a", "96k"];
    encode("aac-ac3.mkv", 3, &[maps, H264, codecs])
}

/// The frequencies in hertz of the audio tracks of [`chapters_and_languages`].
pub const LANGUAGE_TONES: [u32; 2] = [330, 1760];
/// The start of each chapter of [`chapters_and_languages`], in seconds.
pub const CHAPTER_STARTS: [u32; 3] = [0, 6, 12];

/// A Matroska file of 16 seconds, of which a view needs half: H.264, AAC in English, which is the default, and in German,
/// and three chapters.
pub fn chapters_and_languages() -> PathBuf {
    let german = format!("sine=frequency={}:duration=16", LANGUAGE_TONES[1]);
    let chapters = chapters(&["Opening", "The field", ""], 16);
    let chapters = chapters.to_str().unwrap_or_default();
    let inputs = &["-f", "lavfi", "-i", &german, "-f", "ffmetadata", "-i", chapters];
    let maps: &[&str] = &["-map", "0:v", "-map", "1:a", "-map", "2:a", "-map_chapters", "3"];
    let languages = &["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger"];
    let default = &["-disposition:a:0", "default", "-disposition:a:1", "0"];
    encode_with(inputs, "chapters-languages.mkv", 16, &[maps, H264, AAC, languages, default])
}

/// An MP4 file whose default sound (AC-3, English) Chromium cannot play, unlike its other one (AAC, German).
pub fn ac3_and_aac() -> PathBuf {
    let maps: &[&str] = &["-map", "0:v", "-map", "1:a", "-map", "1:a"];
    let codecs = &["-c:a:0", "ac3", "-c:a:1", "aac"];
    let languages = &["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger"];
    encode("ac3-aac.mp4", 8, &[maps, H264, codecs, languages])
}

/// The subtitles of [`subtitles_mkv`] and [`subtitles_mp4`]: start and end in seconds, and the words.
pub const SUBTITLES: [(u32, u32, &str); 3] =
    [(1, 3, "Good morning."), (5, 8, "Über die Brücke"), (11, 14, "The end")];

/// A Matroska file of 16 seconds (H.264, AAC) with SubRip in English and German.
pub fn subtitles_mkv() -> PathBuf {
    subtitles("subtitles.mkv", "srt")
}

/// An MP4 file of 16 seconds (H.264, AAC) with 3GPP timed text in English and German.
pub fn subtitles_mp4() -> PathBuf {
    subtitles("subtitles.mp4", "mov_text")
}

fn subtitles(name: &str, codec: &str) -> PathBuf {
    let cue =
        |(start, end, words)| format!("00:00:{start:02},000 --> 00:00:{end:02},000\n{words}\n\n");
    let numbered = SUBTITLES.map(cue).into_iter().enumerate();
    let text: String = numbered.map(|(number, cue)| format!("{}\n{cue}", number + 1)).collect();
    let file = binaries::cache().join(format!("subtitles-{}.srt", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let inputs = &["-i", file.to_str().unwrap_or_default()];
    let maps: &[&str] = &["-map", "0:v", "-map", "1:a", "-map", "2:s", "-map", "2:s"];
    let languages = &["-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ger"];
    encode_with(inputs, name, 16, &[maps, H264, AAC, &["-c:s", codec], languages])
}

/// Writes chapters as ffmpeg reads them, and returns the file.
fn chapters(titles: &[&str], seconds: u32) -> PathBuf {
    let ends = CHAPTER_STARTS.iter().copied().skip(1).chain([seconds]);
    let times = CHAPTER_STARTS.iter().zip(ends);
    let chapter = |((start, end), title): ((&u32, u32), &&str)| {
        format!("[CHAPTER]\nTIMEBASE=1/1\nSTART={start}\nEND={end}\ntitle={title}\n")
    };
    let text: String = times.zip(titles).map(chapter).collect();
    let path = binaries::cache().join(format!("chapters-{}.txt", std::process::id()));
    std::fs::write(&path, format!(";FFMETADATA1\n{text}")).unwrap();
    path
}

const H264: &[&str] = &["-c:v", "libx264", "-preset", "ultrafast", "-g", "20"];
const AAC: &[&str] = &["-c:a", "aac", "-b:a", "48k"];

/// Encodes a test picture and a tone, unless the file is in the cache already.
fn encode(name: &str, seconds: u32, options: &[&[&str]]) -> PathBuf {
    encode_with(&[], name, seconds, options)
}

/// As [`encode`], with more inputs.
fn encode_with(inputs: &[&str], name: &str, seconds: u32, options: &[&[&str]]) -> PathBuf {
    static ENCODER: Mutex<()> = Mutex::new(());
    let _guard = ENCODER.lock().unwrap_or_else(|e| e.into_inner());
    let path = binaries::cache().join(name);
    if path.exists() {
        return path;
    }
    // Other test processes may encode it too: each writes its own file, and the last rename wins.
    let unfinished = path.with_file_name(format!("{}.{name}", std::process::id()));
    let picture = format!("testsrc=size=160x90:rate=10:duration={seconds}");
    let sound = format!("sine=frequency=330:sample_rate=48000:duration={seconds}");
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-y"])
        .args(["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound])
        .args(inputs)
        .args(["-pix_fmt", "yuv420p"])
        .args(options.concat())
        .arg(&unfinished)
        .status()
        .expect("ffmpeg is missing; scripts/setup test installs it");
    assert!(status.success(), "ffmpeg could not make {name}");
    std::fs::rename(&unfinished, &path).unwrap();
    path
}
