//! Compares an inspection with the output of ffprobe.

use std::collections::BTreeMap;

use ginflix_api::inspection::{
    Codec, Container, Hdr, Inspection, Ratio, Track, TrackKind, VideoTrack,
};
use serde_json::Value;

/// Differences that are intended: file (or "" for all), field, and why.
const INTENDED: &[(&str, &str, &str)] = &[
    (
        "mkvmerge-subtitles.mkv",
        "language",
        "ffprobe reads the element Language only, not LanguageBCP47",
    ),
    ("vp9-live.webm", "duration", "ffprobe gives no duration; ours is that of the last cluster"),
    ("vp9-live.webm", "bit_rate", "follows from the duration"),
];

/// Fields that are compared only if both state them: ffprobe takes the bit rates of AC-3, DTS and MP2 from the first
/// frame, and we calculate that of a track from those of all others.
const OPTIONAL: &[&str] = &["0.bit_rate", "1.bit_rate", "2.bit_rate"];

/// Named facts.
type Facts = BTreeMap<String, String>;

/// Returns the fields in which both differ.
pub fn differences(name: &str, found: &Inspection, ffprobe: &Value) -> Vec<String> {
    let (ours, theirs) = (our_facts(found), their_facts(ffprobe));
    let keys: std::collections::BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let is_intended = |key: &str| {
        INTENDED
            .iter()
            .any(|(file, field, _)| (file.is_empty() || *file == name) && key.ends_with(field))
    };
    let nothing = String::from("-");
    let is_one_sided = |key: &str| {
        OPTIONAL.contains(&key) && (!ours.contains_key(key) || !theirs.contains_key(key))
    };
    keys.into_iter()
        .filter(|key| !is_one_sided(key))
        .filter_map(|key| {
            let (our, their) =
                (ours.get(key).unwrap_or(&nothing), theirs.get(key).unwrap_or(&nothing));
            (!is_close(key, our, their) && !is_intended(key))
                .then(|| format!("{name}: {key} is {our}, by ffprobe {their}"))
        })
        .collect()
}

/// Numbers that are measured in different ways may differ a little.
fn is_close(key: &str, our: &str, their: &str) -> bool {
    let tolerance = match key.rsplit('.').next() {
        Some("duration") => 0.02,
        Some("bit_rate") => 0.05,
        Some("start") => 0.001,
        _ => return our == their,
    };
    match (our.parse::<f64>(), their.parse::<f64>()) {
        (Ok(our), Ok(their)) => (our - their).abs() <= tolerance * their.max(1.0),
        _ => our == their,
    }
}

fn our_facts(found: &Inspection) -> Facts {
    let mut facts = Facts::new();
    let mut put = |key: String, value: String| drop(facts.insert(key, value));
    put("container".into(), container(found.container).into());
    let is_described = !found.tracks.is_empty();
    if is_described {
        put("duration".into(), number(found.duration_seconds));
        put("bit_rate".into(), number(found.bit_rate));
        if let Some(title) = &found.title {
            put("title".into(), title.clone());
        }
    }
    for (index, track) in found.tracks.iter().enumerate() {
        for (field, value) in track_facts(track) {
            put(format!("{index}.{field}"), value);
        }
    }
    for (index, chapter) in found.chapters.iter().enumerate() {
        put(format!("chapter {index}.start"), chapter.start_seconds.to_string());
        put(format!("chapter {index}.title"), chapter.title.clone());
    }
    for (index, file) in found.attachments.iter().enumerate() {
        put(format!("attachment {index}"), format!("{} {}", file.name, file.media_type));
    }
    for problem in &found.problems {
        put("problem".into(), format!("{problem:?}"));
    }
    facts
}

fn number(value: Option<impl ToString>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

fn container(container: Container) -> &'static str {
    match container {
        Container::Mp4 | Container::QuickTime => "mov,mp4,m4a,3gp,3g2,mj2",
        Container::Matroska | Container::WebM => "matroska,webm",
        Container::Avi => "avi",
        Container::MpegTs => "mpegts",
        Container::MpegPs => "mpeg",
        Container::Ogg => "ogg",
        Container::Flv => "flv",
        Container::Asf => "asf",
        Container::MpegAudio => "mp3",
        Container::Adts => "aac",
        Container::Flac => "flac",
        Container::Wav => "wav",
        Container::Unknown => "unknown",
    }
}

