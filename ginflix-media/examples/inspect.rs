//! Prints what is in media files as JSON, or measures how long that takes: `inspect [--time] FILE...`

#![allow(clippy::print_stdout, clippy::print_stderr)] // a program for the terminal

use std::fs::File;
use std::io;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ginflix_api::inspection::Inspection;
use ginflix_media::source::{Budget, Source};

/// How often a file is inspected to measure the time; the median counts.
const ROUNDS: usize = 21;

/// Inspects a file. Also returns how many bytes were read.
fn inspect(path: &str) -> io::Result<(Inspection, u64)> {
    let file = File::open(path)?;
    let mut source = Source::new(&file, Budget::default())?;
    let found = ginflix_media::inspect_source(&mut source)?;
    Ok((found, source.read_bytes()))
}

/// Returns the median time of an inspection, and how many bytes it reads.
fn measure(path: &str) -> io::Result<(Duration, u64)> {
    let mut times = Vec::new();
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        bytes = inspect(path)?.1;
        times.push(start.elapsed());
    }
    times.sort();
    Ok((times[ROUNDS / 2], bytes))
}

fn main() -> ExitCode {
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    let is_timed = paths.first().is_some_and(|first| first == "--time");
    paths.drain(..usize::from(is_timed));
    let mut code = ExitCode::SUCCESS;
    for path in &paths {
        let result = if is_timed {
            measure(path).map(|(time, bytes)| {
                println!("{path}\t{:.2} ms\t{bytes} bytes read", time.as_secs_f64() * 1000.0)
            })
        } else {
            inspect(path).and_then(|(found, _)| {
                let json = serde_json::to_string_pretty(&found).map_err(io::Error::other)?;
                println!("{json}");
                Ok(())
            })
        };
        if let Err(error) = result {
            eprintln!("{path}: {error}");
            code = ExitCode::FAILURE;
        }
    }
    code
}
