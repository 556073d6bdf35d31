//! Makes the files, and runs ffprobe on them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::files::{ALL, Recipe};
use crate::sources;

/// The duration of the files: two segments and a bit.
const SECONDS: u32 = 13;

/// Makes a file, unless it is in the cache, and returns its path.
pub fn make(recipe: &Recipe) -> PathBuf {
    // One file may be made of another.
    let other = recipe.ffmpeg.split(['{', '}']).find_map(|word| word.strip_prefix("file:"));
    if let Some(other) = other {
        make(ALL.iter().find(|recipe| recipe.name == other).expect("a recipe"));
    }
    static ENCODER: Mutex<()> = Mutex::new(());
    let _guard = ENCODER.lock().unwrap_or_else(PoisonError::into_inner);
    let path = cache().join(recipe.name);
    if path.exists() {
        return path;
    }
    let extension = path.extension().and_then(|e| e.to_str()).expect("a recipe has an extension");
    let unfinished = cache().join(format!("{}-{}.{extension}", std::process::id(), recipe.name));
    let (inputs, options) = arguments(recipe);
    run(Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-y"])
        .args(inputs)
        .args(options)
        .arg(&unfinished));
    if let Some(options) = recipe.mkvmerge {
        let merged = unfinished.with_extension("merged.mkv");
        run(Command::new("mkvmerge")
            .args(["--quiet", "--output"])
            .arg(&merged)
            .args(options.split_whitespace())
            .arg(&unfinished));
        std::fs::rename(merged, &unfinished).expect("rename");
    }
    std::fs::rename(&unfinished, &path).expect("rename");
    path
}

/// Returns the inputs and the other options of ffmpeg.
fn arguments(recipe: &Recipe) -> (Vec<String>, Vec<String>) {
    let (mut inputs, mut options) = (Vec::new(), Vec::new());
    let mut words = recipe.ffmpeg.split_whitespace();
    while let Some(word) = words.next() {
        let tone = format!("-f lavfi -i sine=frequency=330:sample_rate=48000:duration={SECONDS}");
        let expanded = match word {
            "{v}" => format!("-f lavfi -i testsrc2=size=160x90:rate=25:duration={SECONDS}"),
            "{v24}" => {
                format!("-f lavfi -i testsrc2=size=160x90:rate=24000/1001:duration={SECONDS}")
            }
            "{a}" => format!("{tone},aformat=channel_layouts=stereo"),
            "{a6}" => format!("{tone},pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"),
            "{x264}" => "-c:v libx264 -g 50 -sc_threshold 0".into(),
            "{x265}" => {
                "-c:v libx265 -x265-params log-level=0:keyint=50:min-keyint=50:pools=1".into()
            }
            "{vp9}" => "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 50".into(),
            "{av1}" => "-c:v libsvtav1 -preset 12 -g 50 -svtav1-params lp=1".into(),
            "-itsoffset" | "-ss" => format!("{word} {}", words.next().expect("a time")),
            option => match option.trim_matches(['{', '}']).split_once(':') {
                Some(("file", file)) => format!("-i {}", cache().join(file).display()),
                Some(("text", file)) => format!("-i {}", sources::source(file).display()),
                _ => option.into(),
            },
        };
        let is_input = matches!(word, "{v}" | "{v24}" | "{a}" | "{a6}" | "-itsoffset" | "-ss")
            || word.starts_with("{file:")
            || word.starts_with("{text:");
        let to = if is_input { &mut inputs } else { &mut options };
        to.extend(expanded.split(' ').map(str::to_owned));
    }
    if !options.iter().any(|option| option == "-pix_fmt") {
        options.extend(["-pix_fmt", "yuv420p"].map(str::to_owned));
    }
    (inputs, options)
}

fn run(command: &mut Command) {
    let output = command.output().expect("ffmpeg or mkvmerge is missing");
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
}

/// The folder of the files, which outlives the tests.
pub fn cache() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
    std::fs::create_dir_all(&folder).expect("create a folder");
    folder
}

/// A packet of a stream, as ffprobe reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Packet {
    /// The presentation time in seconds.
    pub time: f64,
    /// The decoding time in seconds.
    pub decode_time: Option<f64>,
    /// The duration in seconds.
    pub duration: Option<f64>,
    /// Whether it is a key frame.
    pub is_key: bool,
    /// Whether it is before the start of an edit, and only decoded.
    pub is_discarded: bool,
    /// The hash of the content.
    pub hash: String,
}

/// A stream of a file.
pub struct Stream {
    /// What ffprobe says of it.
    pub facts: Value,
    /// The seconds of a tick.
    pub tick: f64,
    /// The packets.
    pub packets: Vec<Packet>,
}

/// Reads a stream of a file, such as `a:0`.
pub fn stream(path: &Path, selector: &str) -> Stream {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json", "-show_streams", "-show_packets"])
        .args(["-show_data_hash", "md5", "-select_streams", selector])
        .arg(path)
        .output()
        .expect("ffprobe is missing");
    let found: Value = serde_json::from_slice(&output.stdout).expect("ffprobe writes JSON");
    let facts = found["streams"][0].clone();
    let base = facts["time_base"].as_str().expect("a time base").split_once('/').expect("a ratio");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let tick = number(base.0) / number(base.1);
    let packet = |packet: &Value| Packet {
        time: packet["pts"].as_f64().expect("a time") * tick,
        decode_time: packet["dts"].as_f64().map(|time| time * tick),
        duration: packet["duration"].as_f64().map(|duration| duration * tick),
        is_key: packet["flags"].as_str().is_some_and(|flags| flags.starts_with('K')),
        is_discarded: packet["flags"].as_str().is_some_and(|flags| flags.contains('D')),
        hash: packet["data_hash"].as_str().expect("a hash").to_owned(),
    };
    let packets = found["packets"].as_array().expect("packets").iter().map(packet).collect();
    Stream { facts, tick, packets }
}
