//! The messages that scripts show, as a module that they import: `messages.js`.
//!
//! Scripts get the messages with the prefix `script-`, and those for sizes, durations, controls of the player and what was
//! watched, parsed, so that a few lines of `say.js` can put values into them with the plural rules of the browser.

use std::fmt::Write;
use std::sync::LazyLock;

use fluent_bundle::FluentResource;
use fluent_syntax::ast::{
    Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey,
};
use serde_json::{Map, Value, json};

use super::Locale;

/// The prefixes of the keys of messages for scripts; only the first one is of those for scripts alone.
pub const PREFIXES: [&str; 5] = ["script-", "size-", "duration-", "player-", "watching-"];

static ENGLISH: LazyLock<String> = LazyLock::new(|| write(Locale::English));
static GERMAN: LazyLock<String> = LazyLock::new(|| write(Locale::German));
static FRENCH: LazyLock<String> = LazyLock::new(|| write(Locale::French));

/// Returns the source of the module for a language.
pub fn module(locale: Locale) -> &'static str {
    match locale {
        Locale::English => &ENGLISH,
        Locale::German => &GERMAN,
        Locale::French => &FRENCH,
    }
}

/// Writes the module: the language, and each message by its key.
fn write(locale: Locale) -> String {
    let resource = FluentResource::try_new(locale.source().to_owned());
    let resource = resource.unwrap_or_else(|(rest, _)| rest);
    let messages = resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) if is_for_scripts(message.id.name) => {
            Some((message.id.name.to_owned(), pattern(message.value.as_ref()?)?))
        }
        _ => None,
    });
    let messages: Map<String, Value> = messages.collect();
    let mut module =
        String::from("// The messages of scripts, made from the file of a language.\n\n");
    // JSON is a part of JavaScript, and writing to a string cannot fail.
    let _ = writeln!(module, "export const language = {};", json!(locale.tag()));
    let _ = writeln!(module, "export const messages = {};", Value::Object(messages));
    module
}

fn is_for_scripts(key: &str) -> bool {
    PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

/// Converts a pattern: to text if it has no values, else to a list of its parts. Returns `None` if it has an element that
/// `say.js` does not know.
fn pattern(pattern: &Pattern<&str>) -> Option<Value> {
    let parts: Option<Vec<Value>> = pattern
        .elements
        .iter()
        .map(|element| match element {
            PatternElement::TextElement { value } => Some(json!(value)),
            PatternElement::Placeable { expression } => placeable(expression),
        })
        .collect();
    let parts = parts?;
    match parts.as_slice() {
        [Value::String(text)] => Some(json!(text)),
        _ => Some(Value::Array(parts)),
    }
}

fn placeable(expression: &Expression<&str>) -> Option<Value> {
    match expression {
        Expression::Inline(InlineExpression::VariableReference { id }) => {
            Some(json!({ "arg": id.name }))
        }
        Expression::Select { selector: InlineExpression::VariableReference { id }, variants } => {
            let cases: Option<Map<String, Value>> = variants.iter().map(case).collect();
            let otherwise = variants.iter().find(|variant| variant.default)?;
            Some(
                json!({ "arg": id.name, "cases": cases?, "otherwise": pattern(&otherwise.value)? }),
            )
        }
        _ => None,
    }
}

fn case(variant: &Variant<&str>) -> Option<(String, Value)> {
    let key = match &variant.key {
        VariantKey::Identifier { name } => *name,
        VariantKey::NumberLiteral { value } => *value,
    };
    Some((key.to_owned(), pattern(&variant.value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_scripts_is_in_the_module() {
        for locale in Locale::ALL {
            let module = module(locale);
            assert!(module.contains(&format!("language = \"{}\"", locale.tag())));
            let keys = locale.source().lines().filter(|line| is_for_scripts(line));
            let keys: Vec<&str> = keys.map(|line| line.split(' ').next().unwrap()).collect();
            assert!(keys.len() > 20);
            for key in keys {
                assert!(module.contains(&format!("\"{key}\":")), "{}: {key}", locale.tag());
            }
        }
    }

    #[test]
    fn plural_forms_are_cases() {
        let source =
            "a = { $n ->\n  [0] none\n  [one] { $n } file\n *[other] { $n } files\n } left\n";
        let resource = FluentResource::try_new(source.to_owned()).unwrap();
        let Some(Entry::Message(message)) = resource.entries().next() else { panic!("no message") };
        let files = json!([{ "arg": "n" }, " files"]);
        let cases = json!({ "0": "none", "one": [{ "arg": "n" }, " file"], "other": files });
        let expected = json!([{ "arg": "n", "cases": cases, "otherwise": files }, " left"]);
        assert_eq!(pattern(message.value.as_ref().unwrap()), Some(expected));
    }
}
