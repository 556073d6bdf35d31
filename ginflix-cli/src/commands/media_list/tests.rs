//! What `media list --problems` prints.

use ginflix_api::inspection::{Codec, Container};

use super::super::test_media::{audio, content, listed, video};
use super::*;

fn problems_of(all: &[ListedMedia], problems: &[MediaProblem]) -> String {
    let wrong: Vec<&ListedMedia> =
        all.iter().filter(|listed| ContentVerdict::of(listed).is_problem()).collect();
    let text = render_only_problems(all, &wrong, problems, Some(80));
    console::strip_ansi_codes(&text).into_owned()
}

fn with_codec(name: &str, codec: Codec) -> ListedMedia {
    let tracks = vec![video(codec, 8), audio(Codec::Aac)];
    listed(name, Some(content(Container::Mp4, tracks)))
}

#[test]
fn only_files_with_problems_are_listed() {
    let all = [
        with_codec("good.mp4", Codec::H264),
        with_codec("hevc.mp4", Codec::Hevc),
        listed("new.mp4", None),
        listed("text.srt", None),
    ];
    let pipe = MediaProblem {
        name: "pipe\n.mp4".to_owned(),
        streamer: None,
        problem: "it is a named pipe".to_owned(),
        remedy: "remove it".to_owned(),
    };
    let text = problems_of(&all, &[pipe]);
    assert!(text.contains("hevc.mp4") && text.contains("no picture in Chrome on Linux"), "{text}");
    assert!(text.contains("pipe\u{fffd}.mp4 cannot be taken up: it is a named pipe"), "{text}");
    assert!(text.contains("1 file is not inspected yet."), "{text}");
    for absent in ["good.mp4", "new.mp4", "text.srt", "No problems"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
}

#[test]
fn without_problems_it_says_so() {
    let good = [with_codec("good.mp4", Codec::H264), listed("text.srt", None)];
    let none = "No problems: no file is known to be damaged, or not to play.";
    assert_eq!(problems_of(&good, &[]), none);
    assert_eq!(problems_of(&[], &[]), "There are no media files yet.");
}
