//! Every message that a page or a script shows is in the file of each language, and every message there is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Resource};

use super::*;

mod texts;

type Names = BTreeSet<String>;

/// The prefixes of the keys that scripts may use.
const SCRIPT_PREFIXES: [&str; 5] = script_messages::PREFIXES;

fn resource(locale: Locale) -> Resource<&'static str> {
    fluent_syntax::parser::parse(locale.source())
        .unwrap_or_else(|(_, errors)| panic!("{}.ftl: {errors:?}", locale.tag()))
}

/// Returns the messages of a language with the names of their values, in the order of the file.
fn messages(locale: Locale) -> Vec<(String, Names)> {
    let entries = resource(locale).body.into_iter();
    let found = entries.filter_map(|entry| match entry {
        Entry::Message(message) => Some(message),
        _ => None,
    });
    let message = |message: fluent_syntax::ast::Message<&str>| {
        let mut names = Names::new();
        add_names(&message.value.unwrap(), &mut names);
        (message.id.name.to_owned(), names)
    };
    found.map(message).collect()
}

fn add_names(pattern: &Pattern<&str>, names: &mut Names) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        let (Expression::Select { selector, .. } | Expression::Inline(selector)) = expression;
        if let InlineExpression::VariableReference { id } = selector {
            names.insert(id.name.to_owned());
        }
        if let Expression::Select { variants, .. } = expression {
            variants.iter().for_each(|variant| add_names(&variant.value, names));
        }
    }
}

/// A call of `say` in a template, a module or a script.
struct Call {
    file: String,
    key: String,
    /// The names of the values that are given.
    names: Names,
}

impl Call {
    fn is_of_script(&self) -> bool {
        self.file.ends_with(".js")
    }
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|other| other == extension) {
            found.push(path);
        }
    }
}

/// Returns all calls in the code of the pages.
fn calls() -> Vec<Call> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for (folder, extension) in [("templates", "html"), ("src", "rs"), ("assets", "js")] {
        files(&root.join(folder), extension, &mut paths);
    }
    let is_of_tests = |path: &PathBuf| {
        path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
    };
    paths.retain(|path| !is_of_tests(path));
    let mut calls = Vec::new();
    for path in paths {
        let source = std::fs::read_to_string(&path).unwrap();
        let code = source.split("#[cfg(test)]\nmod tests").next().unwrap();
        calls_in(&path.display().to_string(), code, &mut calls);
    }
    calls
}

fn calls_in(file: &str, code: &str, calls: &mut Vec<Call>) {
    for (at, _) in code.match_indices("say(") {
        let is_name = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let Some(rest) = code[at + 4..].trim_start().strip_prefix('"') else { continue };
        if is_name {
            continue;
        }
        let (key, rest) = rest.split_once('"').unwrap();
        let names = if file.ends_with(".js") { object_names(rest) } else { chained_names(rest) };
        // Values that are given elsewhere are at least in the same file.
        let names = names.unwrap_or_else(|| words(code));
        calls.push(Call { file: file.to_owned(), key: key.to_owned(), names });
    }
}

/// Returns the names in `).with("a", …).with("b", …)`; `None` without any.
fn chained_names(rest: &str) -> Option<Names> {
    let mut names = Names::new();
    let mut rest = rest.trim_start().trim_start_matches(',').trim_start().strip_prefix(')')?;
    while let Some(call) = rest.trim_start().strip_prefix(".with(") {
        let name = call.trim_start().strip_prefix('"')?.split('"').next()?;
        names.insert(name.to_owned());
        rest = &call[closing(call)..];
    }
    (!names.is_empty()).then_some(names)
}

/// Returns the names in `, { a, b: … })`; `None` if the values are not written there.
fn object_names(rest: &str) -> Option<Names> {
    let object = rest.trim_start().strip_prefix(',')?.trim_start().strip_prefix('{')?;
    let object = &object[..closing(object) - 1];
    let mut depth = 0;
    let top = object.chars().filter(|c| {
        depth += i32::from("([{".contains(*c)) - i32::from(")]}".contains(*c));
        depth == 0
    });
    let top: String = top.collect();
    let names = top.split(',').map(|part| part.split(':').next().unwrap().trim().to_owned());
    Some(names.filter(|name| !name.is_empty()).collect())
}

