//! Points at which tests inject disk errors and power cuts. In the server itself they do nothing.

use std::io;

/// A step that changes the state of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failpoint {
    /// The record of an upload is written.
    SaveRecord,
    /// A chunk of the content is written.
    WriteChunk,
    /// The content is synced.
    SyncContent,
    /// The content is renamed to its media name.
    Rename,
    /// The directories are synced.
    SyncDirs,
    /// The metadata of the file is written.
    SaveInfo,
}

/// The configured failures. Without tests there are none.
#[derive(Debug, Clone, Default)]
pub struct Failpoints {
    #[cfg(test)]
    failure: std::sync::Arc<parking_lot::Mutex<InjectedFailure>>,
}

#[cfg(not(test))]
impl Failpoints {
    /// Allows a step.
    ///
    /// # Errors
    /// Never fails.
    pub fn check(&self, _step: Failpoint) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[derive(Debug, Default)]
struct InjectedFailure {
    /// The step that fails, and how often it succeeds before that.
    at: Option<(Failpoint, usize)>,
    /// Whether all further steps fail, too, as after a power cut.
    is_power_cut: bool,
    /// Whether the power cut has happened.
    is_dead: bool,
}

#[cfg(test)]
impl Failpoints {
    /// Makes `step` fail once, after it has succeeded `times` times.
    pub fn fail(&self, step: Failpoint, times: usize) {
        *self.failure.lock() =
            InjectedFailure { at: Some((step, times)), is_power_cut: false, is_dead: false };
    }

    /// Cuts the power at `step`, after it has succeeded `times` times.
    pub fn cut_power(&self, step: Failpoint, times: usize) {
        *self.failure.lock() =
            InjectedFailure { at: Some((step, times)), is_power_cut: true, is_dead: false };
    }

    /// Returns whether the failure has happened.
    pub fn has_fired(&self) -> bool {
        self.failure.lock().at.is_none()
    }

    pub fn check(&self, step: Failpoint) -> io::Result<()> {
        let mut failure = self.failure.lock();
        if failure.is_dead {
            return Err(io::Error::other("power is cut"));
        }
        match &mut failure.at {
            Some((at, 0)) if *at == step => {
                failure.at = None;
                failure.is_dead = failure.is_power_cut;
                Err(io::Error::other(format!("failure at {step:?}")))
            }
            Some((at, times)) if *at == step => {
                *times -= 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
