use std::fs::File;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use ginflix_wire::{Response, read_rest};
use jiff::{SignedDuration, Timestamp};
use rustix::fs::{Advice, fadvise};

use super::test_server::TestServer;
use crate::hmac_keys::HmacKeys;
use crate::links::Links;
use crate::test_wait;

/// By the HTTP library, because of the field `TE`.
const GET: &str =
    "GET /stream/film.mp4 HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: close\r\n\r\n";

/// By an event loop.
const PLAIN: &str = "GET /stream/film.mp4 HTTP/1.1\r\nHost: x\r\n\r\n";

/// A film that no socket buffer holds.
fn large_film() -> Vec<u8> {
    (0..32 << 20).map(|i: usize| (i * 7 + i / 251) as u8).collect()
}

/// A film being sent: its head and its first bytes have come.
fn started(server: &TestServer, get: &str) -> (TcpStream, Vec<u8>) {
    let mut stream = server.connect();
    stream.write_all(get.as_bytes()).unwrap();
    let mut first = vec![0; 1000];
    stream.read_exact(&mut first).unwrap();
    (stream, first)
}

fn finished((mut stream, mut all): (TcpStream, Vec<u8>)) -> Response {
    all.extend(read_rest(&mut stream));
    Response::of(&all)
}

/// Until `/readyz` says 503.
fn wait_for_stopping(server: &TestServer) {
    test_wait::until("the server to stop", || server.get("/readyz", "").status == 503);
}

/// Until the other end has cut the connection.
fn wait_for_reset(stream: &TcpStream) {
    test_wait::until("the connection to be cut", || stream.take_error().unwrap().is_some());
}

#[test]
fn after_the_stop_running_answers_finish_and_new_clients_are_sent_away() {
    let mut server = TestServer::start(&[]);
    let film = large_film();
    server.put("film.mp4", &film);
    let running = [GET, PLAIN].map(|get| started(&server, get));
    let idle = server.connect();
    assert_eq!(server.get("/readyz", "").status, 200);
    server.stop();
    wait_for_stopping(&server);
    let late = server.get("/stream/film.mp4", "");
    assert_eq!((late.status, late.header("connection")), (503, Some("close")));
    assert_eq!(server.get("/healthz", "").status, 200);
    for running in running {
        assert!(finished(running).body == film);
    }
    assert!(read_rest(&mut { idle }).is_empty());
    server.stopped();
}

#[test]
fn a_request_that_was_not_read_before_the_stop_is_answered() {
    let mut server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    let mut clients: Vec<_> = (0..50).map(|_| server.connect()).collect();
    for (client, get) in clients.iter_mut().zip([GET, PLAIN].into_iter().cycle()) {
        client.write_all(get.as_bytes()).unwrap();
    }
    server.stop();
    for client in &mut clients {
        let answer = Response::read(client);
        assert!([200, 503].contains(&answer.status), "{answer:?}");
    }
    server.stopped();
}

#[test]
fn what_runs_longer_than_the_drain_time_is_cut() {
    let mut server = TestServer::start(&["--drain-seconds=1"]);
    let film = large_film();
    server.put("film.mp4", &film);
    let running = [GET, PLAIN].map(|get| started(&server, get));
    server.stop();
    server.stopped();
    for running in running {
        let answer = finished(running);
        assert!(answer.body.len() < answer.length());
        assert!(film.starts_with(&answer.body));
    }
}

/// An address of this machine that nobody listens on.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What `/metrics` says there.
fn figures(private: SocketAddr) -> String {
    let mut stream = TcpStream::connect(private).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    String::from_utf8(Response::read(&mut stream).body).unwrap()
}

type Change = fn(&TestServer);

#[test]
fn a_file_that_changes_while_it_is_sent_ends_the_connection_early() {
    let server = TestServer::start(&[]);
    let film = large_film();
    let changes: [(&str, Change); 3] = [
        ("truncated", |server| {
            let file = File::options().write(true).open(server.path("film.mp4")).unwrap();
            file.set_len(0).unwrap();
        }),
        ("replaced", |server| server.put("film.mp4", &vec![b'x'; 32 << 20])),
        ("deleted", |server| std::fs::remove_file(server.path("film.mp4")).unwrap()),
    ];
    for (what, change) in changes {
        server.put("film.mp4", &film);
        let running: Vec<_> =
            (0..40).flat_map(|_| [GET, PLAIN]).map(|get| started(&server, get)).collect();
        change(&server);
        for running in running {
            let answer = finished(running);
            assert!(answer.body.len() < answer.length(), "{what}");
            assert!(film.starts_with(&answer.body), "{what}");
        }
    }
    assert_eq!(server.get("/healthz", "").status, 200);
}

