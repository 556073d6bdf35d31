//! Text renditions in master playlists (RFC 8216, section 4.3.4.1).

use super::{UriSuffix, language, push, quoted, unique_name, yes};
use crate::rendition::{RenditionKind, TextInfo};
use crate::resource::{RenditionName, Resource};

/// The identifier of the group of text renditions.
pub(super) const TEXT_GROUP: &str = "text";

/// A text rendition, which is WebVTT (RFC 8216, section 3.5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextRendition {
    /// The URI of its media playlist, relative to the master playlist and without the suffix.
    pub uri: String,
    /// The name for people. If several have the same, numbers are added.
    pub name: String,
    /// The title that the text itself has.
    pub title: Option<String>,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// Whether players select it by default. Of several, the first is.
    pub is_default: bool,
    /// Whether it is shown even if no subtitles are wanted.
    pub is_forced: bool,
    /// Whether it is made for people with hearing impairments.
    pub is_for_hearing_impaired: bool,
}

impl TextRendition {
    /// Describes the text with this number, from 0, which is that of its paths. A text without a name gets that of its
    /// language.
    pub fn new(number: usize, info: &TextInfo) -> Self {
        let name = RenditionName { kind: RenditionKind::Text, number };
        let stated = info.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let fallback = || {
            let language = info.language.as_deref().map(language::name);
            let purpose = match (info.is_forced, info.is_for_hearing_impaired) {
                (true, _) => " (forced)",
                (_, true) => " (hearing impaired)",
                _ => "",
            };
            language.unwrap_or_else(|| format!("Subtitles {}", number + 1)) + purpose
        };
        Self {
            uri: Resource::Playlist(name).to_string(),
            name: stated.map_or_else(fallback, str::to_owned),
            title: stated.map(str::to_owned),
            language: info.language.clone(),
            is_default: info.is_default,
            is_forced: info.is_forced,
            is_for_hearing_impaired: info.is_for_hearing_impaired,
        }
    }

    /// Returns what renditions that players select by themselves should differ in.
    fn selection(&self) -> (Option<&str>, bool, bool) {
        (self.language.as_deref(), self.is_forced, self.is_for_hearing_impaired)
    }
}

/// Returns the names of texts, to which numbers are added where several are the same.
pub fn unique_names(texts: &[TextRendition]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for text in texts {
        names.push(unique_name(text.name.clone(), &names));
    }
    names
}

/// Writes the tags of the text renditions. No two have the same name, one at most is the default, and players select one
/// by themselves of those with the same language and purpose.
pub(super) fn media(texts: &[TextRendition], suffix: &UriSuffix) -> Vec<String> {
    let default = texts.iter().position(|text| text.is_default);
    let mut selectable: Vec<_> =
        default.and_then(|at| texts.get(at)).map(TextRendition::selection).into_iter().collect();
    let mut lines = Vec::new();
    for ((position, text), name) in texts.iter().enumerate().zip(unique_names(texts)) {
        let is_default = default == Some(position);
        let is_first = !selectable.contains(&text.selection());
        if is_first {
            selectable.push(text.selection());
        }
        lines.push(tag(text, &name, [is_default, is_default || is_first], suffix));
    }
    lines
}

/// Writes a tag; `selected` says whether players select the rendition by default, and whether by themselves.
fn tag(text: &TextRendition, name: &str, selected: [bool; 2], suffix: &UriSuffix) -> String {
    let [is_default, is_selectable] = selected;
    let mut line = format!(
        "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"{TEXT_GROUP}\",NAME={},DEFAULT={},AUTOSELECT={},FORCED={}",
        quoted(name),
        yes(is_default),
        yes(is_selectable),
        yes(text.is_forced),
    );
    if let Some(language) = &text.language {
        push(&mut line, format_args!(",LANGUAGE={}", quoted(language)));
    }
    if text.is_for_hearing_impaired {
        line.push_str(",CHARACTERISTICS=\"public.accessibility.transcribes-spoken-dialog,");
        line.push_str("public.accessibility.describes-music-and-sound\"");
    }
    push(&mut line, format_args!(",URI=\"{}{suffix}\"", text.uri));
    line
}
