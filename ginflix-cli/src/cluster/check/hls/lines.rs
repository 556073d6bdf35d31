//! Reads the lines and attribute lists of playlists (RFC 8216, sections 4.1 and 4.2).
//!
//! Parsers of playlists return what they understood. The rules are about what is in the text, such as a tag that occurs twice or a
//! first line that is missing, and faults name the line; so the lines are read here.

use super::fault::PlaylistFaults;

/// A line that players read: neither blank nor a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaylistLine<'a> {
    /// The number, from 1.
    pub number: usize,
    /// The content.
    pub content: LineContent<'a>,
}

/// The content of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineContent<'a> {
    /// A tag: its name without `#`, and what follows the colon.
    Tag(&'a str, &'a str),
    /// A URI.
    Uri(&'a str),
}

/// Checks that a playlist is text, and returns the part of it that is.
pub fn text<'a>(content: &'a [u8], faults: &mut PlaylistFaults<'_>) -> &'a str {
    const ENCODING: &str = "RFC 8216, section 4.1";
    let text = match str::from_utf8(content) {
        Ok(text) => text,
        Err(error) => {
            faults.add(ENCODING, format!("byte {} is not UTF-8", error.valid_up_to()));
            str::from_utf8(&content[..error.valid_up_to()]).unwrap_or_default()
        }
    };
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            faults.at(1, ENCODING, "the text begins with a byte order mark");
            rest
        }
        None => text,
    };
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(control) = line.chars().find(|c| c.is_control()) {
            let code = u32::from(control);
            faults.at(number, ENCODING, format!("there is the control character U+{code:04X}"));
        }
    }
    if text.lines().next() != Some("#EXTM3U") {
        faults.at(1, "RFC 8216, section 4.3.1.1", "the first line is not #EXTM3U");
    }
    text
}

/// Iterates over the lines that players read.
pub fn lines(text: &str) -> impl Iterator<Item = PlaylistLine<'_>> {
    (1..).zip(text.lines()).filter_map(|(number, line)| {
        let content = match line.strip_prefix('#') {
            Some(tag) if tag.starts_with("EXT") => {
                let (name, value) = tag.split_once(':').unwrap_or((tag, ""));
                LineContent::Tag(name, value)
            }
            Some(_comment) => return None,
            None if line.trim().is_empty() => return None,
            None => LineContent::Uri(line),
        };
        Some(PlaylistLine { number, content })
    })
}

/// A list of attributes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttributeList(Vec<(String, String)>);

impl AttributeList {
    /// Parses a list.
    ///
    /// # Errors
    /// What is wrong with the syntax, as a clause.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut list, mut rest) = (Self::default(), text);
        while !rest.is_empty() {
            let Some((name, after)) = rest.split_once('=') else {
                return Err(format!("`{}` has no value", shortened(rest)));
            };
            let is_letter = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty() || !name.chars().all(is_letter) {
                return Err(format!("`{}` is no name of an attribute", shortened(name)));
            }
            if list.get(name).is_some() {
                return Err(format!("the attribute {name} occurs twice"));
            }
            let (value, after) =
                value(after).ok_or_else(|| format!("the value of {name} does not end"))?;
            list.0.push((name.to_owned(), value.to_owned()));
            rest = match after.strip_prefix(',') {
                Some(rest) => rest,
                None if after.is_empty() => after,
                None => return Err(format!("no comma follows the value of {name}")),
            };
        }
        Ok(list)
    }

    /// Returns the value of an attribute, without quotation marks.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of an attribute that is a decimal integer.
    pub fn integer(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}

/// Splits a text after the value at its start.
fn value(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"');
    }
    let end = text.find(',').unwrap_or(text.len());
    Some(text.split_at(end))
}

/// Returns the beginning of a text, for a message.
pub fn shortened(text: &str) -> String {
    const LENGTH_LIMIT: usize = 60;
    match text.char_indices().nth(LENGTH_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(content: &[u8]) -> Vec<(String, &'static str, String)> {
        let mut faults = PlaylistFaults::new("video.m3u8");
        text(content, &mut faults);
        faults.into_vec().into_iter().map(|f| (f.place, f.rule, f.found)).collect()
    }

    #[test]
    fn what_is_no_text_of_a_playlist_breaks_a_rule() {
        assert_eq!(faults(b"#EXTM3U\n#EXTINF:1,\xC3\xBC\r\na.mp4\r\n"), []);
        for (content, line, rule, found) in [
            (&b"#EXTM3U\nab\xFFc"[..], "", "RFC 8216, section 4.1", "byte 10 is not UTF-8"),
            (b"\xEF\xBB\xBF#EXTM3U\n", ", line 1", "RFC 8216, section 4.1", "byte order mark"),
            (b"#EXTM3U\n\na\x07", ", line 3", "RFC 8216, section 4.1", "U+0007"),
            (b"\n#EXTM3U\n", ", line 1", "RFC 8216, section 4.3.1.1", "not #EXTM3U"),
            (b"<html>", ", line 1", "RFC 8216, section 4.3.1.1", "not #EXTM3U"),
            (b"", ", line 1", "RFC 8216, section 4.3.1.1", "not #EXTM3U"),
        ] {
            let faults = faults(content);
            let [(place, own_rule, own)] = &faults[..] else { panic!("{faults:?}") };
            assert_eq!((place, *own_rule), (&format!("video.m3u8{line}"), rule));
            assert!(own.contains(found), "{own}");
        }
    }

    #[test]
    fn comments_and_blank_lines_are_left_out() {
        let text = "#EXTM3U\n# a comment\n\n#EXTINF:6.0,Title: x\nvideo/1.m4s\n";
        let read: Vec<_> = lines(text).map(|line| (line.number, line.content)).collect();
        let expected = [
            (1, LineContent::Tag("EXTM3U", "")),
            (4, LineContent::Tag("EXTINF", "6.0,Title: x")),
            (5, LineContent::Uri("video/1.m4s")),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn values_may_be_quoted() {
        let list = AttributeList::parse("TYPE=AUDIO,NAME=\"a,b=c\",BANDWIDTH=12,X-A=0x1F").unwrap();
        assert_eq!(list.get("NAME"), Some("a,b=c"));
        assert_eq!((list.integer("BANDWIDTH"), list.integer("X-A")), (Some(12), None));
        assert_eq!(list.get("X-A"), Some("0x1F"));
        assert_eq!(list.get("OTHER"), None);
        for (text, found) in [
            ("NAME=\"a", "does not end"),
            ("NAME=\"a\"b", "no comma"),
            ("A=1,A=2", "occurs twice"),
            ("A=1,B", "has no value"),
            ("a=1", "no name"),
            ("=1", "no name"),
        ] {
            assert!(AttributeList::parse(text).unwrap_err().contains(found), "{text}");
        }
        assert_eq!(shortened(&"ü".repeat(70)), format!("{}…", "ü".repeat(60)));
    }
}
