use bytes::Bytes;

use super::*;

const SIZE: u64 = 3_000_000;

fn answer(status: u16, length: u64, range: Option<String>, body: Vec<u8>) -> Answer {
    Ok(StreamResponse {
        status,
        length: Some(length),
        range,
        accepts_ranges: true,
        encoding: None,
        is_forwarded: false,
        body: Bytes::from(body),
        first_byte_after: Duration::from_millis(20),
    })
}

fn good(place: Place) -> Played {
    let samples = ranges(SIZE).into_iter().map(|(first, last)| {
        let range = format!("bytes {first}-{last}/{SIZE}");
        answer(206, last - first + 1, Some(range), vec![7; (last - first + 1) as usize])
    });
    Played {
        place,
        is_known_to_have: true,
        head: answer(200, SIZE, None, Vec::new()),
        samples: samples.collect(),
        beyond: answer(416, 0, Some(format!("bytes */{SIZE}")), Vec::new()),
        all: answer(200, SIZE, None, vec![7; 1000]),
    }
}

fn faults(played: &Played) -> String {
    judge(played, SIZE)
        .iter()
        .filter(|check| check.outcome == Outcome::Failed)
        .map(|check| format!("{}: {} ({})", check.what, check.detail, check.hint.as_ref().unwrap()))
        .collect::<Vec<_>>()
        .join("\n")
}

fn change(answer: &mut Answer, by: impl FnOnce(&mut StreamResponse)) {
    by(answer.as_mut().unwrap());
}

#[test]
fn samples_lie_within_any_film() {
    for size in [1, 2, SAMPLE, SAMPLE + 1, SIZE, u64::from(u32::MAX) * 9] {
        for (first, last) in ranges(size) {
            assert!(first <= last && last < size, "{first}-{last}/{size}");
        }
        assert_eq!(ranges(size)[0].0, 0);
        assert_eq!(ranges(size)[2].1, size - 1);
    }
}

#[test]
fn what_is_well_is_one_line() {
    let checks = judge(&good(Place::Public), SIZE);
    assert_eq!(checks.len(), 1);
    assert_eq!(checks[0].outcome, Outcome::Passed);
}

#[test]
fn a_proxy_that_drops_ranges_is_found() {
    let mut played = good(Place::Public);
    for sample in &mut played.samples {
        change(sample, |answer| (answer.status, answer.range) = (200, None));
    }
    assert!(faults(&played).contains("drops the header Range"), "{}", faults(&played));
    played.place = Place::Streamer("streamer-0".into());
    assert!(!faults(&played).contains("drops the header Range"));
}

#[test]
fn a_proxy_that_buffers_is_found() {
    let mut played = good(Place::Public);
    change(&mut played.all, |answer| answer.first_byte_after = Duration::from_secs(4));
    assert!(faults(&played).contains("proxy_buffering"), "{}", faults(&played));
    // A slow line is slow for samples, too.
    for sample in &mut played.samples {
        change(sample, |answer| answer.first_byte_after = Duration::from_secs(2));
    }
    assert_eq!(faults(&played), "");
}

#[test]
fn a_truncated_file_is_found() {
    let mut played = good(Place::Streamer("streamer-1".into()));
    change(&mut played.head, |answer| answer.length = Some(SIZE - 1));
    change(&mut played.samples[2], |answer| answer.status = 416);
    let faults = faults(&played);
    assert!(faults.contains("streamer-1: head: its length is 2999999, and should be 3000000"));
    assert!(faults.contains("streamer-1: last bytes: got 416"));
    assert!(faults.contains("media repair"));
}

#[test]
fn a_streamer_that_has_others_answer_for_it_is_found() {
    let mut played = good(Place::Streamer("streamer-1".into()));
    change(&mut played.samples[1], |answer| answer.is_forwarded = true);
    assert!(faults(&played).starts_with("streamer-1: own copy: is not there"));
    // It has not got it yet, and says so.
    played.is_known_to_have = false;
    assert_eq!(faults(&played), "");
    // Outside, anybody may pass films on.
    let mut played = good(Place::Public);
    change(&mut played.samples[1], |answer| answer.is_forwarded = true);
    assert_eq!(faults(&played), "");
}

#[test]
fn other_faults_are_told_apart() {
    let fault = |by: fn(&mut Played)| {
        let mut played = good(Place::Public);
        by(&mut played);
        faults(&played)
    };
    let unreached = fault(|played| played.head = Err(ClientError::Setup("no answer".into())));
    assert!(unreached.contains("head: no answer"));
    let unoffered = fault(|played| change(&mut played.head, |a| a.accepts_ranges = false));
    assert!(unoffered.contains("not offered"));
    let compressed =
        fault(|played| change(&mut played.samples[1], |a| a.encoding = Some("gzip".into())));
    assert!(compressed.contains("middle: it came compressed"));
    let short = fault(|played| {
        change(&mut played.samples[0], |a| a.body = a.body.slice(..10));
    });
    assert!(short.contains("10 bytes came"));
    let ignored = fault(|played| change(&mut played.beyond, |a| a.status = 206));
    assert!(ignored.contains("in place of 416"));
}

#[test]
fn other_bytes_are_seen_wherever_they_come_from() {
    let streamer = |n: u32| good(Place::Streamer(format!("streamer-{n}")));
    let other = |mut played: Played| {
        change(&mut played.samples[1], |answer| {
            answer.body = Bytes::from(vec![8; answer.body.len()]);
        });
        played
    };
    assert!(!differ(&[streamer(0), streamer(1), good(Place::Public)]));
    assert!(differ(&[streamer(0), other(streamer(1)), streamer(2)]));
    assert!(differ(&[other(streamer(0)), streamer(1)]));
    let mut silent = other(streamer(2));
    silent.samples[0] = Err(ClientError::Setup("no answer".into()));
    assert!(!differ(&[streamer(0), silent]));
    assert!(!differ(&[]));
}

#[test]
fn a_film_that_is_nowhere_is_one_fault() {
    let mut played = good(Place::Streamer("streamer-1".into()));
    let is_gone = |answer: &mut Answer| change(answer, |answer| answer.status = 404);
    is_gone(&mut played.head);
    played.samples.iter_mut().for_each(is_gone);
    let checks = judge(&played, SIZE);
    assert_eq!(checks.len(), 1);
    assert_eq!(checks[0].detail, "has no such film");
}

#[test]
fn the_fault_of_a_streamer_is_told_once() {
    let at = |what: &str| Check::failed(Category::Film, what, "d", "h");
    let both = told_once(vec![at("streamer-1: head"), at("public address: head")]);
    let outcomes: Vec<Outcome> = both.iter().map(|check| check.outcome).collect();
    assert_eq!(outcomes, [Outcome::Failed, Outcome::Warning]);
    let outside = told_once(vec![at("public address: head")]);
    assert_eq!(outside[0].outcome, Outcome::Failed);
}
