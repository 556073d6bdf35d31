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

/// Texts and their styles.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    runs: Vec<(Style, String)>,
    characters: usize,
}

impl Runs {
    /// Appends a text. Texts far beyond the limit are left out.
    pub(crate) fn push(&mut self, style: Style, text: &str) {
        if text.is_empty() || self.characters > TEXT_LIMIT_CHARS {
            return;
        }
        self.characters += text.chars().count();
        match self.runs.last_mut() {
            Some((last, before)) if *last == style => before.push_str(text),
            _ => self.runs.push((style, text.to_owned())),
        }
    }

    /// The number of lines, without those at the start and the end that are empty.
    pub(crate) fn lines(&self) -> usize {
        let text: String = self.runs.iter().map(|(_, text)| text.as_str()).collect();
        text.trim().lines().filter(|line| !line.trim().is_empty()).count().max(1)
    }

    /// Makes a tree of the runs, in which the elements of equal styles are joined.
    pub(crate) fn into_nodes(self) -> Vec<Node> {
        nest(
            &self.runs,
            &[Attribute::Color, Attribute::Italic, Attribute::Bold, Attribute::Underline],
        )
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

fn nest(runs: &[(Style, String)], attributes: &[Attribute]) -> Vec<Node> {
    let Some((first, others)) = attributes.split_first() else {
        return vec![Node::Text(runs.iter().map(|(_, text)| text.as_str()).collect())];
    };
    let mut nodes = Vec::new();
    for group in runs.chunk_by(|a, b| first.of(a.0) == first.of(b.0)) {
        let children = nest(group, others);
        match group.first().and_then(|run| first.of(run.0)) {
            None => nodes.extend(children),
            Some((tag, class)) => {
                let classes = class.into_iter().map(str::to_owned).collect();
                nodes.push(Node::Element(Box::new(Element { tag, classes, children })));
            }
        }
    }
    nodes
}
