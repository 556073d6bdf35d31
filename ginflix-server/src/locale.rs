//! The languages of the pages: which one a viewer reads, its messages, and its numbers, sizes, durations and dates.
//!
//! The messages of a language are in one file, `locales/en.ftl` and so on, in the syntax of
//! [Project Fluent](https://projectfluent.org/fluent/guide/). Messages of the API stay English.

pub mod formats;
pub mod messages;
pub mod negotiation;
pub mod script_messages;

#[cfg(test)]
mod tests;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// English, with dates and quotation marks as in Britain.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
}

impl Locale {
    /// All languages, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::French];

    /// Returns the language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    /// Returns the language of this tag, in any case of letters.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.tag().eq_ignore_ascii_case(tag))
    }

    /// Returns the name of the language in the language itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
        }
    }
}