fn track_facts(track: &Track) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("codec", codec(track.codec).to_owned()),
        ("language", track.language.clone().unwrap_or("-".into())),
        ("name", track.name.clone().unwrap_or("-".into())),
        ("default", track.default.to_string()),
        ("forced", track.forced.to_string()),
        ("hearing_impaired", track.hearing_impaired.to_string()),
    ];
    let is_text = matches!(track.kind, TrackKind::Text);
    if let Some(rate) = track.bit_rate.filter(|_| !is_text) {
        facts.push(("bit_rate", rate.to_string()));
    }
    match &track.kind {
        TrackKind::Video(video) => {
            facts.push(("kind", "video".into()));
            facts.extend(video_facts(video));
        }
        TrackKind::Audio(audio) => {
            facts.push(("kind", "audio".into()));
            facts.push(("channels", audio.channels.to_string()));
            facts.push(("sample_rate", audio.sample_rate.to_string()));
        }
        TrackKind::Text => facts.push(("kind", "subtitle".into())),
        TrackKind::Other => facts.push(("kind", "data".into())),
    }
    facts
}

fn ratio(ratio: Option<Ratio>) -> String {
    ratio.map_or("-".into(), |ratio| format!("{}/{}", ratio.numerator, ratio.denominator))
}

fn video_facts(video: &VideoTrack) -> Vec<(&'static str, String)> {
    let sar = video.sample_aspect_ratio.filter(|ratio| ratio.numerator != ratio.denominator);
    let colour = video.colour;
    let range = colour.full_range.filter(|full| *full).map_or("-", |_| "pc");
    vec![
        ("size", format!("{}x{}", video.width, video.height)),
        ("rotation", video.rotation.to_string()),
        ("sample_aspect_ratio", ratio(sar)),
        ("frame_rate", ratio(video.frame_rate)),
        ("constant", number(video.constant_frame_rate)),
        ("bit_depth", number(video.bit_depth)),
        ("primaries", code_point(colour.primaries, PRIMARIES)),
        ("transfer", code_point(colour.transfer, TRANSFERS)),
        ("matrix", code_point(colour.matrix, MATRICES)),
        ("full_range", range.into()),
        (
            "hdr",
            video.hdr.map_or("-".into(), |hdr| match hdr {
                Hdr::Pq => "smpte2084".into(),
                Hdr::Hlg => "arib-std-b67".into(),
                Hdr::DolbyVision { profile, .. } => format!("dovi {profile}"),
            }),
        ),
    ]
}

const PRIMARIES: &[(u8, &str)] = &[(1, "bt709"), (5, "bt470bg"), (6, "smpte170m"), (9, "bt2020")];
const TRANSFERS: &[(u8, &str)] =
    &[(1, "bt709"), (6, "smpte170m"), (14, "bt2020-10"), (16, "smpte2084"), (18, "arib-std-b67")];
const MATRICES: &[(u8, &str)] =
    &[(0, "gbr"), (1, "bt709"), (5, "bt470bg"), (6, "smpte170m"), (9, "bt2020nc")];

fn code_point(point: Option<u8>, names: &[(u8, &str)]) -> String {
    let Some(point) = point else { return "-".into() };
    names
        .iter()
        .find(|(number, _)| *number == point)
        .map_or(point.to_string(), |(_, name)| (*name).into())
}

fn codec(codec: Codec) -> &'static str {
    match codec {
        Codec::H264 => "h264",
        Codec::Hevc => "hevc",
        Codec::Vvc => "vvc",
        Codec::Av1 => "av1",
        Codec::Vp8 => "vp8",
        Codec::Vp9 => "vp9",
        Codec::Mpeg1Video => "mpeg1video",
        Codec::Mpeg2Video => "mpeg2video",
        Codec::Mpeg4Visual => "mpeg4",
        Codec::Mjpeg => "mjpeg",
        Codec::ProRes => "prores",
        Codec::Theora => "theora",
        Codec::Vc1 => "vc1",
        Codec::Aac => "aac",
        Codec::Mp3 => "mp3",
        Codec::Mp2 => "mp2",
        Codec::Opus => "opus",
        Codec::Vorbis => "vorbis",
        Codec::Flac => "flac",
        Codec::Alac => "alac",
        Codec::Ac3 => "ac3",
        Codec::Eac3 => "eac3",
        Codec::Dts => "dts",
        Codec::TrueHd => "truehd",
        Codec::Pcm => "pcm",
        Codec::SubRip => "subrip",
        Codec::WebVtt => "webvtt",
        Codec::Ass => "ass",
        Codec::MovText => "mov_text",
        Codec::Ttml => "ttml",
        Codec::Pgs => "hdmv_pgs_subtitle",
        Codec::VobSub => "dvd_subtitle",
        Codec::DvbSubtitle => "dvb_subtitle",
        Codec::Cea608 => "eia_608",
        Codec::Other => "other",
    }
}

