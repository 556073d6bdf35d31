//! The seam at which tests break the disk; in the server itself it is nothing.

use std::io;

/// A step after which the disk has another state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// An upload's record is written.
    SaveRecord,
    /// A piece of the content is written.
    WritePiece,
    /// The content is synced.
    SyncContent,
    /// The content takes its name.
    Rename,
    /// The folders are synced.
    SyncFolders,
    /// The facts are written.
    SaveFacts,
}

/// Lets every step pass, but in tests the one that was chosen.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    #[cfg(test)]
    broken: std::sync::Arc<std::sync::Mutex<Broken>>,
}

#[cfg(not(test))]
impl Faults {
    /// Says nothing against a step.
    ///
    /// # Errors
    /// Never.
    pub fn before(&self, _step: Step) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[derive(Debug, Default)]
struct Broken {
    /// Which step fails, after it passed so many times.
    at: Option<(Step, usize)>,
    /// From there on, every step fails: as if the power were cut.
    dead: bool,
    /// Power cut or a single error.
    forever: bool,
}

#[cfg(test)]
impl Faults {
    /// Lets `step` fail once, after it passed `times` times.
    pub fn fail(&self, step: Step, times: usize) {
        *self.broken.lock().unwrap() =
            Broken { at: Some((step, times)), dead: false, forever: false };
    }

    /// Cuts the power at `step`, after it passed `times` times.
    pub fn cut(&self, step: Step, times: usize) {
        *self.broken.lock().unwrap() =
            Broken { at: Some((step, times)), dead: false, forever: true };
    }

    /// Whether the fault came to pass.
    pub fn happened(&self) -> bool {
        self.broken.lock().unwrap().at.is_none()
    }

    pub fn before(&self, step: Step) -> io::Result<()> {
        let mut broken = self.broken.lock().unwrap();
        if broken.dead {
            return Err(io::Error::other("power is cut"));
        }
        match &mut broken.at {
            Some((at, 0)) if *at == step => {
                broken.at = None;
                broken.dead = broken.forever;
                Err(io::Error::other(format!("fault at {step:?}")))
            }
            Some((at, times)) if *at == step => {
                *times -= 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
