use ginflix_api::media::MediaName;
use ginflix_api::movie::MovieId;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::catalog::store::Delivered;

/// The bytes that a view needs.
const NEEDED: u64 = 1000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn client(n: u128) -> ClientHash {
    ClientHash(Uuid::from_u128(n))
}

/// A playback of a client that became eligible so many seconds after its start.
fn playback(n: u128, started: i64) -> PlaybackRecord {
    PlaybackRecord {
        id: Uuid::now_v7(),
        movie_id: MovieId(Uuid::nil()),
        started_at: at(started),
        reported_at: Some(at(started + 30)),
        needed_seconds: 30.0,
        played: vec![],
        watched_seconds: 30.0,
        counted_at: None,
        reason: Some(NotCountedReason::AwaitingEvidence),
        client: Some(client(n)),
        media: Some("film.mp4".parse::<MediaName>().unwrap()),
        needed_bytes: NEEDED,
        eligible_at: Some(at(started + 30)),
        basis: None,
    }
}

fn sent(n: u128, bytes: u64, responses: u64, revalidations: u64) -> EvidenceRow {
    let sent = SentAmount { bytes, responses, revalidations };
    let media = "film.mp4".to_owned();
    let delivered = Delivered { client: client(n), media, bucket: at(0), sent };
    EvidenceRow { streamer: "a".to_owned(), delivered, spent: SentAmount::default() }
}

fn coverage(from: i64, until: i64) -> StreamerCoverage {
    StreamerCoverage { streamer: "a".to_owned(), from: at(from), until: at(until) }
}

/// A batch in which all streamers have reported everything.
fn covered(playbacks: Vec<PlaybackRecord>, evidence: Vec<EvidenceRow>) -> JudgementBatch {
    let coverage = vec![coverage(-10_000, 100_000)];
    JudgementBatch { playbacks, evidence, limited: vec![], coverage }
}

type Outcome = Result<ViewBasis, NotCountedReason>;

fn judged(mut batch: JudgementBatch) -> Vec<Outcome> {
    judge(&mut batch);
    let outcome = |playback: &PlaybackRecord| match (playback.basis, playback.reason) {
        (Some(basis), None) => {
            assert_eq!(playback.counted_at, playback.eligible_at);
            Ok(basis)
        }
        (None, Some(reason)) => {
            assert_eq!(playback.counted_at, None);
            Err(reason)
        }
        both => panic!("{both:?}"),
    };
    batch.playbacks.iter().map(outcome).collect()
}

#[test]
fn enough_bytes_and_a_response_of_its_own_make_a_view() {
    let three = || vec![playback(1, 0), playback(1, 1), playback(1, 2)];
    let (sent_ok, more) = (Ok(ViewBasis::Sent), Err(NotCountedReason::MoreThanSent));
    assert_eq!(judged(covered(three(), vec![sent(1, 3000, 3, 0)])), [sent_ok; 3]);
    assert_eq!(judged(covered(three(), vec![sent(1, 2999, 9, 0)])), [sent_ok, sent_ok, more]);
    assert_eq!(judged(covered(three(), vec![sent(1, 1 << 40, 1, 0)])), [sent_ok, more, more]);
}

#[test]
fn the_buckets_of_all_streamers_add_up() {
    let other = EvidenceRow { streamer: "b".to_owned(), ..sent(1, 600, 1, 0) };
    let evidence = vec![sent(1, 600, 0, 0), other];
    assert_eq!(judged(covered(vec![playback(1, 0)], evidence)), [Ok(ViewBasis::Sent)]);
}

#[test]
fn what_others_were_sent_and_what_is_spent_pays_for_nothing() {
    let none = Err(NotCountedReason::NoEvidence);
    assert_eq!(judged(covered(vec![playback(1, 0)], vec![sent(2, 5000, 5, 0)])), [none]);
    let mut spent = sent(1, 1500, 2, 0);
    spent.spent = SentAmount { bytes: 600, responses: 1, revalidations: 0 };
    let more = Err(NotCountedReason::MoreThanSent);
    assert_eq!(judged(covered(vec![playback(1, 0)], vec![spent])), [more]);
}

