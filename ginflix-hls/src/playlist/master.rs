//! Master playlists (RFC 8216, section 4.3.4; called multivariant playlists in RFC 8216bis).

use ginflix_api::inspection::Codec;

use super::texts::{self, TEXT_GROUP, TextRendition};
use super::{UriSuffix, VERSION, language, push, quoted, unique_name, yes};
use crate::entry;
use crate::index::Index;
use crate::rendition::{BitRates, Rendition, RenditionKind, VideoRange};
use crate::resource::{RenditionName, Resource};

/// The identifier of the group of audio renditions.
const AUDIO_GROUP: &str = "audio";

/// What the caller adds to a master playlist.
#[derive(Debug, Clone, Default)]
pub struct MasterOptions {
    /// What is added to each URI.
    pub suffix: UriSuffix,
    /// The codecs of audio that the client plays; `None` for all. The codecs of all audio renditions are stated for the
    /// variant, so a client without a decoder for one of them refuses all: Chromium, for example, has none of AC-3, and
    /// plays MP3 from files only. If none is left, none is left out.
    pub audio_codecs: Option<Vec<Codec>>,
    /// The text renditions.
    pub texts: Vec<TextRendition>,
}

/// Writes the master playlist of a file.
pub fn master(index: &Index, options: &MasterOptions) -> String {
    let of_kind = |kind| index.renditions.iter().filter(move |rendition| rendition.kind == kind);
    let audio = audio_renditions(index, options);
    let mut lines = vec![
        "#EXTM3U".to_owned(),
        format!("#EXT-X-VERSION:{VERSION}"),
        "#EXT-X-INDEPENDENT-SEGMENTS".to_owned(),
    ];
    let video = of_kind(RenditionKind::Video).next();
    // The only audio of a file without video needs no group.
    let has_group = !audio.is_empty() && (video.is_some() || audio.len() > 1);
    if has_group {
        lines.extend(audio_media(&audio, &options.suffix));
    }
    lines.extend(texts::media(&options.texts, &options.suffix));
    if let Some(variant) = Variant::new(video, &audio, has_group, !options.texts.is_empty()) {
        lines.push(variant.attributes);
        lines.push(format!("{}{}", Resource::Playlist(variant.playlist), options.suffix));
    }
    lines.extend(of_kind(RenditionKind::IFrames).map(|r| i_frames(r, &options.suffix)));
    lines.push(String::new());
    lines.join("\n")
}

/// An audio rendition, with its number among all of them.
type Numbered<'a> = (usize, &'a Rendition);

fn audio_renditions<'a>(index: &'a Index, options: &MasterOptions) -> Vec<Numbered<'a>> {
    let all = index.renditions.iter().filter(|r| r.kind == RenditionKind::Audio).enumerate();
    let all: Vec<Numbered<'_>> = all.collect();
    let Some(codecs) = &options.audio_codecs else { return all };
    let played: Vec<_> = all.iter().copied().filter(|(_, r)| codecs.contains(&r.codec)).collect();
    if played.is_empty() { all } else { played }
}

