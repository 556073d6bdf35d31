//! Packages a file, and compares the renditions with the streams of the file.

use std::fs::File;
use std::path::Path;

use ginflix_api::inspection::{Inspection, TrackKind};
use ginflix_hls::index::{self, Entry, Index, Limits};
use ginflix_hls::playlist::{self, MasterOptions, UriSuffix};
use ginflix_hls::rendition::{Rendition, RenditionKind};
use ginflix_hls::resource::{RenditionName, Revision};
use ginflix_hls::texts::Texts;
use ginflix_hls::{init, segment};
use ginflix_media::source::Budget;

use crate::files::Recipe;
use crate::make::{self, Packet, Stream};
use crate::{oracles, texts};

/// A packaged file.
struct Package {
    name: String,
    file: File,
    found: Inspection,
    stored: Vec<u8>,
    index: Index,
    texts: Texts,
}

/// Returns what is wrong with the packaging of a file.
pub fn faults(recipe: &Recipe) -> Vec<String> {
    let (path, ticks) = (&make::make(recipe), recipe.ticks());
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let file = File::open(path).unwrap();
    let found = ginflix_media::inspect(&file, Budget::default()).unwrap();
    let built = match index::build(&file, &found, &Limits::default()) {
        Ok(built) => built,
        Err(error) => return vec![format!("{name}: {error}")],
    };
    let stored = built.to_bytes();
    let index = Index::open(&stored.as_slice()).unwrap();
    assert_eq!(&index, built.index());
    let texts = texts::read(&file, &found, &index);
    let (limits, text_limits) = Default::default();
    let both = ginflix_hls::texts::read_with_index(&file, &found, &limits, &text_limits).unwrap();
    assert!(both.0.to_bytes() == stored, "{name}: another index");
    assert_eq!(both.1.unwrap().tracks, texts.tracks, "{name}");
    let package = Package { name, file, found, stored, index, texts };
    let master = package.master();
    write(path, "master.m3u8", &master);
    let mut faults = oracles::master(&master);
    faults.extend(package.text_faults(path, recipe.is_read_by_ffmpeg()));
    for position in 0..package.index.renditions.len() {
        faults.extend(package.rendition_faults(path, position, ticks));
    }
    faults.into_iter().map(|fault| format!("{}: {fault}", package.name)).collect()
}

/// Writes a playlist beside a file, for parsers that are no Rust.
fn write(path: &Path, suffix: &str, text: &str) {
    let name = path.file_name().unwrap().to_string_lossy();
    std::fs::write(path.with_file_name(format!("{name}.{suffix}")), text).unwrap();
}

impl Package {
    fn master(&self) -> String {
        let suffix = UriSuffix::new("?expires=1&signature=x").unwrap();
        let texts = texts::renditions(&self.texts.tracks);
        playlist::master(&self.index, &MasterOptions { suffix, audio_codecs: None, texts })
    }

    fn text_faults(&self, path: &Path, is_read_by_ffmpeg: bool) -> Vec<String> {
        let guide = ginflix_hls::texts::guide(&self.index).unwrap();
        let entries = self.index.entries(&self.stored.as_slice(), guide).unwrap();
        let oracle = is_read_by_ffmpeg.then_some(path);
        texts::faults(path, oracle, &self.found, (&self.index, &entries), &self.texts)
    }

