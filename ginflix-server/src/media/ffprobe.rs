//! Describes a media file by ffprobe, a program of FFmpeg, where it is installed. The server reads MP4,
//! QuickTime, Matroska and WebM itself; other formats are only recognized without ffprobe.
//!
//! ffprobe reads content of strangers with the rights of the server. So it gets the file as its standard input
//! and no other, one demuxer instead of all, and limits of CPU time, memory and output.

mod output;

use std::fs::File;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};

use ginflix_api::inspection::{Container, Inspection};
use rustix::process::{Pid, Resource, Rlimit, prlimit};

/// The seconds of CPU time that ffprobe may take.
const CPU_LIMIT_SECONDS: u64 = 5;
/// The bytes of address space that ffprobe may use.
const MEMORY_LIMIT_BYTES: u64 = 1 << 30;
/// The most bytes of output that are read.
const OUTPUT_LIMIT_BYTES: u64 = 4 << 20;

/// Returns the name of the demuxer of a container; `None` for the containers that the server reads itself, and
/// for unknown ones.
pub fn format_of(container: Container) -> Option<&'static str> {
    Some(match container {
        Container::Avi => "avi",
        Container::MpegTs => "mpegts",
        Container::MpegPs => "mpeg",
        Container::Ogg => "ogg",
        Container::Flv => "flv",
        Container::Asf => "asf",
        Container::MpegAudio => "mp3",
        Container::Adts => "aac",
        Container::Flac => "flac",
        Container::Wav => "wav",
        Container::Mp4
        | Container::QuickTime
        | Container::Matroska
        | Container::WebM
        | Container::Unknown => return None,
    })
}

/// Returns what ffprobe finds in a file; `None` if ffprobe is not installed or fails. Blocks until it ends.
pub fn describe(file: &File, format: &str, container: Container) -> Option<Inspection> {
    let json = match run(file, format) {
        Ok(json) => json,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::debug!(%error, format, "ffprobe cannot describe a file");
            return None;
        }
    };
    output::parse(&json, container)
}

fn run(file: &File, format: &str) -> io::Result<Vec<u8>> {
    let mut child = Command::new("ffprobe")
        .args(["-v", "error", "-hide_banner", "-protocol_whitelist", "file", "-f", format])
        .args(["-of", "json", "-show_format", "-show_streams", "-show_chapters"])
        // A pipe could not be read at positions; the path refers to the open file.
        .args(["-i", "file:/dev/stdin"])
        .stdin(file.try_clone()?)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let limited = limit(&child);
    let json = limited.and_then(|()| read_output(&mut child));
    if json.is_err() {
        let _ = child.kill();
    }
    let status = child.wait()?;
    match json {
        Ok(json) if status.success() => Ok(json),
        Ok(_) => Err(io::Error::other(format!("ffprobe ended with {status}"))),
        Err(error) => Err(error),
    }
}

/// Limits the CPU time and the memory of a process. It only waits for the file otherwise, so that it ends.
fn limit(child: &Child) -> io::Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let limits = [(Resource::Cpu, CPU_LIMIT_SECONDS), (Resource::As, MEMORY_LIMIT_BYTES)];
    for (resource, most) in limits {
        prlimit(pid, resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

fn read_output(child: &mut Child) -> io::Result<Vec<u8>> {
    let mut json = Vec::new();
    let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let read = stdout.take(OUTPUT_LIMIT_BYTES).read_to_end(&mut json)? as u64;
    if read == OUTPUT_LIMIT_BYTES {
        return Err(io::Error::other("ffprobe wrote too much"));
    }
    Ok(json)
}
