//! The rules of media playlists (RFC 8216, sections 4.3.2 and 4.3.3).

use super::fault::{PlaylistFaults, RuleFault};
use super::lines::{self, AttributeList, LineContent, PlaylistLine, shortened};
use super::master::PlaylistRole;

/// The rule of the tag `EXTINF`.
const DURATION: &str = "RFC 8216, section 4.3.2.1";
/// The rule of the tag `EXT-X-MAP`.
const MAP: &str = "RFC 8216, section 4.3.2.5";
/// The rule of the tag `EXT-X-TARGETDURATION`.
const TARGET: &str = "RFC 8216, section 4.3.3.1";
/// The rule of the tag `EXT-X-I-FRAMES-ONLY`.
const I_FRAMES: &str = "RFC 8216, section 4.3.3.6";
/// The rule of playlists that do not change.
const COMPLETE: &str = "RFC 8216, section 6.2.1";
/// The rule of versions.
const VERSIONS: &str = "RFC 8216, section 7";
/// The rule that asks for a playlist type.
const TYPE: &str = "Apple's HLS authoring specification, rule 8.6";

/// A segment of a media playlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSegment {
    /// The URI.
    pub uri: String,
    /// The sum of the durations before, in microseconds.
    pub start: u64,
    /// The duration in microseconds.
    pub duration: u64,
}

/// What a media playlist states.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaPlaylist {
    /// The version; 1 if it states none.
    pub version: u64,
    /// The target duration in seconds.
    pub target: Option<u64>,
    /// The playlist type.
    pub playlist_type: Option<String>,
    /// The URI of the initialization segment.
    pub map: Option<String>,
    /// The segments but those that the tag `EXT-X-GAP` says are missing.
    pub segments: Vec<ListedSegment>,
    is_complete: bool,
    is_i_frames_only: bool,
    /// Whether a duration is no integer.
    has_decimals: bool,
}

impl MediaPlaylist {
    /// Returns the sum of all durations, in microseconds.
    pub fn duration(&self) -> u64 {
        self.segments.last().map_or(0, |last| last.start.saturating_add(last.duration))
    }
}

/// Reads a media playlist with a certain role. Also returns what breaks a rule.
pub fn read(name: &str, role: PlaylistRole, content: &[u8]) -> (MediaPlaylist, Vec<RuleFault>) {
    let mut faults = PlaylistFaults::new(name);
    let text = lines::text(content, &mut faults);
    let mut reader = Reader {
        playlist: MediaPlaylist { version: 1, ..MediaPlaylist::default() },
        once: Vec::new(),
        duration: None,
        is_gap: false,
        end: 0,
        faults,
    };
    for line in lines::lines(text) {
        reader.read(line);
    }
    let Reader { playlist, duration, mut faults, .. } = reader;
    if let Some((line, _)) = duration {
        faults.at(line, DURATION, "no URI follows the tag");
    }
    check(&playlist, role, &mut faults);
    (playlist, faults.into_vec())
}

/// Reads the lines of a media playlist.
struct Reader<'a> {
    playlist: MediaPlaylist,
    /// The tags so far that may occur only once.
    once: Vec<&'a str>,
    /// The line and the microseconds of an `EXTINF` whose URI has not come yet.
    duration: Option<(usize, u64)>,
    /// Whether the next segment is missing (RFC 8216bis, section 4.4.4.7).
    is_gap: bool,
    /// The sum of the durations in microseconds.
    end: u64,
    faults: PlaylistFaults<'a>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, line: PlaylistLine<'a>) {
        match line.content {
            LineContent::Uri(uri) => self.read_uri(line.number, uri),
            LineContent::Tag("EXTINF", value) => self.read_duration(line.number, value),
            LineContent::Tag(tag, value) => self.read_tag(line.number, tag, value),
        }
    }

    fn read_uri(&mut self, line: usize, uri: &str) {
        let Some((_, duration)) = self.duration.take() else {
            self.faults.at(line, DURATION, format!("`{}` follows no EXTINF", shortened(uri)));
            return;
        };
        if !std::mem::take(&mut self.is_gap) {
            let (uri, start) = (uri.to_owned(), self.end);
            self.playlist.segments.push(ListedSegment { uri, start, duration });
        }
        self.end = self.end.saturating_add(duration);
    }

    fn read_duration(&mut self, line: usize, value: &str) {
        if self.duration.is_some() {
            self.faults.at(line, DURATION, "a second EXTINF precedes the same URI");
        }
        let Some((number, _title)) = value.split_once(',') else {
            self.faults.at(line, DURATION, "no comma follows the duration");
            return self.duration = Some((line, microseconds(value).unwrap_or_default()));
        };
        let Some(duration) = microseconds(number) else {
            self.faults.at(line, DURATION, format!("`{}` is no duration", shortened(number)));
            return self.duration = Some((line, 0));
        };
        self.playlist.has_decimals |= number.contains('.');
        if let Some(target) = self.playlist.target
            && (duration + 500_000) / 1_000_000 > target
        {
            let found = format!(
                "a duration of {number} s is longer than EXT-X-TARGETDURATION, which is {target} s"
            );
            self.faults.at(line, TARGET, found);
        }
        self.duration = Some((line, duration));
    }

    fn read_tag(&mut self, line: usize, tag: &'a str, value: &str) {
        const ONCE: &[&str] = &[
            "EXTM3U",
            "EXT-X-VERSION",
            "EXT-X-TARGETDURATION",
            "EXT-X-MEDIA-SEQUENCE",
            "EXT-X-PLAYLIST-TYPE",
            "EXT-X-ENDLIST",
        ];
        if ONCE.contains(&tag) {
            if self.once.contains(&tag) {
                self.faults.at(line, rule_of(tag), format!("{tag} occurs twice"));
            }
            self.once.push(tag);
        }
        let playlist = &mut self.playlist;
        match tag {
            "EXT-X-VERSION" => playlist.version = value.parse().unwrap_or_default(),
            "EXT-X-TARGETDURATION" => playlist.target = value.parse().ok(),
            "EXT-X-PLAYLIST-TYPE" => playlist.playlist_type = Some(value.to_owned()),
            "EXT-X-ENDLIST" => playlist.is_complete = true,
            "EXT-X-I-FRAMES-ONLY" => playlist.is_i_frames_only = true,
            "EXT-X-GAP" => self.is_gap = true,
            "EXT-X-MAP" => match AttributeList::parse(value) {
                Ok(map) if map.get("URI").is_some() => {
                    playlist.map = map.get("URI").map(str::to_owned);
                }
                Ok(_) => self.faults.at(line, MAP, "URI is missing"),
                Err(found) => self.faults.at(line, "RFC 8216, section 4.2", found),
            },
            "EXT-X-STREAM-INF" | "EXT-X-MEDIA" | "EXT-X-I-FRAME-STREAM-INF" => {
                let found = format!("{tag} belongs into a master playlist");
                self.faults.at(line, "RFC 8216, section 4.3", found);
            }
            _ => {}
        }
    }
}

