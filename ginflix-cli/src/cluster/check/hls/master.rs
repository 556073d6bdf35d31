//! The rules of master playlists (RFC 8216, section 4.3.4).

use super::fault::{PlaylistFaults, RuleFault};
use super::lines::{self, AttributeList, LineContent, PlaylistLine, shortened};

/// The rule of the syntax of attributes.
const ATTRIBUTES: &str = "RFC 8216, section 4.2";
/// The rule of the tag `EXT-X-MEDIA`.
const MEDIA: &str = "RFC 8216, section 4.3.4.1";
/// The rule of groups of renditions.
const GROUPS: &str = "RFC 8216, section 4.3.4.1.1";
/// The rule of the tag `EXT-X-STREAM-INF`.
const VARIANT: &str = "RFC 8216, section 4.3.4.2";
/// The rule of the attributes that name groups.
const GROUPS_OF_VARIANTS: &str = "RFC 8216, section 4.3.4.2.1";
/// The rule of the tag `EXT-X-I-FRAME-STREAM-INF`.
const I_FRAMES: &str = "RFC 8216, section 4.3.4.3";

/// What a media playlist is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaylistRole {
    /// A variant: the video, or the audio of a file without video.
    Variant,
    /// A rendition of audio.
    Audio,
    /// A rendition of text.
    Text,
    /// I-frames.
    IFrames,
}

/// A media playlist that a master playlist names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPlaylist {
    /// What it is for.
    pub role: PlaylistRole,
    /// The URI.
    pub uri: String,
    /// The value of `BANDWIDTH` in bits a second; for a rendition of audio that of the first variant. 0 if there is none.
    pub bandwidth: u64,
}

/// A tag with attributes, and its line.
type Tagged = (usize, AttributeList);

/// The tags of a master playlist.
#[derive(Debug, Default)]
struct MasterTags {
    variants: Vec<(Tagged, Option<String>)>,
    media: Vec<Tagged>,
    i_frames: Vec<Tagged>,
}

/// Reads a master playlist. Returns the media playlists that it names, each once, and what breaks a rule.
pub fn read(name: &str, content: &[u8]) -> (Vec<NamedPlaylist>, Vec<RuleFault>) {
    let mut faults = PlaylistFaults::new(name);
    let text = lines::text(content, &mut faults);
    let tags = MasterTags::read(text, &mut faults);
    tags.check_variants(&mut faults);
    tags.check_media(&mut faults);
    tags.check_i_frames(&mut faults);
    (tags.playlists(), faults.into_vec())
}

impl MasterTags {
    fn read(text: &str, faults: &mut PlaylistFaults<'_>) -> Self {
        let mut tags = Self::default();
        // An `EXT-X-STREAM-INF` applies to the next line, which must be a URI.
        let mut open_variant: Option<Tagged> = None;
        for PlaylistLine { number, content } in lines::lines(text) {
            if let LineContent::Uri(uri) = content {
                match open_variant.take() {
                    Some(variant) => tags.variants.push((variant, Some(uri.to_owned()))),
                    None => faults.at(number, VARIANT, "the URI follows no EXT-X-STREAM-INF"),
                }
                continue;
            }
            tags.variants.extend(open_variant.take().map(|variant| (variant, None)));
            let LineContent::Tag(tag, value) = content else { continue };
            match tag {
                "EXT-X-STREAM-INF" => open_variant = attributes(number, value, faults),
                "EXT-X-MEDIA" => tags.media.extend(attributes(number, value, faults)),
                "EXT-X-I-FRAME-STREAM-INF" => {
                    tags.i_frames.extend(attributes(number, value, faults));
                }
                "EXTINF" | "EXT-X-TARGETDURATION" | "EXT-X-ENDLIST" | "EXT-X-MAP" => {
                    let found = format!("{tag} belongs into a media playlist");
                    faults.at(number, "RFC 8216, section 4.3", found);
                }
                _ => {}
            }
        }
        tags.variants.extend(open_variant.map(|variant| (variant, None)));
        tags
    }

    fn check_variants(&self, faults: &mut PlaylistFaults<'_>) {
        if self.variants.is_empty() {
            faults.add(VARIANT, "there is no EXT-X-STREAM-INF");
        }
        for ((line, variant), uri) in &self.variants {
            check_bandwidth(*line, variant, VARIANT, faults);
            if uri.is_none() {
                faults.at(*line, VARIANT, "no URI follows the tag");
            }
            for (attribute, kind) in
                [("AUDIO", "AUDIO"), ("SUBTITLES", "SUBTITLES"), ("VIDEO", "VIDEO")]
            {
                let Some(group) = variant.get(attribute) else { continue };
                let is_group = |media: &AttributeList| {
                    media.get("TYPE") == Some(kind) && media.get("GROUP-ID") == Some(group)
                };
                if !self.media.iter().any(|(_, media)| is_group(media)) {
                    let group = shortened(group);
                    let found =
                        format!("{attribute} names the group `{group}`, which has no rendition");
                    faults.at(*line, GROUPS_OF_VARIANTS, found);
                }
            }
        }
    }

