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
/// The most characters of a class.
const CLASS_LIMIT_CHARS: usize = 64;
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
        (Self { nodes: prune(clean) }, cleaner.is_cut)
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
    pub(crate) fn node_count(&self) -> usize {
        count(&self.nodes)
    }

    /// Moves the time stamps within the text; removes those that would be negative.
    pub(crate) fn shift(&mut self, offset_ms: i64) {
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
                    let text = self.text(&text);
                    push_text(clean, text);
                }
                Node::Timestamp(time) if time < TIME_LIMIT_MS && self.take_node() => {
                    clean.push(Node::Timestamp(time));
                }
                Node::Timestamp(_) => {}
                Node::Element(element) => self.element(*element, place, clean),
            }
        }
    }

    fn element(&mut self, element: Element, place: Place, clean: &mut Vec<Node>) {
        let tag = clean_tag(element.tag);
        let classes = clean_classes(element.classes);
        let is_misplaced = tag == Tag::RubyText && !place.is_ruby;
        let has_meaning = match &tag {
            Tag::Voice(text) | Tag::Language(text) => !text.is_empty(),
            tag => *tag != Tag::Class || !classes.is_empty(),
        };
        if !has_meaning || is_misplaced || place.depth >= DEPTH_LIMIT || !self.take_node() {
            // The content takes its place.
            return self.clean(element.children, place, clean);
        }
        let mut children = Vec::new();
        let inner = Place { depth: place.depth + 1, is_ruby: tag == Tag::Ruby };
        self.clean(element.children, inner, &mut children);
        clean.push(Node::Element(Box::new(Element { tag, classes, children })));
    }

    fn take_node(&mut self) -> bool {
        let is_left = self.nodes > 0;
        self.nodes -= usize::from(is_left);
        is_left
    }

    /// Removes control characters, and what exceeds the limit.
    fn text(&mut self, text: &str) -> String {
        let is_allowed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
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

fn clean_tag(tag: Tag) -> Tag {
    match tag {
        Tag::Voice(name) => {
            let name = name.split(|c: char| c.is_whitespace() || c.is_control());
            let name = name.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
            let name: String = name.chars().take(VOICE_LIMIT_CHARS).collect();
            Tag::Voice(name.trim_end().to_owned())
        }
        Tag::Language(language) => {
            let is_allowed = language.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let is_tag = is_allowed && language.len() <= LANGUAGE_LIMIT_CHARS;
            Tag::Language(if is_tag { language } else { String::new() })
        }
        tag => tag,
    }
}

fn clean_classes(classes: Vec<String>) -> Vec<String> {
    let is_allowed = |class: &String| {
        let is_legal =
            |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '.' | '<' | '>' | '&');
        !class.is_empty() && class.len() <= CLASS_LIMIT_CHARS && class.chars().all(is_legal)
    };
    classes.into_iter().filter(is_allowed).take(CLASSES_LIMIT).collect()
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
                let mut kept: Vec<char> = Vec::with_capacity(text.len());
                for c in text.chars().rev() {
                    let is_kept = !(*is_end && is_blank(c));
                    *is_end = *is_end && !is_kept || c == '\n';
                    if is_kept {
                        kept.push(c);
                    }
                }
                *text = kept.into_iter().rev().collect();
            }
            Node::Timestamp(_) => {}
            Node::Element(element) => trim_ends(&mut element.children, is_end),
        }
    }
}

/// Removes empty texts and elements.
fn prune(nodes: Vec<Node>) -> Vec<Node> {
    let mut pruned = Vec::new();
    for node in nodes {
        match node {
            Node::Text(text) => push_text(&mut pruned, text),
            Node::Timestamp(time) => pruned.push(Node::Timestamp(time)),
            Node::Element(mut element) => {
                element.children = prune(mem::take(&mut element.children));
                if !element.children.is_empty() {
                    pruned.push(Node::Element(element));
                }
            }
        }
    }
    pruned.shrink_to_fit();
    pruned
}

#[cfg(test)]
mod tests;
