use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

fn connected_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    (server, client)
}

fn shared_file(content: &[u8]) -> (tempfile::NamedTempFile, SharedFile) {
    let mut on_disk = tempfile::NamedTempFile::new().unwrap();
    on_disk.write_all(content).unwrap();
    let modified = on_disk.path().metadata().unwrap().modified().unwrap();
    let file =
        SharedFile::new("film.mp4", on_disk.reopen().unwrap(), content.len() as u64, modified);
    (on_disk, file)
}

#[test]
fn bytes_and_file_ranges_arrive_in_order_however_often_the_socket_is_full() {
    for pacing in [Pacing::None, Pacing::Kernel] {
        let (server, mut client) = connected_pair();
        let content: Vec<u8> = (0..20_000_000_u32).map(|at| (at / 7) as u8).collect();
        let (_on_disk, file) = shared_file(&content);
        let mut buffer = SendBuffer::with_bytes(b"head".to_vec());
        buffer.push_bytes(Bytes::from_static(b", more"));
        buffer.set_file_range(5..content.len() as u64);
        let (mut received, mut file_bytes, mut times_blocked) = (Vec::new(), 0, 0);
        while !buffer.file_range().is_empty() {
            let outcome = buffer.send(&file, &server, pacing).unwrap();
            file_bytes += outcome.file_bytes;
            if outcome.is_blocked {
                times_blocked += 1;
                let mut chunk = vec![0; 100_000];
                client.read_exact(&mut chunk).unwrap();
                received.append(&mut chunk);
            }
        }
        assert!(times_blocked > 1);
        assert_eq!(file_bytes, content.len() as u64 - 5);
        drop(server);
        client.read_to_end(&mut received).unwrap();
        assert!(received == [b"head, more", &content[5..]].concat());
    }
}

#[test]
fn bytes_without_a_file_range_leave_at_once_and_what_the_socket_does_not_take_is_kept() {
    let (server, mut client) = connected_pair();
    let mut buffer = SendBuffer::with_bytes(b"head".to_vec());
    let outcome =
        |made_progress, is_blocked| SendOutcome { file_bytes: 0, made_progress, is_blocked };
    assert_eq!(buffer.send_bytes(&server, false, Pacing::None).unwrap(), outcome(true, false));
    // Short bytes are copied, long ones are not; they leave in order.
    let bytes: Bytes = (0..20_000_000_u32).map(|at| (at / 7) as u8).collect();
    buffer.push_bytes(Bytes::from_static(b"short"));
    buffer.push_bytes(bytes.clone());
    assert!(buffer.is_full());
    assert_eq!(buffer.send_bytes(&server, false, Pacing::None).unwrap(), outcome(true, true));
    assert_eq!(buffer.send_bytes(&server, false, Pacing::None).unwrap(), outcome(false, true));
    let reader = std::thread::spawn(move || {
        let mut received = Vec::new();
        client.read_to_end(&mut received).unwrap();
        received
    });
    let is_sent = || !buffer.send_bytes(&server, false, Pacing::None).unwrap().is_blocked;
    crate::test_wait::until("the bytes to be sent", is_sent);
    drop(server);
    assert!(reader.join().unwrap() == [b"headshort", &bytes[..]].concat());
    assert!(buffer.take_memory().capacity() < SHARED_BYTES);
}

#[test]
fn a_file_that_changed_is_not_sent() {
    let changes: [fn(&tempfile::NamedTempFile); 2] = [
        |file| file.as_file().set_len(10).unwrap(),
        |file| std::fs::remove_file(file.path()).unwrap(),
    ];
    for change in changes {
        let (server, _client) = connected_pair();
        let (on_disk, file) = shared_file(&[7; 1000]);
        let mut buffer = SendBuffer::with_bytes(b"head".to_vec());
        buffer.set_file_range(0..1000);
        change(&on_disk);
        file.mark_stale();
        // The head is sent before the change is noticed.
        let head = SendOutcome { file_bytes: 0, made_progress: true, is_blocked: false };
        assert_eq!(buffer.send(&file, &server, Pacing::None).unwrap(), head);
        assert!(buffer.send(&file, &server, Pacing::None).is_err());
        assert_eq!(*buffer.file_range(), 0..1000);
    }
}

#[test]
fn a_file_that_became_shorter_is_not_mistaken_for_a_full_socket() {
    for length in [5_000, 0] {
        let (server, _client) = connected_pair();
        let (on_disk, file) = shared_file(&[7; 10_000]);
        let mut buffer = SendBuffer::default();
        buffer.set_file_range(0..10_000);
        // Just found to be unchanged, so that it is not checked again before it is sent.
        assert!(file.revalidate(|| true));
        on_disk.as_file().set_len(length).unwrap();
        assert!(buffer.send(&file, &server, Pacing::None).is_err(), "{length}");
    }
}
