use std::io::{Read, Write};
use std::iter;
use std::net::TcpListener;

use super::*;
use crate::media::shared_file::FileChanged;

struct Rig {
    on_disk: tempfile::NamedTempFile,
    content: Vec<u8>,
    file: SharedFile,
    server: TcpStream,
    client: TcpStream,
}

impl Rig {
    fn new() -> Self {
        let content: Vec<u8> = (0..8_000_000_u32).map(|at| (at / 7) as u8).collect();
        let mut on_disk = tempfile::NamedTempFile::new().unwrap();
        on_disk.write_all(&content).unwrap();
        let modified = on_disk.path().metadata().unwrap().modified().unwrap();
        let (reopened, size) = (on_disk.reopen().unwrap(), content.len() as u64);
        let file = SharedFile::new("movie.mp4", reopened, size, modified);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nonblocking(true).unwrap();
        Self { on_disk, content, file, server, client }
    }
}

/// Ranges of 27,000 bytes with gaps between them.
fn ranges() -> Vec<Range<u64>> {
    (0..280).map(|number| number * 28_000..number * 28_000 + 27_000).collect()
}

/// Removes the first bytes from ranges.
fn advance(ranges: &mut Vec<Range<u64>>, mut bytes: u64) {
    while bytes > 0 {
        let first = &mut ranges[0];
        let part = bytes.min(first.end - first.start);
        first.start += part;
        bytes -= part;
        if first.is_empty() {
            ranges.remove(0);
        }
    }
}

#[test]
fn ranges_arrive_in_order_however_often_the_socket_is_full() {
    let Rig { on_disk: _on_disk, content, file, server, mut client } = Rig::new();
    let (mut pipe, mut left) = (RangePipe::open(), ranges());
    let expected: Vec<u8> =
        left.iter().flat_map(|r| &content[r.start as usize..r.end as usize]).copied().collect();
    let (mut received, mut times_blocked) = (Vec::new(), 0);
    while !left.is_empty() {
        let sent = pipe.send(&file, &server, left.iter().cloned(), CAPACITY_BYTES);
        let outcome = sent.unwrap().unwrap();
        advance(&mut left, outcome.sent as u64);
        if outcome.is_blocked {
            times_blocked += 1;
            let mut chunk = vec![0; 100_000];
            client.read_exact(&mut chunk).unwrap();
            received.append(&mut chunk);
        }
    }
    assert!(times_blocked > 1);
    drop(server);
    client.read_to_end(&mut received).unwrap();
    assert!(received == expected);
}

#[test]
fn the_pipe_is_empty_after_a_fault() {
    let Rig { on_disk, content, file, server, mut client } = Rig::new();
    let mut pipe = RangePipe::open();
    // The second range is beyond the end: the file became shorter.
    let wrong = [0..10, content.len() as u64..content.len() as u64 + 1];
    let error = pipe.send(&file, &server, wrong.into_iter(), CAPACITY_BYTES).unwrap_err();
    assert!(error.get_ref().unwrap().is::<FileChanged>());
    let sent = pipe.send(&file, &server, iter::once(20..30), CAPACITY_BYTES).unwrap();
    assert_eq!(sent, Some(PipeOutcome { sent: 10, is_blocked: false }));
    drop(server);
    let mut received = Vec::new();
    client.read_to_end(&mut received).unwrap();
    assert_eq!(received, content[20..30]);
    drop(on_disk);
}

#[test]
fn without_a_pipe_nothing_is_sent() {
    let Rig { on_disk: _on_disk, file, server, .. } = Rig::new();
    let sent = RangePipe(None).send(&file, &server, iter::once(0..10), CAPACITY_BYTES);
    assert_eq!(sent.unwrap(), None);
}