/// Returns the position of the audio rendition that is selected by default.
fn default_audio(audio: &[Numbered<'_>]) -> usize {
    audio.iter().position(|(_, rendition)| rendition.audio.is_default).unwrap_or_default()
}

fn audio_name(number: usize) -> RenditionName {
    RenditionName { kind: RenditionKind::Audio, number }
}

/// Writes the tags of the audio renditions.
fn audio_media(audio: &[Numbered<'_>], suffix: &UriSuffix) -> Vec<String> {
    let default = default_audio(audio);
    let (mut names, mut languages): (Vec<String>, Vec<Option<&str>>) = (Vec::new(), Vec::new());
    // Players select only one of several renditions of the same language by themselves.
    let default_language = audio.get(default).map(|(_, r)| r.language.as_deref());
    let mut lines = Vec::new();
    for (position, (number, rendition)) in audio.iter().enumerate() {
        let language = rendition.language.as_deref();
        let is_first = !languages.contains(&language) && default_language != Some(language);
        let (is_default, is_selectable) = (position == default, position == default || is_first);
        languages.push(language);
        let stated = rendition.name.clone().or_else(|| language.map(language::name));
        let name = unique_name(stated.unwrap_or_else(|| format!("Audio {}", number + 1)), &names);
        let mut line = format!(
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{AUDIO_GROUP}\",NAME={},DEFAULT={},AUTOSELECT={}",
            quoted(&name),
            yes(is_default),
            yes(is_selectable),
        );
        names.push(name);
        if let Some(language) = language {
            push(&mut line, format_args!(",LANGUAGE={}", quoted(language)));
        }
        if rendition.audio.channels > 0 {
            push(&mut line, format_args!(",CHANNELS=\"{}\"", rendition.audio.channels));
        }
        let playlist = Resource::Playlist(audio_name(*number));
        push(&mut line, format_args!(",URI=\"{playlist}{suffix}\""));
        lines.push(line);
    }
    lines
}

/// A variant stream (RFC 8216, section 4.3.4.2).
struct Variant {
    attributes: String,
    playlist: RenditionName,
}

impl Variant {
    fn new(
        video: Option<&Rendition>,
        audio: &[Numbered<'_>],
        has_group: bool,
        has_texts: bool,
    ) -> Option<Self> {
        let default = audio.get(default_audio(audio));
        let main = video.or(default.map(|(_, rendition)| *rendition))?;
        let playlist = match video {
            Some(_) => RenditionName { kind: RenditionKind::Video, number: 0 },
            None => audio_name(default?.0),
        };
        let rates = bit_rates(video, audio);
        let mut codecs: Vec<&str> = video.iter().map(|video| video.codecs.as_str()).collect();
        for (_, rendition) in audio {
            if !codecs.contains(&rendition.codecs.as_str()) {
                codecs.push(&rendition.codecs);
            }
        }
        let mut attributes = format!(
            "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS={}",
            rates.peak,
            rates.average,
            quoted(&codecs.join(",")),
        );
        if video.is_some() {
            attributes.push_str(&picture(main));
            if let Some(rate) = main.video.frame_rate {
                push(&mut attributes, format_args!(",FRAME-RATE={:.3}", rate.value()));
            }
        }
        if has_group {
            push(&mut attributes, format_args!(",AUDIO=\"{AUDIO_GROUP}\""));
        }
        if has_texts {
            push(&mut attributes, format_args!(",SUBTITLES=\"{TEXT_GROUP}\""));
        }
        attributes.push_str(",CLOSED-CAPTIONS=NONE");
        Some(Self { attributes, playlist })
    }
}

/// Returns the size and the dynamic range of a video as attributes.
fn picture(video: &Rendition) -> String {
    let [width, height] = video.video.display_size;
    let range = match video.video.range {
        VideoRange::Sdr => "SDR",
        VideoRange::Hlg => "HLG",
        VideoRange::Pq => "PQ",
    };
    let mut attributes = format!(",RESOLUTION={width}x{height},VIDEO-RANGE={range}");
    let dolby_vision = entry::dolby_vision(&video.sample_entry);
    if let Some(codecs) = dolby_vision.and_then(|vision| vision.supplemental()) {
        push(&mut attributes, format_args!(",SUPPLEMENTAL-CODECS={}", quoted(&codecs)));
    }
    attributes
}

/// Returns the bit rates of the video with the audio that has the highest.
fn bit_rates(video: Option<&Rendition>, audio: &[Numbered<'_>]) -> BitRates {
    let highest = |rate: fn(&BitRates) -> u64| {
        let audio = audio.iter().map(|(_, rendition)| rate(&rendition.bit_rates)).max();
        let video = video.map_or(0, |video| rate(&video.bit_rates));
        video.saturating_add(audio.unwrap_or_default())
    };
    BitRates { peak: highest(|rates| rates.peak), average: highest(|rates| rates.average) }
}

fn i_frames(rendition: &Rendition, suffix: &UriSuffix) -> String {
    let name = RenditionName { kind: RenditionKind::IFrames, number: 0 };
    let BitRates { peak, average } = rendition.bit_rates;
    format!(
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS={}{},URI=\"{}{suffix}\"",
        quoted(&rendition.codecs),
        picture(rendition),
        Resource::Playlist(name),
    )
}
