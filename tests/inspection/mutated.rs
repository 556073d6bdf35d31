//! Files with arbitrary damage: the server answers each upload within its limits of memory and time.

use std::fs;
use std::time::{Duration, Instant};

use ginflix_api::tus;
use ginflix_tests::media_files;
use ginflix_tests::random::Random;
use ginflix_tests::server::Server;

/// The memory limit of the server.
const MEMORY_BYTES: u64 = 128 << 20;

/// Returns a copy with some bytes changed, removed or repeated.
fn mutated(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut content = original.to_vec();
    let mut below = |limit: usize| (random.next_u64() % limit.max(1) as u64) as usize;
    for _ in 0..=below(12) {
        let at = below(content.len());
        match below(8) {
            0 => content.truncate(at.max(16)),
            1 => content[at..].iter_mut().take(8).for_each(|byte| *byte = 0xFF),
            2 => {
                let part = content[at..].iter().copied().take(below(64)).collect::<Vec<u8>>();
                content.splice(at..at, part);
            }
            _ => content[at] = below(256) as u8,
        }
    }
    content
}

/// Uploads this many files, each of which may take this long.
async fn upload_mutated(count: usize, timeout: Duration) {
    let server = Server::start_with_memory_limit(MEMORY_BYTES, &[]);
    let originals: Vec<Vec<u8>> =
        [media_files::three_seconds(), media_files::matroska(), media_files::hevc()]
            .map(|path| fs::read(path).unwrap())
            .to_vec();
    let mut random = Random::new(21);
    for number in 0..count {
        let content = mutated(&originals[number % originals.len()], &mut random);
        let metadata = ",acceptdamaged dHJ1ZQ==,replace dHJ1ZQ==";
        let upload = server
            .create_upload("film.mp4", content.len() as u64, metadata)
            .header("content-type", tus::OFFSET_OCTET_STREAM)
            .body(content);
        let start = Instant::now();
        let status = upload.send().await.unwrap().status();
        let took = start.elapsed();
        assert_eq!(status, 201, "file {number}");
        assert!(took < timeout, "file {number} took {took:?}");
        assert_eq!(server.json("/api/v1/media").await["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn mutated_files_are_inspected() {
    // Many other tests run at the same time.
    upload_mutated(100, Duration::from_secs(30)).await;
}

#[tokio::test]
#[ignore = "takes minutes; make test-media runs it"]
async fn thousands_of_mutated_files_are_inspected() {
    upload_mutated(5_000, Duration::from_secs(1)).await;
}