#[test]
fn clients_that_stop_reading_are_cut_and_the_others_are_not() {
    let server = TestServer::start(&["--stall-seconds=1"]);
    let film = large_film();
    server.put("film.mp4", &film);
    let idle = server.connect();
    let stalled: Vec<_> =
        (0..100).flat_map(|_| [GET, PLAIN]).map(|get| started(&server, get).0).collect();
    stalled.iter().for_each(wait_for_reset);
    assert!(server.get("/stream/film.mp4", "").body == film);
    // An idle connection waits for nobody's bytes.
    assert!(idle.take_error().unwrap().is_none());
}

#[test]
fn one_connection_too_many_is_told_so() {
    let server = TestServer::start(&["--max-connections=2"]);
    server.put("film.mp4", b"film");
    let held = [server.connect(), server.connect()];
    // The held ones are known to be counted when one more is refused.
    let refused = server.get("/stream/film.mp4", "");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("2")));
    assert!(String::from_utf8(refused.body).unwrap().contains("too many connections"));
    drop(held);
    let is_answered = || server.get("/stream/film.mp4", "").status == 200;
    test_wait::until("a free connection", is_answered);
}

#[test]
fn a_request_body_has_to_keep_coming() {
    let server = TestServer::start(&["--stall-seconds=1"]);
    let answer = server.exchange(
        "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: 1000\r\n\r\n{",
    );
    assert_eq!(answer.status, 400);
}

#[test]
fn framing_is_never_guessed() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    // The status of each answer to a POST whose body has a GET behind it.
    let answers = |fields: &str| -> Vec<u16> {
        let post = format!("POST /api/v1/session HTTP/1.1\r\nHost: x\r\n{fields}\r\n0\r\n\r\n");
        let mut stream = server.connect();
        stream.write_all(format!("{post}{GET}").as_bytes()).unwrap();
        let text = String::from_utf8(read_rest(&mut stream)).unwrap();
        text.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse().unwrap()).collect()
    };
    for (fields, what) in [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "both lengths"),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", "two lengths"),
        ("Content-Length: +5\r\n", "a signed length"),
        ("Transfer-Encoding: chunked, identity\r\n", "chunked is not last"),
        ("Transfer-Encoding : chunked\r\n", "a space before the colon"),
    ] {
        let answers = answers(fields);
        assert_eq!(answers.len(), 1, "{what}: {answers:?}");
        assert!((400..500).contains(&answers[0]), "{what}: {answers:?}");
    }
    // Where the framing is right, what follows is a request.
    assert_eq!(answers("Content-Length: 5\r\n"), [400, 200]);
    assert_eq!(answers("Transfer-Encoding: chunked\r\n"), [400, 200]);
}

#[test]
fn event_loops_and_the_library_write_the_same_response() {
    let server = TestServer::start(&[]);
    let film = large_film();
    server.put("a film.mp4", &film);
    let etag = server.get("/stream/a%20film.mp4", "").header("etag").unwrap().to_owned();
    let answer = |method: &str, path: &str, fields: &str| {
        let mut stream = server.connect();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
        // What comes behind it ends the connection, without a word of that in it.
        let last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(format!("{request}{last}").as_bytes()).unwrap();
        let mut all = read_rest(&mut stream);
        if !fields.contains("close") {
            let last = all.windows(9).rposition(|window| window == b"HTTP/1.1 ").unwrap();
            assert!(last > 0, "{method} {path} {fields}");
            all.truncate(last);
        }
        Response::of(&all)
    };
    let comparable = |answer: &Response| {
        let mut lines: Vec<String> = answer.head.lines().map(str::to_owned).collect();
        // Both have them, and each its own.
        for name in ["date", "x-request-id"] {
            assert!(answer.header(name).is_some(), "{answer:?}");
            lines.retain(|line| !line.starts_with(name));
        }
        lines.retain(|line| line != "connection: close");
        lines.sort();
        lines
    };
    for (method, path, fields, status) in [
        ("GET", "/stream/a%20film.mp4", String::new(), 200),
        ("GET", "/stream/a%20film.mp4?x=/y", String::new(), 200),
        ("HEAD", "/stream/a%20film.mp4", String::new(), 200),
        ("GET", "/stream/a%20film.mp4", "Range: bytes=5-1000004\r\n".to_owned(), 206),
        ("GET", "/stream/a%20film.mp4", "RANGE: bytes=-70000\r\n".to_owned(), 206),
        ("HEAD", "/stream/a%20film.mp4", "Range: bytes=0-1\r\n".to_owned(), 200),
        ("GET", "/stream/a%20film.mp4", "Range: bytes=99999999-\r\n".to_owned(), 416),
        ("GET", "/stream/a%20film.mp4", format!("If-None-Match: {etag}\r\n"), 304),
        ("GET", "/stream/a%20film.mp4", "If-Match: \"other\"\r\n".to_owned(), 412),
        ("HEAD", "/stream/a%20film.mp4", "If-Match: \"other\"\r\n".to_owned(), 412),
        ("GET", "/stream/a%20film.mp4", "Range: bytes=0-\r\nIf-Range: \"o\"\r\n".to_owned(), 200),
    ] {
        let fast = answer(method, path, &fields);
        let last = answer(method, path, &format!("{fields}Connection: close\r\n"));
        let by_library = answer(method, path, &format!("{fields}TE: a\r\nConnection: close\r\n"));
        assert_eq!(fast.status, status, "{method} {fields} {}", fast.head);
        for other in [last, by_library] {
            assert_eq!(other.header("connection"), Some("close"));
            assert_eq!(comparable(&fast), comparable(&other));
            // An error's body has the id of its request.
            assert!(fast.body == other.body || status > 400, "{method} {fields}");
        }
    }
    let several = answer("GET", "/stream/a%20film.mp4", "Range: bytes=0-4,1000000-2999999\r\n");
    assert_eq!((several.status, several.body.len()), (206, several.length()));
    let part = &film[1_000_000..3_000_000];
    assert!(several.body.windows(part.len()).any(|window| window == part));
}

