//! The text of SubRip: tags of HTML, character references, and override blocks of SubStation Alpha.

use crate::ass::{Override, overrides};
use crate::placement::Placement;
use crate::runs::{Runs, Style};
use crate::settings::Settings;
use crate::text::{DEPTH_LIMIT, Node};

/// Parses the text of a cue. Also returns its place if the text states one.
pub(crate) fn parse(text: &str) -> (Vec<Node>, Option<Settings>) {
    let mut markup = Markup::default();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '{', '\\']) {
        let (plain, special) = rest.split_at(at);
        markup.pending.push_str(plain);
        rest = markup.special(special);
    }
    markup.pending.push_str(rest);
    markup.flush();
    let lines = markup.runs.lines();
    let placement = markup.alignment.map(|alignment| Placement { alignment, at: None });
    (markup.runs.into_nodes(), placement.map(|placement| placement.settings(lines)))
}

/// The state of the parser.
#[derive(Default)]
struct Markup {
    runs: Runs,
    /// Text that has the current style and may have character references.
    pending: String,
    bold: u32,
    italic: u32,
    underline: u32,
    /// The colours of the fonts that are open.
    fonts: Vec<Option<&'static str>>,
    /// The fonts that are open beyond the limit.
    further_fonts: usize,
    alignment: Option<u8>,
}

impl Markup {
    fn flush(&mut self) {
        let style = Style {
            bold: self.bold > 0,
            italic: self.italic > 0,
            underline: self.underline > 0,
            color: self.fonts.iter().rev().find_map(|color| *color),
        };
        self.runs.push(style, &html_escape::decode_html_entities(&self.pending));
        self.pending.clear();
    }

    /// Handles what starts with `<`, `{` or a backslash, and returns what follows it.
    fn special<'a>(&mut self, text: &'a str) -> &'a str {
        if let Some(rest) = text.strip_prefix("\\N") {
            self.pending.push('\n');
            return rest;
        }
        if let Some((body, rest)) = enclosed(text, '<', '>')
            && self.tag(body)
        {
            return rest;
        }
        if let Some((body, rest)) = enclosed(text, '{', '}')
            && self.block(body)
        {
            return rest;
        }
        let mut characters = text.chars();
        self.pending.extend(characters.next());
        characters.as_str()
    }

    /// Handles a tag. False if it is none, and thus text.
    fn tag(&mut self, body: &str) -> bool {
        let body = body.trim();
        let (is_end, body) =
            body.strip_prefix('/').map_or((false, body), |body| (true, body.trim()));
        let length = body.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (name, attributes) = body.split_at_checked(length).unwrap_or((body, ""));
        if !(attributes.is_empty() || attributes.starts_with([' ', '/', '.', '\t', '='])) {
            return false;
        }
        match name.to_ascii_lowercase().as_str() {
            "b" | "strong" => self.count(|markup| &mut markup.bold, is_end),
            "i" | "em" => self.count(|markup| &mut markup.italic, is_end),
            "u" | "ins" => self.count(|markup| &mut markup.underline, is_end),
            "font" => self.font(attributes, is_end),
            "br" => self.pending.push('\n'),
            name => return IGNORED.contains(&name),
        }
        true
    }

    fn count(&mut self, counter: fn(&mut Self) -> &mut u32, is_end: bool) {
        self.flush();
        let counter = counter(self);
        *counter = if is_end { counter.saturating_sub(1) } else { counter.saturating_add(1) };
    }

    fn font(&mut self, attributes: &str, is_end: bool) {
        self.flush();
        if is_end && self.further_fonts > 0 {
            self.further_fonts -= 1;
        } else if is_end {
            self.fonts.pop();
        } else if self.fonts.len() < DEPTH_LIMIT {
            self.fonts.push(color(attributes));
        } else {
            self.further_fonts += 1;
        }
    }

    /// Handles an override block, or a code of MicroDVD such as `{y:i}`. False if it is none, and thus text.
    fn block(&mut self, body: &str) -> bool {
        let is_code =
            body.starts_with(|c: char| c.is_ascii_alphabetic()) && body.get(1..2) == Some(":");
        if !body.starts_with('\\') {
            return is_code;
        }
        self.flush();
        for tag in overrides(body) {
            let switch = |is_on: Option<bool>| u32::from(is_on.unwrap_or_default());
            match tag {
                Override::Bold(is_on) => self.bold = switch(is_on),
                Override::Italic(is_on) => self.italic = switch(is_on),
                Override::Underline(is_on) => self.underline = switch(is_on),
                Override::Alignment(key) => self.alignment = self.alignment.or(Some(key)),
                Override::Reset(_) => (self.bold, self.italic, self.underline) = (0, 0, 0),
                Override::Position(_) | Override::Drawing(_) => {}
            }
        }
        true
    }
}

/// Elements of HTML and WebVTT that are removed; other words in angle brackets are text.
const IGNORED: [&str; 27] = [
    "a", "big", "body", "c", "center", "code", "del", "div", "head", "html", "lang", "nobr", "p",
    "q", "rp", "rt", "ruby", "s", "small", "span", "strike", "style", "sub", "sup", "tt", "v",
    "blink",
];

/// Returns what is between two brackets on one line, and what follows.
fn enclosed(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let text = text.strip_prefix(open)?;
    let end = text.find([open, close, '\n'])?;
    let (body, rest) = text.split_at_checked(end)?;
    Some((body, rest.strip_prefix(close)?))
}

/// The class of WebVTT for the colour of a font. `None` for white and black, which would not be seen on a black background, and
/// for colours that are not near one that has a class.
fn color(attributes: &str) -> Option<&'static str> {
    let attributes: String = attributes.chars().take(200).collect::<String>().to_ascii_lowercase();
    let (_, value) = attributes.split_once("color")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let value = value.split(['"', '\'', ' ', '>', ';']).next()?;
    match value {
        "red" => return Some("red"),
        "lime" | "green" => return Some("lime"),
        "blue" => return Some("blue"),
        "yellow" => return Some("yellow"),
        "cyan" | "aqua" => return Some("cyan"),
        "magenta" | "fuchsia" => return Some("magenta"),
        _ => {}
    }
    let hex = value.strip_prefix('#').unwrap_or(value);
    let number = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6)?;
    let [_, red, green, blue] = number.to_be_bytes();
    let is_on = |channel: u8| match channel {
        0..=0x60 => Some(false),
        0xA0.. => Some(true),
        _ => None,
    };
    match (is_on(red)?, is_on(green)?, is_on(blue)?) {
        (true, false, false) => Some("red"),
        (false, true, false) => Some("lime"),
        (false, false, true) => Some("blue"),
        (true, true, false) => Some("yellow"),
        (false, true, true) => Some("cyan"),
        (true, false, true) => Some("magenta"),
        _ => None,
    }
}
