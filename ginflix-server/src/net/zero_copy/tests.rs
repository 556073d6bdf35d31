use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::net::UnixStream;

use super::*;
use crate::delivery::request_id::RequestId;
use crate::metrics::Metrics;
use crate::net::in_flight::Requests;

const BOTH: [Pacing; 2] = [Pacing::None, Pacing::Kernel];

fn source(content: &[u8]) -> (tempfile::NamedTempFile, Arc<Source>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    let source = Source::new(
        file.reopen().unwrap(),
        content.len() as u64,
        file.path().metadata().unwrap().modified().unwrap(),
    );
    (file, Arc::new(source))
}

fn parcel(source: &Arc<Source>, part: Range<u64>) -> Parcel {
    Parcel { source: Arc::clone(source), part, transfer: transfer() }
}

fn transfer() -> Arc<Transfer> {
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let running = Requests::new(Metrics::default()).begin();
    Arc::new(Transfer::new(
        RequestId(uuid::Uuid::nil()),
        client,
        http::Method::GET,
        "/",
        std::time::Instant::now(),
        running,
    ))
}

#[test]
fn content_goes_out_where_its_stand_in_is() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let (_file, source) = source(b"0123456789");
    let outbox = Outbox::default();
    for pacing in BOTH {
        let stand_in = outbox.put(parcel(&source, 2..8));
        let head = b"head".to_vec();
        let slices = [IoSlice::new(&head), IoSlice::new(&stand_in), IoSlice::new(b"later")];
        let sent = outbox.send(&ours, &slices, pacing).unwrap().unwrap();
        assert_eq!(sent, Sent { bytes: 10, full: false });
        let mut got = [0; 10];
        theirs.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"head234567");
        assert!(outbox.send(&ours, &[IoSlice::new(b"text")], pacing).is_none());
    }
}

#[test]
fn what_a_full_socket_leaves_goes_out_later() {
    let content: Vec<u8> = (0..100_000).map(|i: u32| (i / 7) as u8).collect();
    for pacing in BOTH {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        rustix::net::sockopt::set_socket_send_buffer_size(&ours, 4096).unwrap();
        let (_file, source) = source(&content);
        let outbox = Outbox::default();
        let mut stand_in = outbox.put(parcel(&source, 0..content.len() as u64));
        let (mut text, mut got) = (Bytes::from_static(b"head"), Vec::new());
        ours.set_nonblocking(true).unwrap();
        theirs.set_nonblocking(true).unwrap();
        while !stand_in.is_empty() {
            let slices = [&text, &stand_in].map(|part| IoSlice::new(part));
            let slices = if text.is_empty() { &slices[1..] } else { &slices[..] };
            if let Ok(sent) = outbox.send(&ours, slices, pacing).unwrap() {
                let of_text = sent.bytes.min(text.len());
                bytes::Buf::advance(&mut text, of_text);
                bytes::Buf::advance(&mut stand_in, sent.bytes - of_text);
                assert_eq!(sent.full, !stand_in.is_empty());
            }
            let _ = theirs.read_to_end(&mut got); // ends where there is nothing now
        }
        assert_eq!(&got[..4], b"head");
        assert!(got[4..] == content, "{pacing:?}");
    }
}

#[test]
fn what_was_not_put_down_is_not_sent() {
    let (ours, _theirs) = UnixStream::pair().unwrap();
    let (_file, source) = source(b"0123456789");
    let outbox = Outbox::default();
    let stand_in = outbox.put(parcel(&source, 0..10));
    let is_sent = |outbox: &Outbox, slice: &[u8]| {
        outbox.send(&ours, &[IoSlice::new(slice)], Pacing::None).unwrap().is_ok()
    };
    assert!(!is_sent(&outbox, &stand_in[..4]));
    assert!(!is_sent(&Outbox::default(), &stand_in));
}

#[test]
fn a_file_that_changed_is_not_sent() {
    let (ours, _theirs) = UnixStream::pair().unwrap();
    for change in [
        |file: &std::fs::File, _: &std::path::Path| file.set_len(5).unwrap(),
        |_: &std::fs::File, path: &std::path::Path| std::fs::remove_file(path).unwrap(),
    ] {
        let (file, source) = source(b"0123456789");
        let outbox = Outbox::default();
        let stand_in = outbox.put(parcel(&source, 0..10));
        change(file.as_file(), file.path());
        assert!(fails(&outbox, &ours, &stand_in));
    }
}

/// Whether the content cannot be sent; a head before it may have gone out.
fn fails(outbox: &Outbox, socket: &UnixStream, stand_in: &[u8]) -> bool {
    let whole = [IoSlice::new(b"head"), IoSlice::new(stand_in)];
    let first = outbox.send(socket, &whole, Pacing::None).unwrap();
    first.is_err() || outbox.send(socket, &whole[1..], Pacing::None).unwrap().is_err()
}

#[test]
fn a_file_that_became_shorter_is_not_taken_for_a_full_socket() {
    let (ours, _theirs) = UnixStream::pair().unwrap();
    for length in [5_000, 0] {
        let (file, source) = source(&[7; 10_000]);
        let outbox = Outbox::default();
        let stand_in = outbox.put(parcel(&source, 0..10_000));
        // Found to be as it was a moment ago, so it is not looked at before.
        assert!(source.look(|| true));
        file.as_file().set_len(length).unwrap();
        assert!(fails(&outbox, &ours, &stand_in), "{length}");
    }
}
