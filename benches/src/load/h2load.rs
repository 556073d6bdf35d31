//! Runs h2load: HTTP/2 over TLS, with two streams on each connection.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{LoadResult, Workload};
use crate::conditions::CIPHER;

/// The offset of the range in each file, in bytes.
const RANGE_OFFSET: u64 = 4 << 20;

/// The number of concurrent streams on each connection.
const STREAMS: usize = 2;

/// Requests a range of each file in turn.
///
/// # Errors
/// If h2load is missing or its output cannot be parsed.
pub fn run(
    workload: &Workload,
    names: &[String],
    folder: &Path,
    time: Duration,
) -> Result<LoadResult> {
    let urls: Vec<String> =
        names.iter().map(|name| format!("{}/stream/{name}\n", workload.origin)).collect();
    let list = folder.join("urls");
    fs::write(&list, urls.concat())?;
    let range = format!("range: bytes={RANGE_OFFSET}-{}", RANGE_OFFSET + workload.range_bytes - 1);
    let connections = (workload.concurrency / STREAMS).to_string();
    let output = Command::new("h2load")
        .args(["-t1", "-m", &STREAMS.to_string(), "-c", &connections])
        .args(["-D", &time.as_secs().to_string(), "--tls13-ciphers", CIPHER, "-H", &range, "-i"])
        .arg(&list)
        .output()
        .context("cannot run h2load, of the package nghttp2-client")?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse(&text, time).with_context(|| format!("cannot parse the output of h2load:\n{text}"))
}

/// Parses the output of one run, which must have used the expected protocol and cipher.
fn parse(text: &str, time: Duration) -> Result<LoadResult> {
    for expected in
        ["TLS Protocol: TLSv1.3", &format!("Cipher: {CIPHER}"), "Application protocol: h2"]
    {
        ensure!(text.lines().any(|line| line == expected), "there is no \"{expected}\"");
    }
    let errors =
        [("requests: ", " failed"), ("status codes: ", " 3xx"), ("status codes: ", " 4xx")];
    let errors = errors.map(|(line, word)| number(text, line, word));
    let errors = errors.into_iter().sum::<Result<u64>>()?;
    let bytes = text.lines().find(|line| line.starts_with("traffic: "));
    let bytes = bytes
        .and_then(|line| line.split(['(', ')']).nth(7))
        .context("there is no number of bytes in the line \"traffic\"")?;
    let requests = number(text, "requests: ", " done")?;
    Ok(LoadResult { requests, bytes: bytes.parse()?, time, errors })
}

/// Returns the number before `word`, in the line that begins with `prefix`.
fn number(text: &str, prefix: &str, word: &str) -> Result<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(prefix));
    let mut parts =
        rest.with_context(|| format!("there is no line \"{}\"", prefix.trim()))?.split(',');
    let number = parts.find_map(|part| part.trim().strip_suffix(word));
    Ok(number.with_context(|| format!("there is no number of \"{}\"", word.trim()))?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
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
    fn requests_bytes_and_errors_are_parsed() {
        let result = parse(OUTPUT, Duration::from_secs(2)).unwrap();
        assert_eq!((result.requests, result.bytes, result.errors), (441, 463_306_752, 4));
    }

    #[test]
    fn another_protocol_or_cipher_is_an_error() {
        for (from, to) in [("TLSv1.3", "TLSv1.2"), ("AES_256", "AES_128"), (": h2", ": http/1.1")] {
            let error = parse(&OUTPUT.replace(from, to), Duration::from_secs(2)).unwrap_err();
            assert!(error.to_string().starts_with("there is no"), "{error}");
        }
    }
}
