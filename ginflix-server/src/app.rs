//! What handlers share: cheap to clone, without rules of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::config::Config;
use crate::media::Volume;

/// Handles to every part of the service.
#[derive(Clone)]
pub struct App {
    /// The settings it was started with.
    pub config: Arc<Config>,
    /// The media files.
    pub volume: Volume,
    /// When it started.
    pub started_at: Timestamp,
    ready: Arc<AtomicBool>,
}

impl App {
    /// Puts the parts together; not ready yet.
    pub fn new(config: Config, volume: Volume) -> Self {
        Self {
            config: Arc::new(config),
            volume,
            started_at: Timestamp::now(),
            ready: Arc::default(),
        }
    }

    /// Whether this process may take traffic.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Says whether this process may take traffic.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }
}