#[test]
fn a_private_cluster_sends_files_without_copying() {
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    let token = "t".repeat(40);
    std::fs::write(&token_file, &token).unwrap();
    let private = free_address();
    let server = TestServer::start(&[
        "--access=private",
        &format!("--admin-token-file={}", token_file.display()),
        &format!("--private-listen={private}"),
    ]);
    let film = large_film();
    server.put("film.mp4", &film);
    let plain = |target: &str, fields: &str| {
        PLAIN.replace("/stream/film.mp4", target).replace("\r\n\r\n", &format!("\r\n{fields}\r\n"))
    };
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let links = Links::new(HmacKeys::of_folder(&server.path("..")).unwrap());
    let end = Timestamp::now() + SignedDuration::from_secs(60);
    let link = links.sign("/stream/film.mp4", "ann", end);
    let mut stream = server.connect();
    for request in [
        plain("/stream/film.mp4", &bearer),
        plain(&link, ""),
        plain("/stream/film.mp4", &format!("Cookie: ginflix_session={token}\r\n")),
    ] {
        stream.write_all(request.as_bytes()).unwrap();
        let answer = Response::read_one(&mut stream);
        assert!(answer.status == 200 && answer.body == film, "{request}");
    }
    let refused = server.exchange(&plain("/stream/film.mp4", "Connection: close\r\n"));
    assert_eq!(refused.status, 401);
    let bytes = 3 * film.len();
    let figures = figures(private);
    let line = format!("ginflix_zero_copy_bytes_total {bytes}");
    assert!(figures.lines().any(|own| own == line), "{line} is not in\n{figures}");
}

#[test]
fn what_ends_with_text_is_not_held_back_for_content() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", &vec![7; 1000]);
    // The kernel keeps back for 200 ms what it is told to send with more.
    for (method, field, end) in [
        ("HEAD", "X: y", "\r\n\r\n"),
        ("GET", "If-None-Match: *", "\r\n\r\n"),
        ("GET", "Range: bytes=0-1,900-", "--\r\n"),
    ] {
        let mut stream = server.connect();
        let request = format!("{method} /stream/film.mp4 HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n");
        let start = Instant::now();
        for _ in 0..50 {
            stream.write_all(request.as_bytes()).unwrap();
            let (mut answer, mut some) = (Vec::new(), [0; 4096]);
            while !answer.ends_with(end.as_bytes()) {
                let length = stream.read(&mut some).unwrap();
                assert!(length > 0, "{method} {field}");
                answer.extend_from_slice(&some[..length]);
            }
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{method} {field}");
    }
}

