//! The thread that decodes and scales posters, one at a time: so the memory for it is that of one picture, and the requests of
//! others keep the processors.

use std::io;
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::PosterVersion;
use super::files::{self, PosterFiles};
use super::scale::{PictureError, ScaledPictures, scale};
use crate::error::AppError;

/// The priority of the thread: lower than that of requests.
const NICENESS: i32 = 10;
/// The number of posters that are in memory beside the one that is being decoded.
const QUEUE_CAPACITY: usize = 1;

type Scaled = Result<ScaledPictures, PictureError>;

struct Job {
    version: PosterVersion,
    poster: Bytes,
    reply: oneshot::Sender<Scaled>,
}

/// The thread. It ends when this handle is dropped.
#[derive(Debug)]
pub struct Worker(mpsc::Sender<Job>);

/// The right to hand over the next poster.
pub struct Turn<'a>(mpsc::Permit<'a, Job>);

impl Worker {
    /// Starts the thread, which stores the pictures in these files.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(files: Arc<PosterFiles>) -> io::Result<Self> {
        let (sender, jobs) = mpsc::channel(QUEUE_CAPACITY);
        thread::Builder::new().name("posters".to_owned()).spawn(move || run(&files, jobs))?;
        Ok(Self(sender))
    }

    /// Waits for a place in the queue, first come, first served.
    ///
    /// # Errors
    /// `Internal` if the thread has ended.
    pub async fn turn(&self) -> Result<Turn<'_>, AppError> {
        self.0.reserve().await.map(Turn).map_err(AppError::internal)
    }
}

impl Turn<'_> {
    /// Has the pictures of a poster made and stored.
    ///
    /// # Errors
    /// `Internal` if the thread has ended.
    pub async fn scale(self, version: PosterVersion, poster: Bytes) -> Result<Scaled, AppError> {
        let (reply, scaled) = oneshot::channel();
        self.0.send(Job { version, poster, reply });
        scaled.await.map_err(AppError::internal)
    }
}

fn run(files: &PosterFiles, mut jobs: mpsc::Receiver<Job>) {
    // On Linux, a nice value belongs to the thread. An error only means a higher priority.
    let _ = rustix::process::nice(NICENESS);
    let mut stored_bytes = tidy(files);
    while let Some(Job { version, poster, reply }) = jobs.blocking_recv() {
        if reply.is_closed() {
            continue; // whoever asked for it has gone
        }
        let scaled = scale(&poster);
        drop(poster);
        let stored = match &scaled {
            Ok(pictures) => files.write(&version, Some(pictures)),
            Err(PictureError::Encoding(_)) => Ok(0),
            Err(error) => {
                tracing::debug!(%version, %error, "a poster cannot be decoded");
                files.write(&version, None)
            }
        };
        match stored {
            Ok(bytes) => stored_bytes += bytes,
            Err(error) => tracing::warn!(
                %error, "cannot store the pictures of a poster; they are made again when they are requested"
            ),
        }
        let _ = reply.send(scaled);
        if files::are_too_many(stored_bytes) {
            stored_bytes = tidy(files);
        }
    }
}

fn tidy(files: &PosterFiles) -> u64 {
    files.tidy().unwrap_or_else(|error| {
        tracing::warn!(%error, "cannot remove old pictures of posters");
        0
    })
}
