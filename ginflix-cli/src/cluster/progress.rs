//! The interface through which a provider talks to the user, without knowing the terminal.

use crate::error::Result;

/// Receives what a provider reports while it works, and asks the user on its behalf.
pub trait Progress: Send + Sync {
    /// Reports something that happened.
    fn report(&self, event: ProgressEvent<'_>);

    /// Starts to show a step that takes a while.
    fn start(&self, text: &str) -> Box<dyn ProgressStep>;

    /// Asks the user a question; `true` if they agree.
    ///
    /// # Errors
    /// Fails with `ExitStatus::Usage` if there is no terminal to ask on.
    fn confirm(&self, question: &str) -> Result<bool>;
}

/// Something that happened, in words for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressEvent<'a> {
    /// Something that the user should know.
    Note(&'a str),
    /// Something that matters only to a user who asked for details.
    Detail(&'a str),
    /// Something is done that was not shown as a step.
    Done(&'a str),
    /// Something may be wrong.
    Warning(&'a str),
}

/// A step that takes a while. It has failed if it is dropped before [`ProgressStep::done`].
pub trait ProgressStep: Send + Sync {
    /// Replaces the text of the step.
    fn update(&self, text: &str);

    /// As [`ProgressStep::update`], but prints nothing where text cannot be replaced: for texts
    /// that change too often to be kept.
    fn transient(&self, text: &str);

    /// Ends the step with success.
    fn done(self: Box<Self>, text: &str);
}
