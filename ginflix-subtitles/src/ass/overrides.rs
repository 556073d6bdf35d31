//! Override blocks: what is between braces in the text of an event.

use super::header::from_v4;

/// An override tag that is not ignored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Override<'a> {
    /// Bold on or off; `None` is as in the style.
    Bold(Option<bool>),
    /// Italic on or off; `None` is as in the style.
    Italic(Option<bool>),
    /// Underlined on or off; `None` is as in the style.
    Underline(Option<bool>),
    /// The part of the text that is placed, as the keys of a number pad.
    Alignment(u8),
    /// Where the text is placed, in pixels of the script.
    Position([f64; 2]),
    /// What follows is a drawing, or is none.
    Drawing(bool),
    /// The style with this name follows, or the event's own if it is empty.
    Reset(&'a str),
}

/// Returns the tags of an override block, such as `\i1\pos(10,20)`.
pub(crate) fn overrides(block: &str) -> impl Iterator<Item = Override<'_>> {
    let mut rest = block;
    std::iter::from_fn(move || {
        loop {
            let (_, tags) = rest.split_once('\\')?;
            let (tag, after) = tags.split_at_checked(tag_length(tags))?;
            rest = after;
            if let Some(found) = parse(tag.trim()) {
                return Some(found);
            }
        }
    })
}

/// Returns the length of the first tag: up to the next one that is not in its parentheses.
fn tag_length(tags: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in tags.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth <= 1 => return at + 1,
            b')' => depth -= 1,
            b'\\' if depth == 0 => return at,
            _ => {}
        }
    }
    tags.len()
}

fn parse(tag: &str) -> Option<Override<'_>> {
    let number = |name: &str| tag.strip_prefix(name)?.trim().parse::<u16>().ok();
    let switch = |name: &str| {
        let value = tag.strip_prefix(name)?.trim();
        // A weight from 600 is bold.
        let is_on = |number: u16| number == 1 || number >= 600;
        if value.is_empty() { Some(None) } else { Some(Some(is_on(value.parse().ok()?))) }
    };
    if let Some(key) = number("an") {
        return u8::try_from(key).ok().filter(|key| (1..=9).contains(key)).map(Override::Alignment);
    }
    if let Some(number) = number("a") {
        return u8::try_from(number).ok().and_then(from_v4).map(Override::Alignment);
    }
    if let Some(coordinates) = tag.strip_prefix("pos").or_else(|| tag.strip_prefix("move")) {
        let coordinates = coordinates.trim().strip_prefix('(')?.trim_end_matches(')');
        let mut numbers = coordinates.split(',').map(|number| number.trim().parse().ok());
        let at = [numbers.next()??, numbers.next()??];
        return at.iter().all(|n: &f64| n.is_finite()).then_some(Override::Position(at));
    }
    if let Some(scale) = number("p") {
        return Some(Override::Drawing(scale > 0));
    }
    if let Some(style) = tag.strip_prefix('r') {
        return Some(Override::Reset(style));
    }
    let italic = || switch("i").map(Override::Italic);
    let underline = || switch("u").map(Override::Underline);
    switch("b").map(Override::Bold).or_else(italic).or_else(underline)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_among_others() {
        let block =
            r"\fad(100,200)\b1comment\i1\be1\bord2\t(0,5,\i0\clip(1,2))\u\blur3\iclip(1)\b700\b400";
        let found: Vec<_> = overrides(block).collect();
        let expected = [
            Override::Italic(Some(true)),
            Override::Underline(None),
            Override::Bold(Some(true)),
            Override::Bold(Some(false)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn places_are_read() {
        for (tag, found) in [
            (r"\an8", Some(Override::Alignment(8))),
            (r"\an0", None),
            (r"\an10", None),
            (r"\a6", Some(Override::Alignment(8))),
            (r"\a4", None),
            (r"\alpha&HFF&", None),
            (r"\pos(1.5, -20)", Some(Override::Position([1.5, -20.0]))),
            (r"\pos(1", None),
            (r"\pos(nan,inf)", None),
            (r"\move(10,20,30,40)", Some(Override::Position([10.0, 20.0]))),
            (r"\p1", Some(Override::Drawing(true))),
            (r"\p0", Some(Override::Drawing(false))),
            (r"\pbo5", None),
            (r"\rSign", Some(Override::Reset("Sign"))),
            (r"\k50", None),
            ("no tag", None),
        ] {
            assert_eq!(overrides(tag).next(), found, "{tag}");
        }
    }
}
