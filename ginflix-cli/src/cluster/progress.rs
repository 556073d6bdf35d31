//! How a provider reports what it does, whoever shows it.

/// Takes what a provider reports while it works.
pub trait Progress: Send + Sync {
    /// Something happened.
    fn report(&self, event: Event<'_>);

    /// A step begins that takes a while.
    fn start(&self, text: &str) -> Box<dyn Step>;
}

/// What happened, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// Something that the user should know.
    Note(&'a str),
    /// Something that only matters to a user who asked for details.
    Detail(&'a str),
    /// Something is done that was no step.
    Done(&'a str),
    /// Something may be wrong.
    Warning(&'a str),
}

/// A step that takes a while. Dropped before [`Step::done`], it failed.
pub trait Step: Send + Sync {
    /// Tells what it does by now.
    fn update(&self, text: &str);

    /// Tells which of many small things it does; lost where nothing can be overwritten.
    fn transient(&self, text: &str);

    /// Tells that it is done.
    fn done(self: Box<Self>, text: &str);
}
