//! HLS made from a file when it is requested, compared with nginx and the same segments as files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;

use super::https::encrypted;
use super::{Bench, CONCURRENCY, plain_http};
use crate::certificate::Certificate;
use crate::connection::{self, HttpConnection};
use crate::load::Protocol;
use crate::report;
use crate::servers::nginx::Nginx;
use crate::servers::{Server, ginflix};
use crate::throughput::{self, Contender};

const TEXT: &str = "\
The segments of a film of 5 Mbit/s (H.264, AAC), of six seconds each, requested in turn by `wrk -t1`. nginx sends the same bytes from
files that were made before; GinFlix makes them from the film, whose segments of audio fit in its cache of 16 MiB. *Video* and *audio*
are requests for one rendition, *both* are as many of each, as players request them.";

/// The goals: the largest ratio to the CPU time of nginx, by HTTP and by HTTPS.
const GOALS: [f64; 2] = [1.5, 0.8];
/// The goal for the 99th percentile of the time for a master playlist.
const MASTER_DELAY: Duration = Duration::from_millis(5);
/// The requests for a master playlist.
const MASTER_REQUESTS: usize = 2000;
/// The viewers of as many movies, and the goal for the memory that they take together, in bytes.
const MOVIE_VIEWERS: usize = 200;
const GOAL_MEMORY: u64 = 64 << 20;
/// How long they watch, and the time between two segments of each.
const WATCH_PERIOD: Duration = Duration::from_secs(20);
const SEGMENT_INTERVAL: Duration = Duration::from_millis(500);

/// The files that `scripts/bench-hls` makes.
pub struct HlsFiles {
    /// The movie of 5 Mbit/s.
    pub movie: PathBuf,
    /// A folder with its playlists and segments as files.
    pub segments: PathBuf,
    /// A movie of two hours.
    pub long_movie: PathBuf,
}

/// Measures both servers.
///
/// # Errors
/// If a server does not start or ends, or the files were not made.
pub fn run(bench: &Bench, files: &HlsFiles) -> Result<()> {
    let folder = bench.files.folder();
    link(&files.movie, &bench.files.media().join("film.mp4"))?;
    copy_folder(&files.segments, &folder.join("segments"))?;
    for number in 0..MOVIE_VIEWERS {
        link(&files.long_movie, &bench.files.media().join(format!("long-{number}.mp4")))?;
    }
    let certificate = Certificate::generate(folder)?;
    let nginx = Nginx::start(&bench.files, Some(&certificate))?;
    let plain = bench.start_ginflix()?;
    bench.ensure_equal_conditions(&[&nginx.server, &plain])?;
    let lists = Lists::write(folder, &plain)?;
    bench.print_section("HLS", TEXT);
    compare(bench, &lists, GOALS[0], |list, paths| {
        let contender = |name: &str, server, port, paths: &Path| {
            let mut contender = plain_http(name, server, port, 0, CONCURRENCY);
            contender.workload.paths = Some(paths.to_owned());
            contender
        };
        let port = nginx.http_port(list.response_bytes());
        vec![
            contender("nginx", &nginx.server, port, &paths.nginx),
            contender("ginflix", &plain, plain.port(), &paths.ginflix),
        ]
    })?;
    playlists(&plain)?;
    many_movies(&plain)?;
    drop(plain);

    let (file, key) =
        (certificate.certificate.to_string_lossy(), certificate.key.to_string_lossy());
    let flags = ["--tls-cert", &file, "--tls-key", &key];
    let tls = ginflix::start(&bench.server, "ginflix", folder, &flags)?;
    bench.ensure_equal_conditions(&[&nginx.server, &tls])?;
    report::print_text("\n### By HTTPS (HTTP/1.1)\n");
    compare(bench, &lists, GOALS[1], |list, paths| {
        let contender = |name: &str, server, port, paths: &Path| {
            let mut contender = encrypted(name, server, port, Protocol::Http1, 0, CONCURRENCY);
            contender.workload.paths = Some(paths.to_owned());
            contender
        };
        let port = nginx.https_port(list.response_bytes());
        vec![
            contender("nginx", &nginx.server, port, &paths.nginx),
            contender("ginflix", &tls, tls.port(), &paths.ginflix),
        ]
    })
}

/// The renditions that are requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Requested {
    Video,
    Audio,
    Both,
}

impl Requested {
    const ALL: [Self; 3] = [Self::Video, Self::Audio, Self::Both];

    fn title(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Both => "both",
        }
    }

    /// The size of the larger responses in bytes, by which nginx is configured.
    fn response_bytes(self) -> u64 {
        if self == Self::Audio { 64 << 10 } else { 4 << 20 }
    }
}

/// The files with the paths that are requested of each server.
struct Lists(Vec<ServerPaths>);

struct ServerPaths {
    nginx: PathBuf,
    ginflix: PathBuf,
}