/// Returns the rule of a tag that may occur only once.
fn rule_of(tag: &str) -> &'static str {
    match tag {
        "EXTM3U" => "RFC 8216, section 4.3.1.1",
        "EXT-X-VERSION" => "RFC 8216, section 4.3.1.2",
        _ => "RFC 8216, section 4.3.3",
    }
}

/// Parses a duration in seconds: a decimal number without a sign.
fn microseconds(text: &str) -> Option<u64> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds: f64 = text.parse().ok().filter(|_| is_decimal)?;
    Some((seconds * 1e6).round() as u64)
}

/// Checks the rules of a playlist as a whole.
fn check(playlist: &MediaPlaylist, role: PlaylistRole, faults: &mut PlaylistFaults<'_>) {
    if playlist.target.is_none() {
        faults.add(TARGET, "EXT-X-TARGETDURATION is missing");
    }
    if playlist.segments.is_empty() {
        faults.add(DURATION, "there is no segment");
    }
    if playlist.playlist_type.as_deref() != Some("VOD") {
        faults.add(TYPE, "EXT-X-PLAYLIST-TYPE is not VOD");
    }
    if !playlist.is_complete {
        faults.add(COMPLETE, "EXT-X-ENDLIST is missing, so players wait for more segments");
    }
    if playlist.map.is_none() && role != PlaylistRole::Text {
        faults.add(MAP, "EXT-X-MAP is missing");
    }
    let is_i_frames = role == PlaylistRole::IFrames;
    if is_i_frames && !playlist.is_i_frames_only {
        faults.add(I_FRAMES, "EXT-X-I-FRAMES-ONLY is missing");
    }
    if !is_i_frames && playlist.is_i_frames_only {
        faults.add(I_FRAMES, "EXT-X-I-FRAMES-ONLY is in a playlist of something else");
    }
    for (is_used, version, what) in [
        (playlist.map.is_some() && !playlist.is_i_frames_only, 6, "EXT-X-MAP"),
        (playlist.map.is_some(), 5, "EXT-X-MAP"),
        (playlist.is_i_frames_only, 4, "EXT-X-I-FRAMES-ONLY"),
        (playlist.has_decimals, 3, "durations with a decimal point"),
    ] {
        if is_used && playlist.version < version {
            let own = playlist.version;
            faults.add(VERSIONS, format!("{what} need version {version}, and this is {own}"));
            return;
        }
    }
}

/// Checks that the playlists of a presentation, each with its name and role, have the same target duration and type.
pub fn check_together(playlists: &[(&str, PlaylistRole, &MediaPlaylist)]) -> Vec<RuleFault> {
    const TOGETHER: &str = "RFC 8216, section 6.2.4";
    let is_main = |role| matches!(role, PlaylistRole::Variant | PlaylistRole::Audio);
    let mut main = playlists.iter().filter(|(_, role, _)| is_main(*role));
    let Some((first_name, _, first)) = main.next() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, _, playlist) in main {
        let mut faults = PlaylistFaults::new(name);
        if let (Some(target), Some(own)) = (first.target, playlist.target)
            && target != own
        {
            let text =
                format!("EXT-X-TARGETDURATION is {own}, and that of {first_name} is {target}");
            faults.add(TOGETHER, text);
        }
        found.extend(faults.into_vec());
    }
    found
}

#[cfg(test)]
mod tests;
