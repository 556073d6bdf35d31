use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    (server, client)
}

fn source(content: &[u8]) -> (tempfile::NamedTempFile, Source) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    let modified = file.path().metadata().unwrap().modified().unwrap();
    let source = Source::new(file.reopen().unwrap(), content.len() as u64, modified);
    (file, source)
}

#[test]
fn text_and_parts_arrive_in_order_in_as_many_steps_as_the_socket_takes() {
    for pacing in [Pacing::None, Pacing::Kernel] {
        let (server, mut client) = pair();
        let content: Vec<u8> = (0..20_000_000_u32).map(|at| (at / 7) as u8).collect();
        let (_file, source) = source(&content);
        let mut buffer = SendBuffer::of_text(b"head".to_vec());
        buffer.add_text(b", more");
        buffer.set_part(5..content.len() as u64);
        let (mut came, mut file_bytes, mut times_full) = (Vec::new(), 0, 0);
        while !buffer.part().is_empty() {
            let sent = buffer.send(&source, &server, pacing).unwrap();
            file_bytes += sent.file_bytes;
            if sent.full {
                times_full += 1;
                let mut some = vec![0; 100_000];
                client.read_exact(&mut some).unwrap();
                came.append(&mut some);
            }
        }
        assert!(times_full > 1);
        assert_eq!(file_bytes, content.len() as u64 - 5);
        drop(server);
        client.read_to_end(&mut came).unwrap();
        assert!(came == [b"head, more", &content[5..]].concat());
    }
}

#[test]
fn text_alone_leaves_at_once_and_the_rest_of_it_is_kept() {
    let (server, mut client) = pair();
    let mut buffer = SendBuffer::of_text(b"head".to_vec());
    let sent = |moved, full| Sent { file_bytes: 0, moved, full };
    assert_eq!(buffer.send_text(&server).unwrap(), sent(true, false));
    let text = vec![7; 20_000_000];
    buffer.add_text(&text);
    assert_eq!(buffer.send_text(&server).unwrap(), sent(true, true));
    assert_eq!(buffer.send_text(&server).unwrap(), sent(false, true));
    let reader = std::thread::spawn(move || {
        let mut came = Vec::new();
        client.read_to_end(&mut came).unwrap();
        came
    });
    let is_sent = || !buffer.send_text(&server).unwrap().full;
    crate::test_wait::until("the text to be sent", is_sent);
    drop(server);
    assert!(reader.join().unwrap() == [b"head", &text[..]].concat());
    assert!(buffer.take_space().capacity() >= text.len());
}

#[test]
fn a_file_that_changed_is_not_sent() {
    let changes: [fn(&tempfile::NamedTempFile); 2] = [
        |file| file.as_file().set_len(10).unwrap(),
        |file| std::fs::remove_file(file.path()).unwrap(),
    ];
    for change in changes {
        let (server, _client) = pair();
        let (file, source) = source(&[7; 1000]);
        let mut buffer = SendBuffer::of_text(b"head".to_vec());
        buffer.set_part(0..1000);
        change(&file);
        source.grow_old();
        // Its head was sent before that is seen.
        let head = Sent { file_bytes: 0, moved: true, full: false };
        assert_eq!(buffer.send(&source, &server, Pacing::None).unwrap(), head);
        assert!(buffer.send(&source, &server, Pacing::None).is_err());
        assert_eq!(*buffer.part(), 0..1000);
    }
}

#[test]
fn a_file_that_became_shorter_is_not_taken_for_a_full_socket() {
    for length in [5_000, 0] {
        let (server, _client) = pair();
        let (file, source) = source(&[7; 10_000]);
        let mut buffer = SendBuffer::default();
        buffer.set_part(0..10_000);
        // Seen to be unchanged a moment ago, so that it is not looked at before it is sent.
        assert!(source.look(|| true));
        file.as_file().set_len(length).unwrap();
        assert!(buffer.send(&source, &server, Pacing::None).is_err(), "{length}");
    }
}