    fn check_media(&self, faults: &mut PlaylistFaults<'_>) {
        for (position, (line, media)) in self.media.iter().enumerate() {
            for attribute in ["TYPE", "GROUP-ID", "NAME"] {
                if media.get(attribute).is_none() {
                    faults.at(*line, MEDIA, format!("{attribute} is missing"));
                }
            }
            if media.get("TYPE") == Some("SUBTITLES") && media.get("URI").is_none() {
                faults.at(*line, MEDIA, "URI is missing");
            }
            if media.get("DEFAULT") == Some("YES") && media.get("AUTOSELECT") == Some("NO") {
                faults.at(*line, MEDIA, "AUTOSELECT is NO, although DEFAULT is YES");
            }
            let group = |media: &AttributeList| {
                (media.get("TYPE").map(str::to_owned), media.get("GROUP-ID").map(str::to_owned))
            };
            let earlier = self.media.iter().take(position).map(|(_, earlier)| earlier);
            let earlier: Vec<_> = earlier.filter(|other| group(other) == group(media)).collect();
            if earlier.iter().any(|other| other.get("NAME") == media.get("NAME")) {
                let name = shortened(media.get("NAME").unwrap_or_default());
                faults.at(*line, GROUPS, format!("the name `{name}` occurs twice in its group"));
            }
            let is_default = |media: &AttributeList| media.get("DEFAULT") == Some("YES");
            if is_default(media) && earlier.iter().any(|other| is_default(other)) {
                faults.at(*line, GROUPS, "a second rendition of the group has DEFAULT=YES");
            }
        }
    }

    fn check_i_frames(&self, faults: &mut PlaylistFaults<'_>) {
        for (line, i_frames) in &self.i_frames {
            check_bandwidth(*line, i_frames, I_FRAMES, faults);
            if i_frames.get("URI").is_none() {
                faults.at(*line, I_FRAMES, "URI is missing");
            }
        }
    }

    fn playlists(&self) -> Vec<NamedPlaylist> {
        let bandwidth = |list: &AttributeList| list.integer("BANDWIDTH").unwrap_or_default();
        let variants = self.variants.iter().filter_map(|((_, variant), uri)| {
            Some((PlaylistRole::Variant, uri.as_deref()?, bandwidth(variant)))
        });
        let of_first = self.variants.first().map_or(0, |((_, variant), _)| bandwidth(variant));
        let media = self.media.iter().filter_map(|(_, media)| {
            let role = match media.get("TYPE")? {
                "AUDIO" => PlaylistRole::Audio,
                "SUBTITLES" => PlaylistRole::Text,
                _ => return None,
            };
            Some((role, media.get("URI")?, of_first))
        });
        let i_frames = self.i_frames.iter().filter_map(|(_, i_frames)| {
            Some((PlaylistRole::IFrames, i_frames.get("URI")?, bandwidth(i_frames)))
        });
        let mut playlists: Vec<NamedPlaylist> = Vec::new();
        for (role, uri, bandwidth) in variants.chain(media).chain(i_frames) {
            // The audio of a file without video is a variant and a rendition.
            if playlists.iter().all(|playlist| playlist.uri != uri) {
                playlists.push(NamedPlaylist { role, uri: uri.to_owned(), bandwidth });
            }
        }
        playlists
    }
}

/// Parses the attributes of a tag; `None` if that breaks a rule.
fn attributes(line: usize, value: &str, faults: &mut PlaylistFaults<'_>) -> Option<Tagged> {
    let parsed = AttributeList::parse(value);
    parsed.map_err(|found| faults.at(line, ATTRIBUTES, found)).ok().map(|list| (line, list))
}

fn check_bandwidth(
    line: usize,
    attributes: &AttributeList,
    rule: &'static str,
    faults: &mut PlaylistFaults<'_>,
) {
    if attributes.integer("BANDWIDTH").is_none_or(|rate| rate == 0) {
        faults.at(line, rule, "BANDWIDTH is missing");
    }
    if attributes.get("CODECS").is_none_or(str::is_empty) {
        faults.at(
            line,
            rule,
            "CODECS is missing, without which players cannot tell whether they play it",
        );
    }
}

#[cfg(test)]
mod tests;
