use bytes::Bytes;

use super::*;

const SIZE: u64 = 3_000_000;

fn response(status: u16, length: u64, range: Option<String>, body: Vec<u8>) -> ProbeResult {
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

fn good(target: ProbeTarget) -> PlaybackProbe {
    let samples = sample_ranges(SIZE).into_iter().map(|(first, last)| {
        let range = format!("bytes {first}-{last}/{SIZE}");
        response(206, last - first + 1, Some(range), vec![7; (last - first + 1) as usize])
    });
    PlaybackProbe {
        target,
        is_listed_as_whole: true,
        head: response(200, SIZE, None, Vec::new()),
        samples: samples.collect(),
        past_end: response(416, 0, Some(format!("bytes */{SIZE}")), Vec::new()),
        full: response(200, SIZE, None, vec![7; 1000]),
    }
}

fn faults(probe: &PlaybackProbe) -> String {
    judge(probe, SIZE)
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Failed)
        .map(|check| {
            format!("{}: {} ({})", check.subject, check.detail, check.hint.as_ref().unwrap())
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn edit_response(response: &mut ProbeResult, edit: impl FnOnce(&mut StreamResponse)) {
    edit(response.as_mut().unwrap());
}

#[test]
fn samples_are_within_a_file_of_any_size() {
    for size in [1, 2, SAMPLE_BYTES, SAMPLE_BYTES + 1, SIZE, u64::from(u32::MAX) * 9] {
        for (first, last) in sample_ranges(size) {
            assert!(first <= last && last < size, "{first}-{last}/{size}");
        }
        assert_eq!(sample_ranges(size)[0].0, 0);
        assert_eq!(sample_ranges(size)[2].1, size - 1);
    }
}

#[test]
fn a_target_without_faults_is_one_check() {
    let checks = judge(&good(ProbeTarget::PublicAddress), SIZE);
    assert_eq!(checks.len(), 1);
    assert_eq!(checks[0].outcome, CheckOutcome::Passed);
}

#[test]
fn a_proxy_that_drops_ranges_is_found() {
    let mut probe = good(ProbeTarget::PublicAddress);
    for sample in &mut probe.samples {
        edit_response(sample, |response| (response.status, response.range) = (200, None));
    }
    assert!(faults(&probe).contains("drops the header Range"), "{}", faults(&probe));
    probe.target = ProbeTarget::Streamer("streamer-0".into());
    assert!(!faults(&probe).contains("drops the header Range"));
}

#[test]
fn a_proxy_that_buffers_is_found() {
    let mut probe = good(ProbeTarget::PublicAddress);
    edit_response(&mut probe.full, |response| response.first_byte_after = Duration::from_secs(4));
    assert!(faults(&probe).contains("proxy_buffering"), "{}", faults(&probe));
    // On a slow connection samples are slow, too.
    for sample in &mut probe.samples {
        edit_response(sample, |response| response.first_byte_after = Duration::from_secs(2));
    }
    assert_eq!(faults(&probe), "");
}

#[test]
fn a_truncated_file_is_found() {
    let mut probe = good(ProbeTarget::Streamer("streamer-1".into()));
    edit_response(&mut probe.head, |response| response.length = Some(SIZE - 1));
    edit_response(&mut probe.samples[2], |response| response.status = 416);
    let faults = faults(&probe);
    assert!(faults.contains("streamer-1: head: its length is 2999999, and should be 3000000"));
    assert!(faults.contains("streamer-1: last bytes: got status 416"));
    assert!(faults.contains("media repair"));
}

#[test]
fn a_streamer_that_passes_on_another_copy_is_found() {
    let mut probe = good(ProbeTarget::Streamer("streamer-1".into()));
    edit_response(&mut probe.samples[1], |response| response.is_forwarded = true);
    assert!(faults(&probe).starts_with("streamer-1: own copy: is missing"));
    // The catalogue does not say that it has a copy yet.
    probe.is_listed_as_whole = false;
    assert_eq!(faults(&probe), "");
    // At the public address, any server may pass on the response of another.
    let mut probe = good(ProbeTarget::PublicAddress);
    edit_response(&mut probe.samples[1], |response| response.is_forwarded = true);
    assert_eq!(faults(&probe), "");
}

#[test]
fn every_other_fault_is_found() {
    let fault = |edit: fn(&mut PlaybackProbe)| {
        let mut probe = good(ProbeTarget::PublicAddress);
        edit(&mut probe);
        faults(&probe)
    };
    let unreached = fault(|probe| probe.head = Err(ClientError::Setup("no response".into())));
    assert!(unreached.contains("head: no response"));
    let unoffered = fault(|probe| edit_response(&mut probe.head, |a| a.accepts_ranges = false));
    assert!(unoffered.contains("not offered"));
    let compressed =
        fault(|probe| edit_response(&mut probe.samples[1], |a| a.encoding = Some("gzip".into())));
    assert!(compressed.contains("middle: it was sent compressed"));
    let short = fault(|probe| {
        edit_response(&mut probe.samples[0], |a| a.body = a.body.slice(..10));
    });
    assert!(short.contains("got 10 bytes"));
    let ignored = fault(|probe| edit_response(&mut probe.past_end, |a| a.status = 206));
    assert!(ignored.contains("instead of 416"));
}

#[test]
fn different_samples_of_any_target_are_found() {
    let streamer = |n: u32| good(ProbeTarget::Streamer(format!("streamer-{n}")));
    let other = |mut probe: PlaybackProbe| {
        edit_response(&mut probe.samples[1], |response| {
            response.body = Bytes::from(vec![8; response.body.len()]);
        });
        probe
    };
    assert!(!samples_differ(&[streamer(0), streamer(1), good(ProbeTarget::PublicAddress)]));
    assert!(samples_differ(&[streamer(0), other(streamer(1)), streamer(2)]));
    assert!(samples_differ(&[other(streamer(0)), streamer(1)]));
    let mut failing = other(streamer(2));
    failing.samples[0] = Err(ClientError::Setup("no response".into()));
    assert!(!samples_differ(&[streamer(0), failing]));
    assert!(!samples_differ(&[]));
}

#[test]
fn a_missing_file_is_one_fault() {
    let mut probe = good(ProbeTarget::Streamer("streamer-1".into()));
    let set_not_found =
        |response: &mut ProbeResult| edit_response(response, |response| response.status = 404);
    set_not_found(&mut probe.head);
    probe.samples.iter_mut().for_each(set_not_found);
    let checks = judge(&probe, SIZE);
    assert_eq!(checks.len(), 1);
    assert_eq!(checks[0].detail, "does not have this file");
}

#[test]
fn the_fault_of_a_streamer_is_reported_once() {
    let at = |subject: &str| Check::failed(Category::Playback, subject, "d", "h");
    let both = merge_duplicate_faults(vec![at("streamer-1: head"), at("public address: head")]);
    let outcomes: Vec<CheckOutcome> = both.iter().map(|check| check.outcome).collect();
    assert_eq!(outcomes, [CheckOutcome::Failed, CheckOutcome::Warning]);
    let outside = merge_duplicate_faults(vec![at("public address: head")]);
    assert_eq!(outside[0].outcome, CheckOutcome::Failed);
}
