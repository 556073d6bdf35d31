//! The text of a cue: a small tree, as that of WebVTT.

use std::mem;

use crate::cue::TIME_LIMIT_MS;

/// The most characters of a cue's text.
pub const TEXT_LIMIT_CHARS: usize = 4_000;
/// The most elements and time stamps of a cue's text.
pub const NODES_LIMIT: usize = 1_000;
/// The most elements around a text.
pub const DEPTH_LIMIT: usize = 16;
/// The most characters of the name of a voice.
const VOICE_LIMIT_CHARS: usize = 200;
/// The most classes of an element.
const CLASSES_LIMIT: usize = 8;
/// The most bytes of a class.
const CLASS_LIMIT_BYTES: usize = 64;
/// The most characters of a language tag.
const LANGUAGE_LIMIT_CHARS: usize = 35;

/// A part of a cue's text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node {
    /// Text; a line feed is a line break.
    Text(String),
    /// The text after it is shown, or highlighted, from this time of the presentation in milliseconds.
    Timestamp(u64),
    /// Text with a style or a meaning.
    Element(Box<Element>),
}

impl Node {
    /// Creates an element without classes.
    pub fn element(tag: Tag, children: Vec<Self>) -> Self {
        Self::Element(Box::new(Element { tag, classes: Vec::new(), children }))
    }
}

/// A part of a text with a style or a meaning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Element {
    /// The style or the meaning.
    pub tag: Tag,
    /// Classes; those of colours, such as `yellow`, have a meaning by themselves (WebVTT, section 5).
    pub classes: Vec<String>,
    /// The content.
    pub children: Vec<Node>,
}

/// The kinds of elements (WebVTT, section 4.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Tag {
    /// A text with classes and nothing else.
    Class,
    /// Bold text.
    Bold,
    /// Italic text.
    Italic,
    /// Underlined text.
    Underline,
    /// A text with annotations above it.
    Ruby,
    /// An annotation, which is a child of [`Tag::Ruby`].
    RubyText,
    /// The text of a speaker with this name.
    Voice(String),
    /// A text in the language with this tag (BCP 47).
    Language(String),
}

/// The text of a cue in its normal form, which can be written: no empty lines, no white space at the ends of lines, no empty
/// elements, no control characters, within the limits of this module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct CueText {
    nodes: Vec<Node>,
}

impl CueText {
    /// Brings a text to its normal form. What exceeds a limit is left out.
    pub fn new(nodes: Vec<Node>) -> Self {
        Self::cut(nodes).0
    }

    /// Like [`CueText::new`]; also tells whether text was left out because there was too much.
    pub(crate) fn cut(nodes: Vec<Node>) -> (Self, bool) {
        let mut cleaner =
            Cleaner { characters: TEXT_LIMIT_CHARS, nodes: NODES_LIMIT, is_cut: false };
        let mut clean = Vec::new();
        cleaner.clean(nodes, Place { depth: 0, is_ruby: false }, &mut clean);
        trim_starts(&mut clean, &mut true);
        trim_ends(&mut clean, &mut true);
        prune(&mut clean);
        (Self { nodes: clean }, cleaner.is_cut)
    }

    /// The parts of the text.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Tells whether there is nothing to show: no character but white space.
    pub fn is_empty(&self) -> bool {
        self.plain().trim().is_empty()
    }

    /// The text alone, without styles.
    pub fn plain(&self) -> String {
        let mut plain = String::new();
        append_plain(&self.nodes, &mut plain);
        plain
    }

    /// The number of elements and time stamps.
    pub fn node_count(&self) -> usize {
        count(&self.nodes)
    }

    /// Moves the time stamps within the text; removes those that would be negative.
    pub fn shift(&mut self, offset_ms: i64) {
        if offset_ms != 0 {
            let nodes = mem::take(&mut self.nodes);
            *self = Self::new(shift(nodes, offset_ms));
        }
    }
}

impl From<&str> for CueText {
    fn from(text: &str) -> Self {
        Self::new(vec![Node::Text(text.to_owned())])
    }
}

fn append_plain(nodes: &[Node], plain: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => plain.push_str(text),
            Node::Timestamp(_) => {}
            Node::Element(element) => append_plain(&element.children, plain),
        }
    }
}

fn count(nodes: &[Node]) -> usize {
    let count_one = |node: &Node| match node {
        Node::Text(_) => 0,
        Node::Timestamp(_) => 1,
        Node::Element(element) => 1 + count(&element.children),
    };
    nodes.iter().map(count_one).sum()
}

fn shift(nodes: Vec<Node>, offset_ms: i64) -> Vec<Node> {
    let shift_one = |node| match node {
        Node::Timestamp(time) => time.checked_add_signed(offset_ms).map(Node::Timestamp),
        Node::Element(mut element) => {
            element.children = shift(mem::take(&mut element.children), offset_ms);
            Some(Node::Element(element))
        }
        text => Some(text),
    };
    nodes.into_iter().filter_map(shift_one).collect()
}

/// The place of a node in the tree.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    is_ruby: bool,
}

/// Copies a tree without what is not allowed, within limits.
struct Cleaner {
    /// How many characters may follow.
    characters: usize,
    /// How many elements and time stamps may follow.
    nodes: usize,
    is_cut: bool,
}

