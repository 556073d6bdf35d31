//! The messages of the pages in one language, with values in them.

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::{Locale, formats};

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::English));
static GERMAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::German));
static FRENCH: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::French));

/// A message of the pages, which is written in its language by `Display`. It is plain text: templates escape it.
pub struct Message<'a> {
    locale: Locale,
    key: &'static str,
    args: FluentArgs<'a>,
}

/// A value in a message. Templates pass values by one or two references.
pub trait MessageValue<'a> {
    /// Converts it for the formatter.
    fn into_fluent(self) -> FluentValue<'a>;
}

/// Implements [`MessageValue`] for types that `FluentValue` is made from, and for their references.
macro_rules! values {
    ($($kind:ty),*) => {
        $(impl<'a> MessageValue<'a> for $kind {
            fn into_fluent(self) -> FluentValue<'a> {
                self.into()
            }
        }

        impl<'a> MessageValue<'a> for &'a $kind {
            fn into_fluent(self) -> FluentValue<'a> {
                self.into()
            }
        }

        impl<'a> MessageValue<'a> for &&'a $kind {
            fn into_fluent(self) -> FluentValue<'a> {
                (*self).into()
            }
        })*
    };
}

values!(u8, u16, u32, u64, usize, String);

impl<'a> MessageValue<'a> for &'a str {
    fn into_fluent(self) -> FluentValue<'a> {
        self.into()
    }
}

impl<'a> MessageValue<'a> for &&'a str {
    fn into_fluent(self) -> FluentValue<'a> {
        (*self).into()
    }
}

impl Locale {
    /// Returns the source of all messages of the language.
    pub fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../locales/en.ftl"),
            Self::German => include_str!("../../locales/de.ftl"),
            Self::French => include_str!("../../locales/fr.ftl"),
        }
    }

    /// Returns the message of this key. Tests find every key by the literal in the call, so write it there.
    pub fn say<'a>(self, key: &'static str) -> Message<'a> {
        Message { locale: self, key, args: FluentArgs::new() }
    }

    fn bundle(self) -> &'static Bundle {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
            Self::French => &FRENCH,
        }
    }
}

impl<'a> Message<'a> {
    /// Sets a value of the message. A number selects the plural form, and is written with separators: pass years as text.
    pub fn with(mut self, name: &'static str, value: impl MessageValue<'a>) -> Self {
        self.args.set(name, value.into_fluent());
        self
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bundle = self.locale.bundle();
        let pattern = bundle.get_message(self.key).and_then(|message| message.value());
        match pattern {
            Some(pattern) => bundle.write_pattern(f, pattern, Some(&self.args), &mut Vec::new()),
            // A test finds missing messages and values; whoever sees the key can report it.
            None => f.write_str(self.key),
        }
    }
}

/// Builds the messages of a language.
fn bundle(locale: Locale) -> Bundle {
    let language = locale.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // What has a mistake is left out; a test finds mistakes.
    let resource = FluentResource::try_new(locale.source().to_owned());
    let _ = bundle.add_resource(resource.unwrap_or_else(|(rest, _)| rest));
    // Our messages are written from left to right, so only values of the other direction are isolated.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match locale {
        Locale::English => |value, _| format_value(Locale::English, value),
        Locale::German => |value, _| format_value(Locale::German, value),
        Locale::French => |value, _| format_value(Locale::French, value),
    }));
    bundle
}

/// Formats a value in a message; `None` if it is written as it is.
fn format_value(locale: Locale, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(formats::grouped(locale, number.value as u64)),
        FluentValue::String(text) if text.chars().any(is_right_to_left) => {
            // First strong isolate and pop directional isolate (Unicode UAX #9, section 2.4).
            Some(format!("\u{2068}{text}\u{2069}"))
        }
        _ => None,
    }
}

/// Returns whether a character may change the direction of text: those of right-to-left scripts, and controls.
fn is_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn views(locale: Locale, count: u64) -> String {
        locale.say("movie-count").with("count", count).to_string()
    }

    #[test]
    fn numbers_choose_the_plural_form() {
        let all = |count| Locale::ALL.map(|locale| views(locale, count));
        assert_eq!(all(0), ["0 movies", "0 Filme", "0 film"]);
        assert_eq!(all(1), ["1 movie", "1 Film", "1 film"]);
        assert_eq!(all(2), ["2 movies", "2 Filme", "2 films"]);
        assert_eq!(all(1204), ["1,204 movies", "1.204 Filme", "1\u{202f}204 films"]);
        let millions = ["1,000,000 movies", "1.000.000 Filme", "1\u{202f}000\u{202f}000 films"];
        assert_eq!(all(1_000_000), millions);
    }

    #[test]
    fn text_of_the_other_direction_is_isolated() {
        let said = |name: &str| Locale::English.say("logged-in-as").with("name", name).to_string();
        assert_eq!(said("Ann"), "Logged in as Ann");
        assert_eq!(said("سارة"), "Logged in as \u{2068}سارة\u{2069}");
        assert_eq!(said("a\u{202e}b"), "Logged in as \u{2068}a\u{202e}b\u{2069}");
    }

    #[test]
    fn a_message_that_is_missing_shows_its_key() {
        assert_eq!(Locale::German.say("none").to_string(), "none");
        assert!(Locale::German.say("logged-in-as").to_string().contains("name"));
    }
}
