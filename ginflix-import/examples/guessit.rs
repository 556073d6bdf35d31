//! Compares what is guessed of names with what the tests of guessit expect, and prints a table.
//! Usage: guessit FILE.yml... [--wrong PROPERTY]: the second form lists the names that are wrong in a property.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a program for measurements

use std::collections::{BTreeSet, HashMap};
use std::fs;

use ginflix_import::name::{self, Guess};
use hunch::{HunchResult, Property};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

const PROPERTIES: [&str; 5] = ["title", "year", "season", "episode", "episode_title"];

type Expected = HashMap<String, Value>;

/// The entries of a file in their order. An entry without content expects the same as the one after it.
struct Entries(Vec<(String, Option<Expected>)>);

impl<'de> serde::Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;
        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map of names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntriesVisitor)
    }
}

/// How many names have a property right.
#[derive(Default)]
struct Count {
    expected: usize,
    right: usize,
    /// Right whatever the letter case and punctuation.
    similar: usize,
    missing: usize,
    right_by_hunch: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (files, options) = match arguments.iter().position(|argument| argument == "--wrong") {
        Some(at) => arguments.split_at(at),
        None => (arguments.as_slice(), [].as_slice()),
    };
    let shown = options.get(1);
    println!(
        "| file | property | names | right | of these exactly | not found | wrong | right by hunch alone |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|");
    for file in files {
        let short = file.rsplit('/').next().unwrap();
        let cases = cases(&fs::read_to_string(file).unwrap());
        for property in PROPERTIES {
            let count = count(&cases, property, shown.is_some_and(|shown| shown == property));
            if count.expected == 0 {
                continue;
            }
            let Count { expected, right, similar, missing, right_by_hunch } = count;
            let wrong = expected - similar - missing;
            let percent = similar as f64 * 100.0 / expected as f64;
            println!(
                "| {short} | {property} | {expected} | {similar} ({percent:.1} %) | {right} | {missing} | {wrong} | {right_by_hunch} |"
            );
        }
    }
}

/// The names of a file and what is expected of each, without those that need options of guessit, or are expected to fail.
fn cases(yaml: &str) -> Vec<(String, Expected)> {
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
        budget: None,
    };
    let Entries(entries) = serde_saphyr::from_str_with_options(yaml, options).unwrap();
    let mut cases = Vec::new();
    let mut next = Expected::new();
    for (name, expected) in entries.into_iter().rev() {
        next = expected.unwrap_or(next);
        let is_usual = !next.contains_key("options") && !name.starts_with(['+', '-', ' ']);
        if is_usual && name != "__default__" {
            cases.push((name, next.clone()));
        }
    }
    cases
}

fn count(cases: &[(String, Expected)], property: &str, shows_wrong: bool) -> Count {
    let mut count = Count::default();
    for (path, expected) in cases {
        let Some(expected) = expected.get(property).map(values) else { continue };
        let mut names: Vec<&str> = path.rsplit(['/', '\\']).collect();
        let file = names.remove(0);
        let found = of_guess(&name::guess(file, &names), property);
        let by_hunch = of_hunch(&hunch::hunch(path), property);
        count.expected += 1;
        count.right += usize::from(found == expected);
        count.similar += usize::from(simple(&found) == simple(&expected));
        count.missing += usize::from(found.is_empty());
        count.right_by_hunch += usize::from(simple(&by_hunch) == simple(&expected));
        if shows_wrong && simple(&found) != simple(&expected) {
            println!("{path}\n    expected {expected:?}, found {found:?}, hunch {by_hunch:?}");
        }
    }
    count
}

fn values(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(self::values).collect(),
        Value::String(text) => BTreeSet::from([text.clone()]),
        other => BTreeSet::from([other.to_string()]),
    }
}

fn of_guess(guess: &Guess, property: &str) -> BTreeSet<String> {
    let text = |text: &Option<String>| text.iter().cloned().collect();
    match property {
        "title" => text(&guess.title),
        "year" => guess.year.iter().map(u16::to_string).collect(),
        "season" => guess.season.iter().map(u16::to_string).collect(),
        "episode" => {
            guess.episodes.iter().flat_map(|e| e.first..=e.last).map(|n| n.to_string()).collect()
        }
        _ => text(&guess.episode_title),
    }
}

fn of_hunch(found: &HunchResult, property: &str) -> BTreeSet<String> {
    let property = Property::from_name(property).unwrap();
    found.all(property).into_iter().map(str::to_owned).collect()
}

fn simple(values: &BTreeSet<String>) -> BTreeSet<String> {
    let letters =
        |text: &String| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    values.iter().map(letters).collect()
}
