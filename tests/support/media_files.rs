//! Small real films, made once by ffmpeg and kept in the target folder.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use crate::binaries;

/// How long each film plays, seconds; half of it makes a view.
pub const DURATION_SECONDS: u32 = 40;

/// MP4 (H.264, AAC) with its index at the front.
pub fn faststart() -> PathBuf {
    encode("faststart.mp4", DURATION_SECONDS, &[H264, AAC, &["-movflags", "+faststart"]])
}

/// MP4 of three seconds, of which a view needs half.
pub fn three_seconds() -> PathBuf {
    encode("three-seconds.mp4", 3, &[H264, AAC, &["-movflags", "+faststart"]])
}

/// MP4 (H.264, AAC) with its index at the end, as cameras and ffmpeg write it.
pub fn index_at_end() -> PathBuf {
    encode("index-at-end.mp4", DURATION_SECONDS, &[H264, AAC])
}

/// WebM (VP9, Opus).
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

fn encode(name: &str, seconds: u32, options: &[&[&str]]) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner());
    let path = binaries::cache().join(name);
    if path.exists() {
        return path;
    }
    // Another test process may be at it too: each writes its own, the last rename stands.
    let unfinished = path.with_file_name(format!("{}.{name}", std::process::id()));
    let picture = format!("testsrc=size=160x90:rate=10:duration={seconds}");
    let sound = format!("sine=frequency=330:sample_rate=48000:duration={seconds}");
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-y"])
        .args(["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound])
        .args(["-pix_fmt", "yuv420p"])
        .args(options.concat())
        .arg(&unfinished)
        .status()
        .expect("ffmpeg is missing; scripts/setup test installs it");
    assert!(made.success(), "ffmpeg could not make {name}");
    std::fs::rename(&unfinished, &path).unwrap();
    path
}