#[test]
fn revalidations_count_up_to_the_limit_of_an_hour() {
    let many = (0..30).map(|n| playback(1, n)).collect();
    let outcomes = judged(covered(many, vec![sent(1, 0, 0, 100)]));
    let (counted, refused) = outcomes.split_at(HOURLY_LIMIT);
    assert!(counted.iter().all(|outcome| *outcome == Ok(ViewBasis::Revalidated)));
    assert!(refused.iter().all(|outcome| *outcome == Err(NotCountedReason::UnverifiedLimit)));
    // The hour has passed, or the views are those of somebody else.
    let recent = |n, seconds| vec![(client(n), at(seconds)); HOURLY_LIMIT];
    let judge_one = |limited| {
        let batch = covered(vec![playback(1, 0)], vec![sent(1, 0, 0, 1)]);
        judged(JudgementBatch { limited, ..batch })
    };
    assert_eq!(judge_one(recent(1, 30 - 3600)), [Ok(ViewBasis::Revalidated)]);
    assert_eq!(judge_one(recent(2, 0)), [Ok(ViewBasis::Revalidated)]);
    assert_eq!(judge_one(recent(1, 30 - 3599)), [Err(NotCountedReason::UnverifiedLimit)]);
}

#[test]
fn without_reports_of_all_streamers_the_limit_applies() {
    let lost = [
        vec![],
        vec![coverage(-100, 30)],                       // no report since
        vec![coverage(1, 100)],                         // started again meanwhile
        vec![coverage(-100, 100), coverage(-100, -50)], // one of two is lost
    ];
    for coverage in lost {
        let batch = covered(vec![playback(1, 0)], vec![sent(1, 10, 1, 0)]);
        let batch = JudgementBatch { coverage, ..batch };
        let limited = vec![(client(1), at(0)); HOURLY_LIMIT];
        let full = JudgementBatch {
            limited,
            coverage: batch.coverage.clone(),
            ..covered(vec![playback(1, 0)], vec![])
        };
        assert_eq!(judged(batch), [Ok(ViewBasis::Unverified)]);
        assert_eq!(judged(full), [Err(NotCountedReason::UnverifiedLimit)]);
    }
    let enough = covered(vec![playback(1, 0)], vec![sent(1, NEEDED, 1, 0)]);
    let enough = JudgementBatch { coverage: vec![], ..enough };
    assert_eq!(judged(enough), [Ok(ViewBasis::Sent)], "what is known suffices");
}

#[test]
fn playbacks_of_unknown_clients_share_one_limit() {
    let unknown = |n| PlaybackRecord { client: None, ..playback(0, n) };
    let batch = covered((0..25).map(unknown).collect(), vec![]);
    let outcomes = judged(JudgementBatch { coverage: vec![], ..batch });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), HOURLY_LIMIT);
}

#[test]
fn a_playback_is_judged_after_all_reports_or_a_timeout() {
    let until = |coverage: &[StreamerCoverage], since| eligible_until(coverage, at(since), at(100));
    assert_eq!(until(&[coverage(0, 99), coverage(0, 97)], 90), at(96));
    // One streamer has not reported for long: the others do not wait for ever.
    assert_eq!(until(&[coverage(0, 99), coverage(0, 10)], 0), at(80));
    assert_eq!(until(&[], 0), at(80));
    // The catalogue was away until a moment ago, so streamers could not report.
    assert_eq!(until(&[coverage(0, 10)], 90), at(9));
    assert_eq!(until(&[], 90), Timestamp::MIN);
}