    fn rendition_faults(&self, path: &Path, position: usize, ticks: f64) -> Vec<String> {
        let rendition = &self.index.renditions[position];
        let name = self.name_of(position);
        let stored = &self.stored.as_slice();
        let entries = self.index.entries(stored, position).unwrap();
        let init = init::segment(&self.index, position).unwrap();
        let segments: Vec<Vec<u8>> = (0..rendition.segments)
            .map(|number| {
                let content = segment::segment(&self.index, stored, position, number).unwrap();
                let bytes = content.read(&self.file).unwrap();
                assert_eq!(bytes.len() as u64, content.len());
                bytes
            })
            .collect();
        let whole = [&init[..], &segments.concat()].concat();
        let packaged = path.with_file_name(format!("{}.{name}.mp4", self.name));
        std::fs::write(&packaged, &whole).unwrap();
        let mut source = make::stream(path, &self.selector(rendition));
        // The presentation starts at 0.
        let origin = self.index.origin as f64 / 1e9;
        source.packets.iter_mut().for_each(|packet| packet.time -= origin);
        let ours = make::stream(&packaged, "0");
        present_hidden(&mut source, &ours);
        let revision = Revision::new("0123456789abcdef").unwrap();
        let suffix = UriSuffix::default();
        let text = playlist::media(&self.index, name, &entries, &revision, &suffix).unwrap();
        write(path, &format!("{name}.m3u8"), &text);
        let mut faults = oracles::media(&text, rendition);
        faults.extend(oracles::boxes(&init, &segments, &ours));
        if rendition.kind == RenditionKind::IFrames {
            faults.extend(i_frame_faults(&source, &ours, ticks));
        } else {
            faults.extend(packet_faults(&source, &ours, ticks));
            faults.extend(segment_faults(rendition, &entries, &ours));
            faults.extend(stream_faults(&source, &ours));
        }
        faults.into_iter().map(|fault| format!("{name}: {fault}")).collect()
    }

    fn name_of(&self, position: usize) -> RenditionName {
        let kind = self.index.renditions[position].kind;
        let before = &self.index.renditions[..position];
        RenditionName { kind, number: before.iter().filter(|other| other.kind == kind).count() }
    }

    /// Returns how ffprobe names the source of a rendition.
    fn selector(&self, rendition: &Rendition) -> String {
        if rendition.kind != RenditionKind::Audio {
            return "v:0".into();
        }
        let mut audio =
            self.found.tracks.iter().filter(|track| matches!(track.kind, TrackKind::Audio(_)));
        format!("a:{}", audio.position(|track| track.number == rendition.track).unwrap())
    }
}

/// Moves the packets of a video that an edit list hides to where a rendition presents them: all within the first frame, one after
/// the other.
fn present_hidden(source: &mut Stream, ours: &Stream) {
    if source.facts["codec_type"] != "video" {
        return;
    }
    let shown = source.packets.iter().map(|packet| packet.time).filter(|time| *time >= 0.0);
    let frame = source.packets.iter().filter_map(|packet| packet.duration).fold(0.0, f64::max);
    let first_shown = shown.fold(f64::MAX, f64::min);
    let mut before = f64::MIN;
    let mut hidden: Vec<_> = source.packets.iter_mut().filter(|p| p.time <= first_shown).collect();
    if hidden.len() < 2 {
        return;
    }
    hidden.sort_by(|a, b| a.time.total_cmp(&b.time));
    for packet in hidden {
        let our = ours.packets.iter().find(|our| our.hash == packet.hash).map(|our| our.time);
        if let Some(time) = our.filter(|time| *time > before && (0.0..frame).contains(time)) {
            (packet.time, before) = (time, time);
        }
    }
}

/// Removes packets from the start of both that are not shown, if a rendition has fewer of them than the source: it begins
/// shortly before the start of an edit.
fn without_preroll<'a>(source: &'a Stream, ours: &'a Stream) -> [&'a [Packet]; 2] {
    let (theirs, ours) = (source.packets.as_slice(), ours.packets.as_slice());
    let surplus = theirs.len().saturating_sub(ours.len());
    let discarded = theirs.iter().take_while(|packet| packet.is_discarded).count();
    if surplus <= discarded { [&theirs[surplus..], ours] } else { [theirs, ours] }
}