fn their_facts(ffprobe: &Value) -> Facts {
    let mut facts = Facts::new();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let format = &ffprobe["format"];
    facts.insert("container".into(), text(&format["format_name"]));
    let name = text(&format["format_name"]);
    if !name.starts_with("mov") && !name.starts_with("matroska") {
        return facts; // these are recognized only
    }
    facts.insert("duration".into(), text(&format["duration"]));
    facts.insert("bit_rate".into(), text(&format["bit_rate"]));
    if let Some(title) = format["tags"]["title"].as_str() {
        facts.insert("title".into(), title.into());
    }
    let (mut index, mut attachments) = (0, 0);
    for stream in ffprobe["streams"].as_array().unwrap() {
        if stream["codec_type"] == "attachment" {
            let tags = &stream["tags"];
            let attachment = format!("{} {}", text(&tags["filename"]), text(&tags["mimetype"]));
            facts.insert(format!("attachment {attachments}"), attachment);
            attachments += 1;
            continue;
        }
        // The track with the titles of chapters, which we do not list as a track.
        if stream["codec_name"] == "bin_data" {
            continue;
        }
        for (field, value) in stream_facts(stream) {
            facts.insert(format!("{index}.{field}"), value);
        }
        index += 1;
    }
    for (index, chapter) in ffprobe["chapters"].as_array().unwrap().iter().enumerate() {
        facts.insert(format!("chapter {index}.start"), text(&chapter["start_time"]));
        facts.insert(format!("chapter {index}.title"), text(&chapter["tags"]["title"]));
    }
    facts
}

fn stream_facts(stream: &Value) -> Vec<(&'static str, String)> {
    let text =
        |value: &Value| value.as_str().filter(|text| *text != "unknown").unwrap_or("-").to_owned();
    let flag = |name: &str| (stream["disposition"][name] == 1).to_string();
    let codec = text(&stream["codec_name"]);
    let mut facts = vec![
        ("codec", if codec.starts_with("pcm") { "pcm".into() } else { codec }),
        ("language", language(&text(&stream["tags"]["language"]))),
        ("name", text(&stream["tags"]["title"])),
        ("default", flag("default")),
        ("forced", flag("forced")),
        ("hearing_impaired", flag("hearing_impaired")),
        ("kind", text(&stream["codec_type"])),
    ];
    let rate = stream["bit_rate"].as_str().or(stream["tags"]["BPS"].as_str());
    if let Some(rate) = rate.filter(|_| stream["codec_type"] != "subtitle") {
        facts.push(("bit_rate", rate.into()));
    }
    match stream["codec_type"].as_str() {
        Some("video") => facts.extend(their_video_facts(stream)),
        Some("audio") => {
            facts.push(("channels", stream["channels"].to_string()));
            facts.push(("sample_rate", text(&stream["sample_rate"])));
        }
        _ => {}
    }
    facts
}

fn their_video_facts(stream: &Value) -> Vec<(&'static str, String)> {
    let text = |name: &str| {
        stream[name].as_str().filter(|text| *text != "unknown").unwrap_or("-").to_owned()
    };
    let side_data = stream["side_data_list"].as_array().cloned().unwrap_or_default();
    let rotation = side_data.iter().find_map(|data| data["rotation"].as_i64()).unwrap_or(0);
    let sar = text("sample_aspect_ratio").replace(':', "/");
    let rates = (text("avg_frame_rate"), text("r_frame_rate"));
    let pixels = text("pix_fmt");
    let depth = if pixels.contains("10le") { 10 } else { 8 };
    let transfer = text("color_transfer");
    let hdr = ["smpte2084", "arib-std-b67"].contains(&transfer.as_str());
    vec![
        ("size", format!("{}x{}", stream["width"], stream["height"])),
        ("rotation", (-rotation).rem_euclid(360).to_string()),
        ("sample_aspect_ratio", if sar == "1/1" { "-".into() } else { sar }),
        (
            "frame_rate",
            rates.0.strip_suffix("/1").map_or(rates.0.clone(), |rate| format!("{rate}/1")),
        ),
        ("constant", (rates.0 == rates.1).to_string()),
        ("bit_depth", depth.to_string()),
        ("primaries", text("color_primaries")),
        ("transfer", transfer.clone()),
        ("matrix", text("color_space")),
        ("full_range", if text("color_range") == "pc" { "pc".into() } else { "-".into() }),
        ("hdr", if hdr { transfer } else { "-".into() }),
    ]
}

/// The codes of ffprobe that the files use, as BCP 47.
fn language(code: &str) -> String {
    match code {
        "eng" => "en",
        "ger" | "deu" => "de",
        "fre" | "fra" => "fr",
        "spa" => "es",
        "und" => "-",
        other => other,
    }
    .to_owned()
}
