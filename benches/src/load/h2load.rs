//! Load from h2load: HTTP/2 over TLS, two streams on each connection.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{Asked, Load};
use crate::terms::CIPHER;

/// Where in each file the range begins.
const OFFSET: u64 = 4 << 20;

/// Streams of a connection.
const STREAMS: usize = 2;

/// Asks for a range of each file in turn.
pub fn run(asked: &Asked, names: &[String], folder: &Path, time: Duration) -> Result<Load> {
    let urls: Vec<String> =
        names.iter().map(|name| format!("{}/stream/{name}\n", asked.origin)).collect();
    let list = folder.join("urls");
    fs::write(&list, urls.concat())?;
    let range = format!("range: bytes={OFFSET}-{}", OFFSET + asked.part - 1);
    let output = Command::new("h2load")
        .args(["-t1", "-m", &STREAMS.to_string(), "-c", &(asked.at_once / STREAMS).to_string()])
        .args(["-D", &time.as_secs().to_string(), "--tls13-ciphers", CIPHER, "-H", &range, "-i"])
        .arg(&list)
        .output()
        .context("cannot run h2load, of the package nghttp2-client")?;
    let text = String::from_utf8_lossy(&output.stdout);
    read(&text, time).with_context(|| format!("h2load said nothing of use:\n{text}"))
}

/// Reads what h2load prints about one run.
fn read(text: &str, time: Duration) -> Result<Load> {
    for wanted in
        ["TLS Protocol: TLSv1.3", &format!("Cipher: {CIPHER}"), "Application protocol: h2"]
    {
        ensure!(text.lines().any(|line| line == wanted), "there is no \"{wanted}\"");
    }
    let errors =
        [("requests: ", " failed"), ("status codes: ", " 3xx"), ("status codes: ", " 4xx")];
    let errors = errors.map(|(line, word)| number(text, line, word));
    let errors = errors.into_iter().sum::<Result<u64>>()?;
    let bytes = text.lines().find(|line| line.starts_with("traffic: "));
    let bytes = bytes.and_then(|line| line.split(['(', ')']).nth(7)).context("no bytes of data")?;
    Ok(Load { requests: number(text, "requests: ", " done")?, bytes: bytes.parse()?, time, errors })
}

/// The number before a word in the line that begins so.
fn number(text: &str, line: &str, word: &str) -> Result<u64> {
    let found = text.lines().find_map(|found| found.strip_prefix(line));
    let mut parts = found.with_context(|| format!("no {line}"))?.split(',');
    let number = parts.find_map(|part| part.trim().strip_suffix(word));
    Ok(number.with_context(|| format!("no {word}"))?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
TLS Protocol: TLSv1.3
Cipher: TLS_AES_256_GCM_SHA384
Server Temp Key: X25519 253 bits
Application protocol: h2

finished in 2.03s, 220.50 req/s, 221.07MB/s
requests: 441 total, 473 started, 441 done, 440 succeeded, 1 failed, 0 errored, 0 timeout
status codes: 442 2xx, 2 3xx, 1 4xx, 0 5xx
traffic: 442.15MB (463624360) total, 56.98KB (58344) headers (space savings 37.44%), 441.84MB (463306752) data
";

    #[test]
    fn what_h2load_says_is_read() {
        let load = read(SAID, Duration::from_secs(2)).unwrap();
        assert_eq!((load.requests, load.bytes, load.errors), (441, 463_306_752, 4));
    }

    #[test]
    fn another_protocol_or_cipher_is_no_result() {
        for (from, to) in [("TLSv1.3", "TLSv1.2"), ("AES_256", "AES_128"), (": h2", ": http/1.1")] {
            let why = read(&SAID.replace(from, to), Duration::from_secs(2)).unwrap_err();
            assert!(why.to_string().starts_with("there is no"), "{why}");
        }
    }
}