/// Compares the packets of a source and a rendition.
fn packet_faults(source: &Stream, ours: &Stream, ticks: f64) -> Vec<String> {
    let [their_packets, our_packets] = without_preroll(source, ours);
    let (theirs, ours_count) = (their_packets.len(), our_packets.len());
    let tick = source.tick.max(ours.tick) * ticks * 1.001 + 1e-9;
    let mut faults = Vec::new();
    if theirs != ours_count {
        faults.push(format!("{ours_count} packets instead of {theirs}"));
    }
    for (number, (their, our)) in their_packets.iter().zip(our_packets).enumerate() {
        if their.hash != our.hash {
            faults.push(format!("packet {number} has another content"));
        }
        if (their.time - our.time).abs() > tick {
            faults.push(format!("packet {number} is at {} instead of {}", our.time, their.time));
        }
        if their.is_key != our.is_key {
            faults.push(format!("packet {number}: key is {}", our.is_key));
        }
    }
    let count = faults.len();
    faults.truncate(3);
    if count > 3 {
        faults.push(format!("and {} more", count - 3));
    }
    faults
}

/// Checks that each segment starts with a key frame, at the time that the playlist says, and that all last as
/// long as the rendition.
fn segment_faults(rendition: &Rendition, entries: &[Entry], ours: &Stream) -> Vec<String> {
    let mut faults = Vec::new();
    let mut first = 0;
    let seconds = |ticks: u64| ticks as f64 / f64::from(rendition.timescale);
    // For some codecs, ffprobe states no durations.
    let decoded: Vec<f64> = ours.packets.iter().filter_map(|packet| packet.decode_time).collect();
    let frame = decoded.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    for (number, entry) in entries.iter().enumerate() {
        let Some(packet) = ours.packets.get(first) else { break };
        if !packet.is_key {
            faults.push(format!("segment {number} does not start with a key frame"));
        }
        if number > 0 && (packet.time - seconds(entry.start)).abs() > ours.tick {
            faults.push(format!("segment {number} starts at {}", packet.time));
        }
        first += entry.count as usize;
    }
    if first != ours.packets.len() {
        faults.push(format!("the segments have {first} packets"));
    }
    let ends = ours.packets.iter().map(|packet| packet.time + packet.duration.unwrap_or(frame));
    let end = ends.fold(0.0, f64::max);
    let last = entries.last().map_or(0.0, |entry| seconds(entry.start + entry.duration));
    if (last - end).abs() > frame + 1e-6 {
        faults.push(format!("the last segment ends at {last} s instead of {end}"));
    }
    faults
}

/// Compares what ffprobe says of the streams.
fn stream_faults(source: &Stream, ours: &Stream) -> Vec<String> {
    const FIELDS: [&str; 16] = [
        "codec_name",
        "profile",
        "width",
        "height",
        "sample_aspect_ratio",
        "pix_fmt",
        "level",
        "color_range",
        "color_space",
        "color_transfer",
        "color_primaries",
        "sample_rate",
        "channels",
        "channel_layout",
        "side_data_list",
        "initial_padding",
    ];
    let differs = |field: &&&str| {
        let (their, our) = (&source.facts[**field], &ours.facts[**field]);
        let is_unknown = their.is_null() || ["unknown", "1:1"].iter().any(|text| their == text);
        their != our && !is_unknown
    };
    let fault = |field: &&str| {
        format!("{field} is {} instead of {}", ours.facts[*field], source.facts[*field])
    };
    FIELDS.iter().filter(differs).map(fault).collect()
}

/// Checks that I-frames are key frames of the source at their times.
fn i_frame_faults(source: &Stream, ours: &Stream, ticks: f64) -> Vec<String> {
    let tick = source.tick.max(ours.tick) * ticks * 1.001;
    let mut faults = Vec::new();
    for packet in &ours.packets {
        let is_same = source.packets.iter().any(|their| {
            their.is_key && their.hash == packet.hash && (their.time - packet.time).abs() <= tick
        });
        if !is_same {
            faults.push(format!("the frame at {} is no key frame", packet.time));
        }
    }
    faults
}
