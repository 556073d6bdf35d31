//! Small real media files, encoded once by ffmpeg and kept in the target folder.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use crate::binaries;

/// Duration of each file but [`three_seconds`], in seconds; a view needs half of it.
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

const H264: &[&str] = &["-c:v", "libx264", "-preset", "ultrafast", "-g", "20"];
const AAC: &[&str] = &["-c:a", "aac", "-b:a", "48k"];

/// Encodes a test picture and a tone, unless the file is in the cache already.
fn encode(name: &str, seconds: u32, options: &[&[&str]]) -> PathBuf {
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
        .args(["-pix_fmt", "yuv420p"])
        .args(options.concat())
        .arg(&unfinished)
        .status()
        .expect("ffmpeg is missing; scripts/setup test installs it");
    assert!(status.success(), "ffmpeg could not make {name}");
    std::fs::rename(&unfinished, &path).unwrap();
    path
}