/// Returns the position after the bracket that closes the one before this code.
fn closing(code: &str) -> usize {
    let mut depth = 1;
    for (at, c) in code.char_indices() {
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        if depth == 0 {
            return at + 1;
        }
    }
    panic!("no bracket closes {code}");
}

fn words(code: &str) -> Names {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect()
}

#[test]
fn all_languages_have_the_same_messages_with_the_same_values() {
    let english = messages(Locale::English);
    let keys: BTreeSet<&String> = english.iter().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), english.len(), "a key occurs twice");
    assert!(english.len() > 100);
    for locale in Locale::ALL {
        for (found, expected) in messages(locale).iter().zip(&english) {
            assert_eq!(
                found,
                expected,
                "{}.ftl has other messages, or another order",
                locale.tag()
            );
        }
        assert_eq!(messages(locale).len(), english.len(), "{}.ftl", locale.tag());
    }
}

#[test]
fn no_message_is_missing_and_none_is_unused() {
    let known: BTreeMap<String, Names> = messages(Locale::English).into_iter().collect();
    let calls = calls();
    for Call { file, key, .. } in &calls {
        assert!(known.contains_key(key), "{file} says {key}, which is in no file of a language");
    }
    for key in known.keys() {
        assert!(calls.iter().any(|call| call.key == *key), "nothing says {key}: remove it");
    }
}

#[test]
fn every_call_gives_the_values_of_its_message() {
    let known: BTreeMap<String, Names> = messages(Locale::English).into_iter().collect();
    for Call { file, key, names } in &calls() {
        let missing: Vec<_> = known[key].difference(names).collect();
        assert!(missing.is_empty(), "{file} says {key} without {missing:?}");
    }
}

#[test]
fn scripts_say_what_they_get() {
    for call in calls() {
        let prefix = SCRIPT_PREFIXES.iter().find(|prefix| call.key.starts_with(**prefix));
        match call.is_of_script() {
            true => assert!(prefix.is_some(), "{} says {}", call.file, call.key),
            false => assert_ne!(prefix, Some(&"script-"), "{} says {}", call.file, call.key),
        }
    }
}

#[test]
fn the_search_for_calls_finds_values() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Names>();
    let found = |file: &str, code: &str| {
        let mut calls = Vec::new();
        calls_in(file, code, &mut calls);
        assert_eq!((calls.len(), calls[0].key.as_str()), (1, "a-b"), "{code}");
        calls.remove(0).names
    };
    let rust = "x.say(\n    \"a-b\",\n)\n.with(\"n\", f(1))\n.with( \"m\", y).to_string()";
    assert_eq!(found("a.rs", rust), names(&["m", "n"]));
    assert_eq!(found("a.html", "{{ l.say(\"a-b\").with(\"n\", n) }}"), names(&["n"]));
    assert_eq!(found("a.js", "say(\"a-b\", { n, m: f({ z: 1 }) })"), names(&["m", "n"]));
    assert!(found("a.js", "const v = { n: 1 }; say(\"a-b\", v)").contains("n"));
}

#[test]
fn messages_are_no_markup() {
    for locale in Locale::ALL {
        for mark in ["<", "&", "\t", "'", "\"", "..."] {
            assert!(!locale.source().contains(mark), "{}.ftl has {mark:?}", locale.tag());
        }
    }
}

#[test]
fn each_language_keeps_its_style() {
    let lines = |locale: Locale| locale.source().lines().filter(|line| !line.starts_with('#'));
    for line in lines(Locale::French) {
        for before in [" ;", " !", " ?", " :", "« ", " »"] {
            assert!(!line.contains(before), "fr.ftl has a space that can break: {line}");
        }
    }
    for line in lines(Locale::German) {
        let words: Vec<&str> = line.split(|c: char| !c.is_alphabetic()).collect();
        for address in ["Sie", "Ihr", "Ihre", "Ihren", "du"] {
            assert!(!words.contains(&address), "de.ftl addresses the reader: {line}");
        }
    }
}
