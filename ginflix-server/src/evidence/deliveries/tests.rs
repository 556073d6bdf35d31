use proptest::prelude::*;

use super::*;

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// Begins a response with this status to a GET request for this path.
fn get(table: &Deliveries, path: &str, status: u16) -> Option<Delivery> {
    table.begin(CLIENT, &Method::GET, path, StatusCode::from_u16(status).unwrap())
}

fn amounts(table: &Deliveries, seconds: i64) -> Vec<(String, SentAmount)> {
    table.unwritten(at(seconds)).into_iter().map(|amount| (amount.media, amount.sent)).collect()
}

#[test]
fn everything_below_the_path_of_a_media_file_counts_for_it() {
    let table = Deliveries::default();
    get(&table, "/stream/The%20Film.mp4", 206).unwrap().add_bytes(100);
    get(&table, "/stream/The Film.mp4/hls/video/1/12.m4s", 200).unwrap().add_bytes(20);
    get(&table, "/stream/The%20Film.mp4/hls/master.m3u8", 304).unwrap();
    let sent = SentAmount { bytes: 120, responses: 2, revalidations: 1 };
    assert_eq!(amounts(&table, 1), [("The Film.mp4".to_owned(), sent)]);
}

#[test]
fn other_responses_are_no_evidence() {
    let table = Deliveries::default();
    for (path, status) in [
        ("/stream/a.mp4", 404),
        ("/stream/a.mp4", 416),
        ("/stream/a.mp4", 412),
        ("/api/v1/movies", 200),
        ("/peer/v1/media/a.mp4", 200),
        ("/stream/%ff.mp4", 200),
    ] {
        assert!(get(&table, path, status).is_none(), "{path} {status}");
    }
    assert!(table.begin(CLIENT, &Method::HEAD, "/stream/a.mp4", StatusCode::OK).is_none());
    assert!(table.unwritten(at(1)).is_empty());
}

#[test]
fn a_response_in_progress_is_reported_and_remembered() {
    let table = Deliveries::default();
    let delivery = get(&table, "/stream/a.mp4", 200).unwrap();
    delivery.add_bytes(10);
    let first = table.unwritten(at(1));
    table.set_written(&first);
    assert!(table.unwritten(at(2)).is_empty() && !table.has_unwritten(at(2)), "it is written");
    assert_eq!(table.drop_old(at(1000)), None);
    delivery.add_bytes(5);
    assert!(table.has_unwritten(at(1001)));
    let later = SentAmount { bytes: 5, ..SentAmount::default() };
    assert_eq!(amounts(&table, 1001), [("a.mp4".to_owned(), later)]);
    drop(delivery);
    table.set_written(&table.unwritten(at(1001)));
    table.drop_old(at(2000));
    assert_eq!(table.shard(CLIENT).lock().entries, 0);
}

#[test]
fn an_amount_that_cannot_be_written_for_an_hour_is_lost() {
    let table = Deliveries::default();
    get(&table, "/stream/a.mp4", 200).unwrap().add_bytes(10);
    table.unwritten(at(1));
    assert_eq!(table.drop_old(at(3600)), None);
    assert_eq!(table.drop_old(at(4000)), Some(at(4000)));
    assert!(table.unwritten(at(4000)).is_empty());
}

#[test]
fn a_full_table_drops_the_smallest_amounts() {
    let table = Deliveries::default();
    let watched = get(&table, "/stream/watched.mp4", 200).unwrap();
    watched.add_bytes(1 << 20);
    // A response that has only begun is not displaced by many others that have ended.
    let begun = get(&table, "/stream/begun.mp4", 206).unwrap();
    for n in 0..3 * SHARD_CAPACITY {
        get(&table, &format!("/stream/{n}.mp4"), 200).unwrap().add_bytes(100);
    }
    let shard = || table.shard(CLIENT).lock();
    let count = shard().entries;
    assert!(count <= SHARD_CAPACITY && count > SHARD_CAPACITY / 2, "{count}");
    assert_eq!(shard().clients.values().map(HashMap::len).sum::<usize>(), count);
    drop((watched, begun));
    let names: Vec<_> =
        table.unwritten(playback_now()).into_iter().map(|amount| amount.media).collect();
    for kept in ["watched.mp4", "begun.mp4"] {
        assert!(names.iter().any(|name| name == kept), "{kept} was dropped");
    }
    assert!(table.drop_old(playback_now()).is_some(), "nobody learns that something was lost");
}

proptest! {
    /// Whenever reports are made, and whichever of them fail, the sum of the reported buckets is
    /// what was sent.
    #[test]
    fn no_byte_is_lost_or_reported_twice(
        steps in prop::collection::vec((0u64..1000, 0i64..200, any::<bool>()), 1..40),
    ) {
        let table = Deliveries::default();
        let (mut seconds, mut sent) = (0, 0);
        let mut catalog = HashMap::new();
        let delivery = get(&table, "/stream/a.mp4", 200).unwrap();
        for (bytes, passed, is_available) in steps {
            delivery.add_bytes(bytes);
            (sent, seconds) = (sent + bytes, seconds + passed);
            let amounts = table.unwritten(at(seconds));
            if is_available {
                catalog.extend(amounts.iter().map(|amount| (amount.bucket, amount.sent.bytes)));
                table.set_written(&amounts);
                prop_assert_eq!(catalog.values().sum::<u64>(), sent);
            }
            if seconds < 3000 {
                prop_assert_eq!(table.drop_old(at(seconds)), None);
            }
        }
    }
}
