//! Templates and scripts have no text of their own: every word is a message.

use super::*;

/// Words that are the same in all languages.
const NAMES: [&str; 1] = ["GinFlix"];

/// The attributes that people read or hear.
const ATTRIBUTES: [&str; 6] =
    ["alt", "aria-description", "aria-label", "label", "placeholder", "title"];

/// Elements whose content is no language: commands and the letters of keys.
const CODE: [&str; 2] = ["code", "kbd"];

fn sources(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), extension, &mut paths);
    let read =
        |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).unwrap());
    paths.into_iter().map(read).collect()
}

/// Returns the words of a template that are in no message.
fn untranslated(template: &str) -> Vec<String> {
    let (mut found, mut code) = (Vec::new(), None);
    let template = without_class(template);
    for (at, part) in without_expressions(&template).split('<').enumerate() {
        // What precedes the first tag is text alone.
        let (tag, text) = match at {
            0 => ("", part),
            _ => split_tag(part),
        };
        let name = tag.split_whitespace().next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(end) if code == Some(end) => code = None,
            None if code.is_none() => code = CODE.into_iter().find(|element| *element == name),
            _ => {}
        }
        found.extend(attributes(tag).flat_map(words_of));
        if code.is_none() {
            found.extend(words_of(text));
        }
    }
    found
}

/// Removes the block with the class of the body, which is no text.
fn without_class(template: &str) -> String {
    let Some((before, rest)) = template.split_once("{% block body_class %}") else {
        return template.to_owned();
    };
    let (_, after) = rest.split_once("{% endblock %}").expect("the block ends");
    format!("{before}{after}")
}

/// Replaces what the template engine evaluates, so that only the text between is left.
fn without_expressions(template: &str) -> String {
    let mut left = String::new();
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let end = match rest[start..].get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => "{",
        };
        left.push_str(&rest[..start]);
        let length = rest[start..].find(end).expect("an expression ends") + end.len();
        rest = &rest[start + length..];
    }
    left + rest
}

/// Splits what follows a `<` into the tag and the text after it. Values of attributes may have a `>`.
fn split_tag(part: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let end = part.find(|c| {
        is_quoted ^= c == '"';
        c == '>' && !is_quoted
    });
    part.split_at(end.expect("a tag ends"))
}

/// Returns the values of the attributes that people read.
fn attributes(tag: &str) -> impl Iterator<Item = &str> {
    ATTRIBUTES.into_iter().filter_map(move |name| {
        let (_, value) = tag.split_once(&format!(" {name}=\""))?;
        value.split('"').next()
    })
}

/// Returns the words of a text. One letter is a key or a unit, and a character reference is a sign.
fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '&');
    let is_word = |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() > 1;
    let words = words.filter(is_word).filter(|word| !word.starts_with('&'));
    words.filter(|word| !NAMES.contains(word)).map(str::to_owned).collect()
}

#[test]
fn templates_have_no_words() {
    for (file, template) in sources("templates", "html") {
        assert_eq!(untranslated(&template), [""; 0], "{file} has words outside of messages");
    }
}

#[test]
fn the_search_for_words_finds_them() {
    for (template, words) in [
        ("{% block title %}Search · GinFlix{% endblock %}", ["Search"].as_slice()),
        ("Before <b>bold</b> {{ after }}", &["Before", "bold"]),
        ("<a title=\"Go > on (K)\" href=\"/x y\">{{ a }}</a>", &["Go", "on"]),
        ("{% block body_class %}cinema{% endblock %}{% block main %}now{% endblock %}", &["now"]),
        ("<img alt=\"A cat\" class=\"cat here\">", &["cat"]),
        ("<p{% if a == \"no words\" %} hidden{% endif %}>&lt; 0:00 {{ b }}</p>", &[]),
        ("<pre><code>ginflix upload FOLDER</code></pre> <kbd>Shift</kbd> to", &["to"]),
    ] {
        assert_eq!(untranslated(template), words, "{template}");
    }
}

/// Names of keys (`KeyboardEvent.key`), which are no text.
const KEYS: [&str; 2] = ["Arrow", "Escape"];

/// Returns the texts of a script: literals of which the first words are words, the first one with a capital letter.
fn texts(script: &str) -> Vec<&str> {
    let lines = script.lines().map(str::trim_start);
    let code = lines.filter(|line| !line.starts_with("//") && !line.starts_with(['*', '/']));
    let literals = code.flat_map(|line| {
        ['"', '`'].into_iter().flat_map(move |quote| line.split(quote).skip(1).step_by(2))
    });
    let is_text = |text: &&str| {
        let mut words = text.trim_start_matches(['“', '„', '«', '\u{a0}']).split_whitespace();
        let first = words.next().unwrap_or_default();
        let is_word = |word: &str| {
            let letters = word.trim_end_matches([',', ':', '.', '?', '!', '…', '”']);
            word.starts_with("${") || letters.chars().all(char::is_alphabetic)
        };
        let mut letters = first.chars();
        let is_capital = letters.next().is_some_and(char::is_uppercase);
        // Names in code have capital letters inside.
        let is_plain = !letters.any(char::is_uppercase) && is_word(first);
        let has_small = text.contains(char::is_lowercase);
        is_capital && is_plain && has_small && words.next().is_none_or(is_word)
    };
    literals.filter(is_text).filter(|text| !KEYS.contains(text)).collect()
}

#[test]
fn scripts_have_no_texts() {
    for (file, script) in sources("assets", "js") {
        assert_eq!(texts(&script), [""; 0], "{file} has texts outside of messages");
    }
}

#[test]
fn the_search_for_texts_finds_them() {
    for (script, expected) in [
        ("toast(\"Try again.\");", ["Try again."].as_slice()),
        ("a = `Removed ${name}`; b = \"A movie\";", &["A movie", "Removed ${name}"]),
        ("button.textContent = \"Watched\";", &["Watched"]),
        ("send(\"PUT\", `/api/v1/${id}`, \"button small\");", &[]),
        (
            "// \"All years\" needs no parameter.\n if (key === \"Escape\") d = \"M7.5 4.5 13 10\";",
            &[],
        ),
    ] {
        assert_eq!(texts(script), expected, "{script}");
    }
}
