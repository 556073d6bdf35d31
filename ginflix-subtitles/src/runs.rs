//! Styled text as the older formats have it: styles are switched on and off in any order.

use crate::text::{Element, Node, TEXT_LIMIT_CHARS, Tag};

/// The style of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) underline: bool,
    /// A class of WebVTT that stands for a colour.
    pub(crate) color: Option<&'static str>,
}

/// A text and its styles.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    text: String,
    /// The styles, and where in the text each of them ends.
    styles: Vec<(Style, usize)>,
    characters: usize,
}

impl Runs {
    /// Appends a text. Texts far beyond the limit are left out.
    pub(crate) fn push(&mut self, style: Style, text: &str) {
        if text.is_empty() || self.characters > TEXT_LIMIT_CHARS {
            return;
        }
        self.characters += text.chars().count();
        self.text.push_str(text);
        match self.styles.last_mut() {
            Some((last, end)) if *last == style => *end = self.text.len(),
            _ => self.styles.push((style, self.text.len())),
        }
    }

    /// The number of lines that are not empty; at least 1.
    pub(crate) fn lines(&self) -> usize {
        self.text.lines().filter(|line| !line.trim().is_empty()).count().max(1)
    }

    /// Makes a tree of the runs, in which the elements of equal styles are joined.
    pub(crate) fn into_nodes(self) -> Vec<Node> {
        const ORDER: [Attribute; 4] =
            [Attribute::Color, Attribute::Italic, Attribute::Bold, Attribute::Underline];
        let mut nodes = Vec::new();
        nest(&self.text, 0, &self.styles, &ORDER, &mut nodes);
        nodes
    }
}

/// A part of a style.
#[derive(Clone, Copy)]
enum Attribute {
    Color,
    Italic,
    Bold,
    Underline,
}

impl Attribute {
    /// The element and the class that express this part of a style. `None` if it is off.
    fn of(self, style: Style) -> Option<(Tag, Option<&'static str>)> {
        match self {
            Self::Color => style.color.map(|color| (Tag::Class, Some(color))),
            Self::Italic => style.italic.then_some((Tag::Italic, None)),
            Self::Bold => style.bold.then_some((Tag::Bold, None)),
            Self::Underline => style.underline.then_some((Tag::Underline, None)),
        }
    }
}

/// Appends a tree of the runs of a text from `start` on.
fn nest(
    text: &str,
    mut start: usize,
    runs: &[(Style, usize)],
    attributes: &[Attribute],
    nodes: &mut Vec<Node>,
) {
    let end_of = |runs: &[(Style, usize)]| runs.last().map_or(0, |(_, end)| *end);
    let Some((first, others)) = attributes.split_first() else {
        let text = text.get(start..end_of(runs)).unwrap_or_default();
        return nodes.push(Node::Text(text.to_owned()));
    };
    for group in runs.chunk_by(|a, b| first.of(a.0) == first.of(b.0)) {
        match group.first().and_then(|run| first.of(run.0)) {
            None => nest(text, start, group, others, nodes),
            Some((tag, class)) => {
                let classes = class.into_iter().map(str::to_owned).collect();
                let mut children = Vec::new();
                nest(text, start, group, others, &mut children);
                nodes.push(Node::Element(Box::new(Element { tag, classes, children })));
            }
        }
        start = end_of(group);
    }
}