fn movie(size_bytes: Option<u64>, duration_seconds: Option<f64>) -> Movie {
    let json = serde_json::json!({
        "id": Uuid::nil(), "title": "Film", "description": "", "year": null, "genres": [],
        "directors": [], "cast": [], "media": "film.mp4", "stream_path": "/stream/film.mp4",
        "content_type": "video/mp4", "size_bytes": size_bytes,
        "duration_seconds": duration_seconds, "poster_path": null, "views": 0, "version": 1,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn a_view_needs_a_quarter_of_the_average_bytes() {
    let needed = |size, duration| needed_bytes(&movie(size, duration), 30.0);
    assert_eq!(needed(Some(7_200_000), Some(7200.0)), 7500);
    assert_eq!(needed(Some(1000), Some(0.1)), 1000, "never more than the file has");
    assert_eq!(needed(Some(0), Some(60.0)), 1);
    for unknown in [None, Some(0.0), Some(f64::NAN), Some(f64::INFINITY)] {
        assert_eq!(needed(Some(1 << 30), unknown), UNKNOWN_DURATION_BYTES);
        assert_eq!(needed(Some(100), unknown), 100);
    }
    assert_eq!(needed(None, None), UNKNOWN_DURATION_BYTES);
}

fn any_evidence() -> impl Strategy<Value = Vec<EvidenceRow>> {
    let row = (0u128..3, 0u64..4000, 0u64..4, 0u64..3);
    prop::collection::vec(row.prop_map(|(n, bytes, count, same)| sent(n, bytes, count, same)), 0..8)
}

proptest! {
    /// However playbacks are spread over batches, views are covered by what was sent, and every
    /// playback gets an outcome.
    #[test]
    fn no_byte_pays_for_two_views(
        clients in prop::collection::vec(0u128..3, 0..60),
        evidence in any_evidence(),
        batch_size in 1usize..10,
        is_covered in any::<bool>(),
    ) {
        let (mut rows, mut limited) = (evidence.clone(), vec![]);
        let mut counted: HashMap<(ClientHash, ViewBasis), u64> = HashMap::new();
        for batch in clients.chunks(batch_size) {
            let playbacks = batch.iter().map(|n| playback(*n, 0)).collect();
            let mut batch = covered(playbacks, rows);
            batch.limited = limited;
            if !is_covered {
                batch.coverage.clear();
            }
            judge(&mut batch);
            for playback in &batch.playbacks {
                prop_assert_ne!(playback.reason, Some(NotCountedReason::AwaitingEvidence));
                prop_assert_eq!(playback.counted_at.is_some(), playback.reason.is_none());
                if let Some(basis) = playback.basis {
                    *counted.entry((playback.client.unwrap(), basis)).or_default() += 1;
                }
            }
            (rows, limited) = (batch.evidence, batch.limited);
        }
        for n in 0..3 {
            let of_client = evidence.iter().filter(|row| row.delivered.client == client(n));
            let sent = total(of_client.map(|row| row.delivered.sent));
            let count = |basis| counted.get(&(client(n), basis)).copied().unwrap_or_default();
            let by_bytes = (sent.bytes / NEEDED).min(sent.responses);
            let wanted = clients.iter().filter(|other| **other == n).count() as u64;
            prop_assert_eq!(count(ViewBasis::Sent), by_bytes.min(wanted));
            prop_assert!(count(ViewBasis::Revalidated) <= sent.revalidations);
            let limited = count(ViewBasis::Revalidated) + count(ViewBasis::Unverified);
            prop_assert!(limited <= HOURLY_LIMIT as u64);
            if !is_covered {
                let all = count(ViewBasis::Sent) + limited;
                prop_assert!(all == wanted || limited == HOURLY_LIMIT as u64);
            }
        }
        for EvidenceRow { delivered, spent, .. } in rows {
            prop_assert!(spent.bytes <= delivered.sent.bytes);
            prop_assert!(spent.responses <= delivered.sent.responses);
            prop_assert!(spent.revalidations <= delivered.sent.revalidations);
        }
    }
}
