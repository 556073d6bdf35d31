//! The text of a cue (WebVTT, section 6.4): tags, time stamps and character references.

use crate::cue::TIME_LIMIT_MS;
use crate::text::{DEPTH_LIMIT, Element, NODES_LIMIT, Node, TEXT_LIMIT_CHARS, Tag};

/// Parses the text of a cue. `offset_ms` is added to its time stamps.
pub(crate) fn parse(text: &str, offset_ms: i64) -> Vec<Node> {
    let mut tree = Tree::new(offset_ms);
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (plain, special) = rest.split_at(at);
        tree.text(plain);
        let body = special.strip_prefix('<').unwrap_or_default();
        let is_tag =
            body.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '>'));
        let end = body.find(['<', '>']).filter(|_| is_tag);
        let tag = end.and_then(|end| body.split_at_checked(end));
        rest = match tag.and_then(|(tag, after)| Some((tag, after.strip_prefix('>')?))) {
            Some((tag, after)) => {
                tree.tag(tag);
                after
            }
            None => {
                tree.text("<");
                body
            }
        };
    }
    tree.text(rest);
    tree.finish()
}

/// The elements that are open, and what was read.
struct Tree {
    offset_ms: i64,
    nodes: Vec<Node>,
    /// The open elements, each with the nodes before it.
    open: Vec<(Element, Vec<Node>)>,
    /// The elements that are open beyond the limit.
    too_deep: usize,
    characters: usize,
    count: usize,
}

impl Tree {
    fn new(offset_ms: i64) -> Self {
        Self {
            offset_ms,
            nodes: Vec::new(),
            open: Vec::new(),
            too_deep: 0,
            characters: 0,
            count: 0,
        }
    }

    /// Appends a text. Texts far beyond the limit are left out.
    fn text(&mut self, text: &str) {
        if text.is_empty() || self.characters > TEXT_LIMIT_CHARS {
            return;
        }
        let text = html_escape::decode_html_entities(text);
        self.characters += text.chars().count();
        match self.nodes.last_mut() {
            Some(Node::Text(before)) => before.push_str(&text),
            _ => self.nodes.push(Node::Text(text.into_owned())),
        }
    }

    /// Handles what is between angle brackets.
    fn tag(&mut self, body: &str) {
        if let Some(name) = body.strip_prefix('/') {
            return self.close(name.trim());
        }
        if body.starts_with(|c: char| c.is_ascii_digit()) {
            let time =
                timestamp(body.trim()).and_then(|time| time.checked_add_signed(self.offset_ms));
            if let Some(time) = time.filter(|_| self.take_node()) {
                self.nodes.push(Node::Timestamp(time));
            }
            return;
        }
        let (name, annotation) = match body.find([' ', '\t', '\n']) {
            Some(at) => body.split_at(at),
            None => (body, ""),
        };
        let mut parts = name.split('.');
        let name = parts.next().unwrap_or_default();
        let annotation = || html_escape::decode_html_entities(annotation.trim()).into_owned();
        let tag = match name {
            "c" => Tag::Class,
            "b" => Tag::Bold,
            "i" => Tag::Italic,
            "u" => Tag::Underline,
            "ruby" => Tag::Ruby,
            "rt" if self.current() == Some(&Tag::Ruby) => Tag::RubyText,
            "v" => Tag::Voice(annotation()),
            "lang" => Tag::Language(annotation()),
            _ => return, // unknown tags are ignored, as by browsers
        };
        self.open(tag, parts.take(64).map(str::to_owned).collect());
    }

    fn current(&self) -> Option<&Tag> {
        self.open.last().map(|(element, _)| &element.tag)
    }

    fn take_node(&mut self) -> bool {
        let is_left = self.count < NODES_LIMIT;
        self.count += usize::from(is_left);
        is_left
    }

    fn open(&mut self, tag: Tag, classes: Vec<String>) {
        if self.too_deep > 0 || self.open.len() >= DEPTH_LIMIT || !self.take_node() {
            self.too_deep += 1;
            return;
        }
        let element = Element { tag, classes, children: Vec::new() };
        self.open.push((element, std::mem::take(&mut self.nodes)));
    }

    /// Closes the current element if it has this name. The end of a ruby also closes its annotation.
    fn close(&mut self, name: &str) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let Some(current) = self.current() else { return };
        let is_current = match current {
            Tag::Class => name == "c",
            Tag::Bold => name == "b",
            Tag::Italic => name == "i",
            Tag::Underline => name == "u",
            Tag::Ruby => name == "ruby",
            Tag::RubyText => name == "rt" || name == "ruby",
            Tag::Voice(_) => name == "v",
            Tag::Language(_) => name == "lang",
        };
        if is_current {
            let is_annotation = *current == Tag::RubyText;
            self.pop();
            if is_annotation && name == "ruby" {
                self.pop();
            }
        }
    }

    fn pop(&mut self) {
        if let Some((mut element, before)) = self.open.pop() {
            element.children = std::mem::replace(&mut self.nodes, before);
            self.nodes.push(Node::Element(Box::new(element)));
        }
    }

    fn finish(mut self) -> Vec<Node> {
        while !self.open.is_empty() {
            self.pop();
        }
        self.nodes
    }
}

/// Parses a time stamp in a text (WebVTT, section 3.3), which is stricter than the times of cues. Returns milliseconds.
pub(crate) fn timestamp(text: &str) -> Option<u64> {
    let (seconds, fraction) = text.split_once('.')?;
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        let is_number = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_: &u64| is_number)
    };
    let mut parts = seconds.rsplit(':');
    let seconds = number(parts.next()?, 2..=2).filter(|seconds| *seconds < 60)?;
    let minutes = number(parts.next()?, 2..=2).filter(|minutes| *minutes < 60)?;
    let hours = parts.next().map_or(Some(0), |hours| number(hours, 2..=9))?;
    let time = ((hours * 60 + minutes) * 60 + seconds) * 1000 + number(fraction, 3..=3)?;
    (parts.next().is_none() && time < TIME_LIMIT_MS).then_some(time)
}

#[cfg(test)]
mod tests;