#[test]
fn what_is_only_on_the_disk_comes_whole_on_every_way() {
    let server = TestServer::start(&[]);
    let film = large_film();
    server.put("film.mp4", &film);
    let file = File::open(server.path("film.mp4")).unwrap();
    file.sync_all().unwrap();
    for get in [GET, PLAIN] {
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        let mut stream = server.connect();
        stream.write_all(get.as_bytes()).unwrap();
        if get == PLAIN {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        assert!(Response::read(&mut stream).body == film, "{get}");
        // And to those who leave it waiting in the middle of what the disk gave.
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        let slow: Vec<_> = (0..8).map(|_| started(&server, get)).collect();
        for answer in slow {
            if get == PLAIN {
                answer.0.shutdown(Shutdown::Write).unwrap();
            }
            assert!(finished(answer).body == film, "{get}");
        }
    }
}

#[test]
fn a_film_of_the_future_is_as_old_as_its_answer() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    let file = File::options().write(true).open(server.path("film.mp4")).unwrap();
    file.set_modified(std::time::SystemTime::now() + Duration::from_secs(3600)).unwrap();
    let mut stream = server.connect();
    stream.write_all(PLAIN.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let head = Response::read(&mut stream).head;
    let value = |name| head.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    assert_eq!(value("last-modified: "), value("date: "), "{head}");
}

#[test]
fn who_will_send_no_more_gets_the_film_all_the_same() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    // Of so many, some are only looked at when the end has come as well.
    let clients = (0..200).map(|_| {
        let mut stream = server.connect();
        stream.write_all(PLAIN.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        stream
    });
    for mut stream in clients.collect::<Vec<_>>() {
        assert_eq!(Response::read(&mut stream).body, b"film");
    }
}

#[test]
fn a_film_that_is_gone_is_closed_while_others_are_watched() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    let mut stays = server.connect();
    stays.write_all(PLAIN.replace("film.mp4", "film.mp4?once").as_bytes()).unwrap();
    stays.read_exact(&mut [0; 100]).unwrap();
    server.put("film.mp4", b"another");
    // Seen as soon as the kernel's clock has moved on.
    let is_seen = || server.get("/stream/film.mp4", "").body == b"another";
    test_wait::until("the new film to be seen", is_seen);
    let gone = format!("{} (deleted)", server.path("film.mp4").display());
    let is_open = || {
        let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        let mut names = open.filter_map(|fd| std::fs::read_link(fd.path()).ok());
        names.any(|name| name.as_os_str() == gone.as_str())
    };
    test_wait::until("the film that is gone to be closed", || !is_open());
}

#[test]
fn a_connection_leaves_the_fast_path_in_the_middle_of_what_came() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    let part = PLAIN.replace("\r\n\r\n", "\r\nRange: bytes=1-2\r\n\r\n");
    let probe = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let all = [PLAIN, &part, probe, &part, GET].concat();
    // However it is cut in two.
    for cut in 0..all.len() {
        let mut stream = server.connect();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&all.as_bytes()[..cut]).unwrap();
        stream.write_all(&all.as_bytes()[cut..]).unwrap();
        let text = String::from_utf8(read_rest(&mut stream)).unwrap();
        let answers = text.split("HTTP/1.1 ").skip(1).map(|answer| {
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            (head[..3].parse().unwrap(), body)
        });
        let answers: Vec<(u16, &str)> = answers.collect();
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.0).collect();
        assert_eq!(statuses, [200, 206, 200, 206, 200], "{cut}: {text}");
        assert_eq!(
            [0, 1, 3, 4].map(|i: usize| answers[i].1),
            ["film", "il", "il", "film"],
            "{cut}"
        );
    }
}

#[test]
fn many_requests_may_come_before_the_first_is_answered() {
    let server = TestServer::start(&[]);
    let film = large_film();
    server.put("film.mp4", &film);
    let ranges = (0..2000).map(|i| (i * 7919, i * 7919 + i % 300)).chain([(0, film.len() - 1)]);
    let requests = ranges.clone().map(|(first, last)| {
        PLAIN.replace("\r\n\r\n", &format!("\r\nRange: bytes={first}-{last}\r\n\r\n"))
    });
    let all = requests.collect::<String>() + GET;
    let mut stream = server.connect();
    let mut sending = stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || sending.write_all(all.as_bytes()).unwrap());
    let came = read_rest(&mut stream);
    sender.join().unwrap();
    let mut rest = &came[..];
    for (first, last) in ranges.chain([(0, film.len() - 1)]) {
        let answer = Response::of(&rest[..rest.len().min(4096 + last - first)]);
        assert!(answer.body.starts_with(&film[first..=last]), "{first}-{last}: {}", answer.head);
        rest = &rest[answer.head.len() + 4 + last + 1 - first..];
    }
    assert!(rest.is_empty());
}

