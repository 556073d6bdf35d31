//! Assets in compressed form. Each is compressed when a client first wants it so, and then kept.

use std::collections::HashMap;
use std::sync::LazyLock;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::error::AppError;
use crate::http::content_coding::{ContentCoding, Effort};

/// The hash of an asset and a coding.
type Key = ([u8; 32], ContentCoding);

/// What is compressed already; `None` for an asset that does not become smaller. Clients cannot make it grow: there are
/// some dozens of assets.
static COMPRESSED: LazyLock<Mutex<HashMap<Key, Option<Bytes>>>> = LazyLock::new(Mutex::default);

/// Returns an asset in this coding; `None` if that is not smaller.
///
/// # Errors
/// The content cannot be compressed.
pub async fn get(
    hash: [u8; 32],
    coding: ContentCoding,
    content: Bytes,
) -> Result<Option<Bytes>, AppError> {
    let key = (hash, coding);
    if let Some(known) = COMPRESSED.lock().get(&key) {
        return Ok(known.clone());
    }
    // The largest asset takes some 30 ms, in which the thread would serve nobody else.
    let compress = move || {
        let compressed = coding.compress(&content, Effort::Once)?;
        Ok((compressed.len() < content.len()).then(|| Bytes::from(compressed)))
    };
    let compressed: std::io::Result<_> =
        tokio::task::spawn_blocking(compress).await.map_err(AppError::internal)?;
    let compressed = compressed.map_err(AppError::internal)?;
    COMPRESSED.lock().insert(key, compressed.clone());
    Ok(compressed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_becomes_smaller_is_compressed() {
        let (long, short) = (Bytes::from("text ".repeat(100)), Bytes::from_static(b"?"));
        for coding in [ContentCoding::Brotli, ContentCoding::Gzip] {
            let first = get([1; 32], coding, long.clone()).await.unwrap();
            assert!(first.as_ref().is_some_and(|bytes| bytes.len() < long.len()));
            assert_eq!(get([1; 32], coding, long.clone()).await.unwrap(), first);
            assert_eq!(get([2; 32], coding, short.clone()).await.unwrap(), None);
        }
    }
}