impl Lists {
    fn write(folder: &Path, server: &Server) -> Result<Self> {
        let runtime = connection::runtime()?;
        let [video, audio] = runtime.block_on(async {
            let mut connection = HttpConnection::open(server.port(), 0).await?;
            let video = segments(&mut connection, "film.mp4", "video").await?;
            let audio = segments(&mut connection, "film.mp4", "audio-0").await?;
            Ok::<_, anyhow::Error>([video, audio])
        })?;
        let both =
            video.iter().zip(&audio).flat_map(|(video, audio)| [video.clone(), audio.clone()]);
        let both: Vec<String> = both.collect();
        let lists = [video, audio, both].into_iter().zip(Requested::ALL);
        let lists = lists.map(|(paths, requested)| {
            let ginflix = folder.join(format!("{}-ginflix.txt", requested.title()));
            let nginx = folder.join(format!("{}-nginx.txt", requested.title()));
            fs::write(&ginflix, paths.join("\n"))?;
            // The example that made the files writes zeros instead of the hash.
            let files = paths.iter().map(|path| {
                let parts: Vec<&str> = path.rsplit('/').collect();
                let version = parts[1].rsplit('-').next().unwrap_or_default();
                let revision = format!("00000000-{version}");
                format!("/segments/{}/{}/{}", parts[2], revision, parts[0])
            });
            fs::write(&nginx, files.collect::<Vec<_>>().join("\n"))?;
            Ok(ServerPaths { nginx, ginflix })
        });
        Ok(Self(lists.collect::<Result<_>>()?))
    }
}

/// Returns the paths of the segments of a rendition.
async fn segments(
    connection: &mut HttpConnection,
    media: &str,
    rendition: &str,
) -> Result<Vec<String>> {
    let base = format!("/stream/{media}/hls/");
    let playlist = connection.get(&format!("{base}{rendition}.m3u8")).await?;
    let playlist = String::from_utf8(playlist).context("a playlist is not UTF-8")?;
    let segments = playlist.lines().filter(|line| line.ends_with(".m4s"));
    Ok(segments.map(|line| format!("{base}{line}")).collect())
}

fn compare<'a>(
    bench: &Bench,
    lists: &Lists,
    goal: f64,
    contenders: impl Fn(Requested, &ServerPaths) -> Vec<Contender<'a>>,
) -> Result<()> {
    for (requested, paths) in Requested::ALL.into_iter().zip(&lists.0) {
        let contenders = contenders(requested, paths);
        let all = throughput::measure(&contenders, &bench.files, bench.rounds, bench.time)?;
        report::print_text(&format!("\nSegments of {}:\n", requested.title()));
        report::print_cost(&all, &["nginx"]);
        if requested == Requested::Both {
            report::print_ratio_goal(&all, "ginflix", "nginx", goal);
        }
    }
    Ok(())
}

/// Measures the time for a master playlist of a movie of two hours.
fn playlists(server: &Server) -> Result<()> {
    let mut times = connection::runtime()?.block_on(async {
        let mut connection = HttpConnection::open(server.port(), 0).await?;
        let mut times = Vec::new();
        for _ in 0..MASTER_REQUESTS {
            let start = Instant::now();
            connection.get("/stream/long-0.mp4/hls/master.m3u8").await?;
            times.push(start.elapsed());
        }
        Ok::<_, anyhow::Error>(times)
    })?;
    times.sort();
    let percentile = times[times.len() * 99 / 100];
    report::print_text(&format!(
        "\n### Master playlist\n\nOf a film of two hours, {MASTER_REQUESTS} requests one after the other: median {:.2} ms, \
         99th percentile {:.2} ms; goal: less than {} ms, {}.",
        times[times.len() / 2].as_secs_f64() * 1000.0,
        percentile.as_secs_f64() * 1000.0,
        MASTER_DELAY.as_millis(),
        report::met(percentile < MASTER_DELAY),
    ));
    Ok(())
}

/// Measures the memory of viewers of as many movies of two hours.
fn many_movies(server: &Server) -> Result<()> {
    server.wait_until_idle()?;
    let idle = server.memory_bytes()?;
    let port = server.port();
    let (highest, segments) = connection::runtime()?.block_on(async {
        let mut viewers = JoinSet::new();
        for number in 0..MOVIE_VIEWERS {
            viewers.spawn(watch(port, number));
        }
        let (end, mut highest) = (Instant::now() + WATCH_PERIOD, idle);
        while Instant::now() < end {
            tokio::time::sleep(SEGMENT_INTERVAL).await;
            highest = highest.max(server.memory_bytes()?);
        }
        let mut segments = 0;
        for watched in viewers.join_all().await {
            segments += watched?;
        }
        Ok::<_, anyhow::Error>((highest, segments))
    })?;
    let growth = highest.saturating_sub(idle);
    report::print_text(&format!(
        "\n### Many films\n\n{MOVIE_VIEWERS} viewers of as many films of two hours, who got {segments} segments: {:.1} MiB above the \
         idle server; goal: less than {} MiB, {}.",
        growth as f64 / f64::from(1 << 20),
        GOAL_MEMORY >> 20,
        report::met(growth < GOAL_MEMORY),
    ));
    Ok(())
}

/// Watches a movie for [`WATCH_PERIOD`], and returns the number of segments.
async fn watch(port: u16, number: usize) -> Result<usize> {
    let (mut connection, media) =
        (HttpConnection::open(port, number).await?, format!("long-{number}.mp4"));
    let end = Instant::now() + WATCH_PERIOD;
    connection.get(&format!("/stream/{media}/hls/master.m3u8")).await?;
    let video = segments(&mut connection, &media, "video").await?;
    let audio = segments(&mut connection, &media, "audio-0").await?;
    ensure!(video.len() > 1000 && audio.len() > 1000, "the movie is too short");
    let mut received = 0;
    // Each viewer starts elsewhere, as if the movie had been watched for a while.
    let from = number * 5 % video.len();
    for (video, audio) in video.iter().zip(&audio).cycle().skip(from) {
        if Instant::now() > end {
            break;
        }
        connection.get(video).await?;
        connection.get(audio).await?;
        received += 2;
        tokio::time::sleep(SEGMENT_INTERVAL).await;
    }
    Ok(received)
}

/// Gives a file another name, for which its content is not copied if that is possible.
fn link(from: &Path, to: &Path) -> Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