#[test]
fn odd_requests_get_what_the_rfc_asks_and_no_more() {
    let server = TestServer::start(&[]);
    server.put("film.mp4", b"film");
    std::os::unix::fs::symlink("/etc/passwd", server.path("link.mp4")).unwrap();
    std::os::unix::fs::symlink("film.mp4", server.path("inner.mp4")).unwrap();
    std::fs::create_dir(server.path("folder.mp4")).unwrap();
    let host = "Host: x\r\n";
    let long = format!("/stream/{}", "a".repeat(70_000));
    let many = "X: y\r\n".repeat(200);
    let cases = [
        // The three other forms of a target: RFC 9112 section 3.2.
        ("GET http://elsewhere.example/stream/film.mp4 HTTP/1.1", host, 200),
        ("CONNECT film.mp4:80 HTTP/1.1", host, 404),
        ("OPTIONS * HTTP/1.1", host, 404),
        // Section 3.2: no host, two, and none where HTTP/1.0 has none.
        ("GET /stream/film.mp4 HTTP/1.1", "", 400),
        ("GET /stream/film.mp4 HTTP/1.1", "Host: x\r\nHost: y\r\n", 400),
        ("GET /stream/film.mp4 HTTP/1.0", "", 200),
        // Sections 2.2 and 5: bare CR, folded lines, space before a colon, NUL.
        ("GET /stream/film.mp4 HTTP/1.1", "Host: x\r\nA: b\rc\r\n", 400),
        ("GET /stream/film.mp4 HTTP/1.1", "Host: x\r\nA: b\r\n c\r\n", 400),
        ("GET /stream/film.mp4 HTTP/1.1", "Host : x\r\n", 400),
        ("GET /stream/film.mp4 HTTP/1.1", "Host: x\r\nA: \0\r\n", 400),
        ("GET /stream/film.mp4 HTTP/1.1 ", host, 400),
        ("GET /stream/a b.mp4 HTTP/1.1", host, 400),
        ("GET stream/film.mp4 HTTP/1.1", host, 400),
        // Too long, too many: RFC 9110 section 15.5.15, RFC 6585 section 5.
        (&format!("GET {long} HTTP/1.1"), host, 414),
        ("GET /stream/film.mp4 HTTP/1.1", &format!("{host}{many}"), 431),
        // Names that are none, in all their disguises.
        ("GET /stream/%2e%2e/catalog.db HTTP/1.1", host, 404),
        ("GET /stream/%2e%2e%2fcatalog.db HTTP/1.1", host, 404),
        ("GET /stream/%252e%252e%252fcatalog.db HTTP/1.1", host, 404),
        ("GET /stream/..%c0%afcatalog.db HTTP/1.1", host, 404),
        ("GET /stream/../media/film.mp4 HTTP/1.1", host, 404),
        ("GET /stream/film.mp4%00.txt HTTP/1.1", host, 404),
        // Other ways to write the same one; a slash at the end says nothing more.
        ("GET /stream/fi%6Cm.mp4 HTTP/1.1", host, 200),
        ("GET /stream/film.mp4/ HTTP/1.1", host, 200),
        ("GET /stream/film.mp4?a=/../../x HTTP/1.1", host, 200),
        // What is no file of its own is not followed.
        ("GET /stream/link.mp4 HTTP/1.1", host, 404),
        ("GET /stream/inner.mp4 HTTP/1.1", host, 404),
        ("GET /stream/folder.mp4 HTTP/1.1", host, 404),
    ];
    for (line, fields, status) in cases {
        let answer = server.exchange(&format!("{line}\r\n{fields}Connection: close\r\n\r\n"));
        let shown = &line[..line.len().min(60)];
        assert_eq!(answer.status, status, "{shown}: {answer:?}");
        assert!(status != 200 || answer.body == b"film", "{shown}: {answer:?}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("root:"), "{shown}");
    }
    // A lone LF may end a line (section 2.2): then it does so throughout.
    let bare = "GET /stream/film.mp4 HTTP/1.1\nHost: x\nConnection: close\n\n";
    assert_eq!(server.exchange(bare).body, b"film");
}

#[test]
fn figures_are_told_on_the_private_address_only() {
    let private = free_address();
    let server = TestServer::start(&[&format!("--private-listen={private}")]);
    server.put("film.mp4", &vec![7; 500_000]);
    assert_eq!(server.get("/stream/film.mp4", "Range: bytes=0-199999\r\n").status, 206);
    assert_eq!(server.get("/metrics", "").status, 404);
    let text = figures(private);
    for line in
        ["ginflix_responses_total{status=\"206\"} 1", "ginflix_zero_copy_bytes_total 200000"]
    {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
}