impl Cleaner {
    fn clean(&mut self, nodes: Vec<Node>, place: Place, clean: &mut Vec<Node>) {
        for node in nodes {
            match node {
                Node::Text(text) => {
                    let text = self.text(text);
                    push_text(clean, text);
                }
                Node::Timestamp(time) if time < TIME_LIMIT_MS && self.take_node() => {
                    clean.push(Node::Timestamp(time));
                }
                Node::Timestamp(_) => {}
                Node::Element(element) => self.element(element, place, clean),
            }
        }
    }

    fn element(&mut self, mut element: Box<Element>, place: Place, clean: &mut Vec<Node>) {
        clean_tag(&mut element.tag);
        clean_classes(&mut element.classes);
        let (tag, classes) = (&element.tag, &element.classes);
        let is_misplaced = *tag == Tag::RubyText && !place.is_ruby;
        let has_meaning = match tag {
            Tag::Voice(text) | Tag::Language(text) => !text.is_empty(),
            tag => *tag != Tag::Class || !classes.is_empty(),
        };
        if !has_meaning || is_misplaced || place.depth >= DEPTH_LIMIT || !self.take_node() {
            // The content takes its place.
            return self.clean(element.children, place, clean);
        }
        let mut children = Vec::new();
        let inner = Place { depth: place.depth + 1, is_ruby: *tag == Tag::Ruby };
        self.clean(mem::take(&mut element.children), inner, &mut children);
        element.children = children;
        clean.push(Node::Element(element));
    }

    fn take_node(&mut self) -> bool {
        let is_left = self.nodes > 0;
        self.nodes -= usize::from(is_left);
        is_left
    }

    /// Removes control characters, and what exceeds the limit.
    fn text(&mut self, text: String) -> String {
        let is_allowed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        let count = text.chars().count();
        if count <= self.characters && text.chars().all(|c| is_allowed(&c)) {
            self.characters -= count;
            return text;
        }
        let mut characters = text.chars().filter(is_allowed);
        let clean: String = characters.by_ref().take(self.characters).collect();
        self.characters -= clean.chars().count();
        self.is_cut |= characters.next().is_some();
        clean
    }
}

/// Appends a text to the one before, if there is one.
fn push_text(nodes: &mut Vec<Node>, text: String) {
    if text.is_empty() {
        return;
    }
    if let Some(Node::Text(before)) = nodes.last_mut() {
        before.push_str(&text);
    } else {
        nodes.push(Node::Text(text));
    }
}

fn clean_tag(tag: &mut Tag) {
    match tag {
        Tag::Voice(name) => {
            let words = name.split(|c: char| c.is_whitespace() || c.is_control());
            let words = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
            let limited: String = words.chars().take(VOICE_LIMIT_CHARS).collect();
            // Two dashes at the end of a tag would make an arrow.
            let end = if limited.ends_with("--") {
                limited.trim_end_matches([' ', '-'])
            } else {
                &limited
            };
            end.trim_end().clone_into(name);
        }
        Tag::Language(language) => {
            let is_allowed = language.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let is_short = language.len() <= LANGUAGE_LIMIT_CHARS;
            if !is_allowed || !is_short || language.ends_with('-') {
                language.clear();
            }
        }
        _ => {}
    }
}

fn clean_classes(classes: &mut Vec<String>) {
    classes.retain(|class| {
        let is_legal =
            |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '.' | '<' | '>' | '&');
        let is_arrow = class.ends_with("--");
        !class.is_empty()
            && !is_arrow
            && class.len() <= CLASS_LIMIT_BYTES
            && class.chars().all(is_legal)
    });
    classes.truncate(CLASSES_LIMIT);
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n')
}

/// Removes the white space at the starts of lines, and empty lines. `is_start` tells whether a line starts here.
fn trim_starts(nodes: &mut [Node], is_start: &mut bool) {
    for node in nodes {
        match node {
            Node::Text(text) => text.retain(|c| {
                let is_kept = !(*is_start && is_blank(c));
                *is_start = *is_start && !is_kept || c == '\n';
                is_kept
            }),
            Node::Timestamp(_) => {}
            Node::Element(element) => trim_starts(&mut element.children, is_start),
        }
    }
}

/// Removes the white space at the ends of lines, and line breaks at the end. `is_end` tells whether a line ends here.
fn trim_ends(nodes: &mut [Node], is_end: &mut bool) {
    for node in nodes.iter_mut().rev() {
        match node {
            Node::Text(text) => {
                if *is_end {
                    text.truncate(text.trim_end_matches(is_blank).len());
                }
                if text.contains(" \n") || text.contains("\t\n") {
                    let (before, last) = text.rsplit_once('\n').unwrap_or_default();
                    let mut trimmed = String::with_capacity(text.len());
                    for line in before.split('\n') {
                        trimmed.push_str(line.trim_end_matches(is_blank));
                        trimmed.push('\n');
                    }
                    trimmed.push_str(last);
                    *text = trimmed;
                }
                *is_end = if text.is_empty() { *is_end } else { text.starts_with('\n') };
            }
            Node::Timestamp(_) => {}
            Node::Element(element) => trim_ends(&mut element.children, is_end),
        }
    }
}

/// Removes empty texts and elements.
fn prune(nodes: &mut Vec<Node>) {
    nodes.retain_mut(|node| match node {
        Node::Text(text) => !text.is_empty(),
        Node::Timestamp(_) => true,
        Node::Element(element) => {
            prune(&mut element.children);
            !element.children.is_empty()
        }
    });
    nodes.dedup_by(|node, before| match (before, node) {
        (Node::Text(before), Node::Text(text)) => {
            before.push_str(text);
            true
        }
        _ => false,
    });
    nodes.shrink_to_fit();
}

#[cfg(test)]
mod tests;
