//! Makes the files, and runs ffprobe on them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::files::Recipe;

const SUBTITLES: &str =
    "1\n00:00:00,500 --> 00:00:01,500\nHello\n\n2\n00:00:02,000 --> 00:00:02,900\nGoodbye\n";
const METADATA: &str = ";FFMETADATA1\ntitle=A title\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n\
    [CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=3000\ntitle=Zwei – π\n";
const SECONDS: u32 = 3;

/// Makes a file, unless it is in the cache, and returns its path.
pub fn make(recipe: &Recipe) -> PathBuf {
    cached(recipe.name, |unfinished| make_at(recipe, unfinished))
}

/// Makes a file by `make_at`, which gets another path, unless it is in the cache. Returns its path.
pub fn cached(name: &str, make_at: impl FnOnce(&Path)) -> PathBuf {
    static ENCODER: Mutex<()> = Mutex::new(());
    let _guard = ENCODER.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = cache();
    let path = folder.join(name);
    if !path.exists() {
        let extension = path.extension().and_then(|e| e.to_str()).expect("a name has an extension");
        let unfinished = folder.join(format!("{}-{name}.{extension}", std::process::id()));
        make_at(&unfinished);
        std::fs::rename(&unfinished, &path).expect("rename");
    }
    path
}

fn make_at(recipe: &Recipe, unfinished: &Path) {
    let folder = cache();
    let subtitles = write(&folder, "subtitles.srt", SUBTITLES);
    let metadata = write(&folder, "metadata.txt", METADATA);
    let (inputs, options) = arguments(recipe, &subtitles, &metadata);
    ffmpeg(&[inputs, options].concat(), unfinished);
    if recipe.name.starts_with("mkvmerge") {
        let merged = unfinished.with_extension("merged.mkv");
        let options = recipe.mkvmerge.replace("{f}", &subtitles.to_string_lossy());
        run(Command::new("mkvmerge")
            .args(["--quiet", "--output"])
            .arg(&merged)
            .args(options.split_whitespace())
            .arg(unfinished));
        std::fs::rename(merged, unfinished).expect("rename");
    }
}

/// Makes a file by ffmpeg.
pub fn ffmpeg(arguments: &[String], output: &Path) {
    run(Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-y"])
        .args(arguments)
        .arg(output));
}

/// Returns the inputs and the other options of ffmpeg.
fn arguments(recipe: &Recipe, subtitles: &Path, metadata: &Path) -> (Vec<String>, Vec<String>) {
    let (mut inputs, mut options) = (Vec::new(), Vec::new());
    for word in recipe.ffmpeg.split_whitespace() {
        let input = match word {
            "{v}" => format!("-f lavfi -i testsrc2=size=320x180:rate=25:duration={SECONDS}"),
            "{v24}" => {
                format!("-f lavfi -i testsrc2=size=320x180:rate=24000/1001:duration={SECONDS}")
            }
            "{a}" => format!(
                "-f lavfi -i sine=frequency=330:sample_rate=48000:duration={SECONDS},aformat=channel_layouts=stereo"
            ),
            "{a6}" => format!(
                "-f lavfi -i sine=frequency=330:sample_rate=48000:duration={SECONDS},pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"
            ),
            "{s}" => format!("-i {}", subtitles.display()),
            "{c}" => format!("-f ffmetadata -i {}", metadata.display()),
            option => {
                options.push(option.to_owned());
                continue;
            }
        };
        inputs.extend(input.split(' ').map(str::to_owned));
    }
    if !options.iter().any(|option| option == "-pix_fmt") {
        options.extend(["-pix_fmt", "yuv420p"].map(str::to_owned));
    }
    (inputs, options)
}

/// Runs a program of FFmpeg or MKVToolNix.
pub fn run(command: &mut Command) {
    let output = command.output().expect("ffmpeg or mkvtoolnix is missing");
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
}

/// Writes a file, and returns its path.
pub fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("write");
    path
}

/// The folder of the files, which outlives the tests.
pub fn cache() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    std::fs::create_dir_all(&folder).expect("create a folder");
    folder
}

/// Returns what ffprobe says of a file.
pub fn ffprobe(path: &Path) -> Value {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters"])
        .arg(path)
        .output()
        .expect("ffprobe is missing");
    serde_json::from_slice(&output.stdout).expect("ffprobe writes JSON")
}
