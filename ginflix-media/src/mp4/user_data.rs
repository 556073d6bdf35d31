//! User data: tags, chapters and kinds of tracks (ISO/IEC 14496-12, section 8.10; the texts of QuickTime; the chapter
//! list of Nero).

use super::boxes;
use super::item_list;
use super::movie::Movie;
use crate::source::{Result, Source, Span, u64_at};
use crate::text;

/// The most bytes of user data that are read: covers are larger, and are skipped.
const USER_DATA_LIMIT_BYTES: usize = 256 * 1024;
/// The most chapters that are kept.
pub const CHAPTERS_LIMIT: usize = 1_000;

/// Reads the user data of a movie.
pub fn read(source: &mut Source<'_>, content: Span, movie: &mut Movie) -> Result<()> {
    for child in boxes::children(source, content)? {
        match &child.kind {
            b"chpl" => {
                let list = source.vec(child.content, USER_DATA_LIMIT_BYTES)?;
                movie.chapter_list = read_chapter_list(&list);
            }
            b"meta" => read_meta(source, child.content, movie)?,
            kind => {
                let Some(name) = item_list::name(kind) else { continue };
                let content = source.vec(child.content, text::TEXT_LIMIT_BYTES)?;
                // The length and the language code come first.
                let text = String::from_utf8_lossy(content.get(4..).unwrap_or_default());
                movie.tags.put(name, &text);
            }
        }
    }
    movie.title = movie.title.take().or(movie.tags.title.take());
    Ok(())
}

/// Reads metadata. Its title is that of the movie, before one in the user data.
pub fn read_meta(source: &mut Source<'_>, content: Span, movie: &mut Movie) -> Result<()> {
    let other = movie.tags.title.take();
    item_list::read(source, content, &mut movie.tags)?;
    movie.title = movie.title.take().or(movie.tags.title.take());
    movie.tags.title = other;
    Ok(())
}

/// Reads a chapter list: start in units of 100 ns, and title.
fn read_chapter_list(list: &[u8]) -> Vec<(u64, String)> {
    let at = if list.first() == Some(&0) { 4 } else { 8 };
    let count = list.get(at).copied().unwrap_or_default();
    let (mut chapters, mut at) = (Vec::new(), at + 1);
    for _ in 0..count {
        let Some(length) = list.get(at + 8) else { break };
        let end = at + 9 + usize::from(*length);
        let Some(title) = list.get(at + 9..end) else { break };
        chapters.push((u64_at(list, at), text::decode(title).unwrap_or_default()));
        at = end;
    }
    chapters
}

/// What the user data of a track states.
#[derive(Debug, Default)]
pub struct Kinds {
    /// The name of the track.
    pub name: Option<String>,
    /// Whether it is a forced subtitle.
    pub forced: bool,
    /// Whether it is for people with hearing impairments.
    pub hearing_impaired: bool,
}

impl Kinds {
    /// Reads the user data of a track: its name, and its roles by the scheme of DASH (ISO/IEC 23009-1,
    /// section 5.8.5.5).
    pub fn read(source: &mut Source<'_>, content: Span) -> Result<Self> {
        let mut kinds = Self::default();
        for child in boxes::children(source, content)? {
            let content = source.vec(child.content, text::TEXT_LIMIT_BYTES)?;
            match &child.kind {
                b"name" => kinds.name = text::decode(&content),
                b"kind" => {
                    let mut texts = content.get(4..).unwrap_or_default().split(|byte| *byte == 0);
                    let (scheme, role) = (texts.next(), texts.next());
                    if scheme == Some(b"urn:mpeg:dash:role:2011") {
                        kinds.forced |=
                            role == Some(b"forced-subtitle") || role == Some(b"forced_subtitle");
                        kinds.hearing_impaired |= role == Some(b"caption");
                    }
                }
                _ => {}
            }
        }
        Ok(kinds)
    }
}
