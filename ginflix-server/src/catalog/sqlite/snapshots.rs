//! The snapshots that long reads have, which keep the write-ahead log from being begun anew.

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// Ends long reads when the log has become too long, or the catalogue is closed.
#[derive(Debug, Default)]
pub struct Snapshots(Mutex<CancellationToken>);

impl Snapshots {
    /// Returns the token of a read that begins now. It is cancelled when the read has to end.
    pub fn token(&self) -> CancellationToken {
        self.0.lock().clone()
    }

    /// Cancels all long reads, those to come included.
    pub fn close(&self) {
        self.0.lock().cancel();
    }

    /// Cancels all long reads that have begun. Later ones are not affected.
    pub fn end_long_reads(&self) {
        let mut token = self.0.lock();
        if !token.is_cancelled() {
            std::mem::take(&mut *token).cancel();
        }
    }
}
