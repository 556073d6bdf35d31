//! The files of other projects, which `build.rs` gets by npm.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use super::Asset;

/// The names and the contents of the files; empty if the server was built without npm.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/packages.rs"));

static HASHES: LazyLock<Vec<[u8; 32]>> =
    LazyLock::new(|| FILES.iter().map(|(_, content)| Sha256::digest(content).into()).collect());

/// Returns whether the server was built with hls.js.
pub fn has_hls_js() -> bool {
    !FILES.is_empty()
}

/// Iterates over the names of the files.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// Returns the file of this name.
pub fn get(name: &str) -> Option<Asset> {
    let position = FILES.iter().position(|(known, _)| *known == name)?;
    let ((_, content), hash) = (FILES.get(position)?, HASHES.get(position)?);
    Some(Asset { content: (*content).into(), hash: *hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hls_js_comes_with_its_worker_and_its_licence_or_not_at_all() {
        let files: Vec<_> = names().collect();
        if !has_hls_js() {
            return;
        }
        assert_eq!(files, ["hls.min.mjs", "hls.worker.js", "hls.license.txt"]);
        let licence = get("hls.license.txt").unwrap().content;
        assert!(String::from_utf8_lossy(&licence).contains("Apache License, Version 2.0"));
        assert_eq!(get("hls.js").map(|file| file.hash), None);
    }

    /// The policy of the pages forbids what evaluates text.
    #[test]
    fn no_script_evaluates_text() {
        for name in names().filter(|name| name.ends_with("js")) {
            let content = get(name).unwrap().content;
            let text = String::from_utf8_lossy(&content);
            assert!(!text.contains("new Function") && !text.contains("eval("), "{name}");
        }
    }
}
