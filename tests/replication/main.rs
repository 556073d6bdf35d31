//! Streamers that share a catalogue: each of them eventually has every media file, and serves every
//! media file at once.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod peers;
mod replicas;
mod uploads;

/// The media file of most tests.
const NAME: &str = "film.mp4";
const PATH: &str = "/stream/film.mp4";
/// The size of the media file, in bytes; no multiple of any buffer.
const LENGTH: usize = 3_000_017;

/// Returns the flags of a fleet in which streamer `slow` receives one byte a second of its replicas,
/// so that it has none during a test.
pub fn slow_replication_to(slow: usize) -> impl Fn(usize) -> Vec<String> {
    move |number| match number == slow {
        true => ["--pull-rate", "1"].map(str::to_owned).to_vec(),
        false => Vec::new(),
    }
}
