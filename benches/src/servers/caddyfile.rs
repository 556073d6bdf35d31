//! The Caddyfile of `k8s/base`, and edits of single settings.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The manifest that contains the Caddyfile.
const MANIFEST: &str = "k8s/base/caddyfile.yaml";

/// A minimal Caddyfile for comparison, which only forwards to the streamer.
const BARE: &str = "{\n\tadmin off\n}\n:8080 {\n\treverse_proxy streamer:4463\n}\n";

/// A Caddyfile of a cluster, with the names of Services and the ports of pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caddyfile(String);

/// A block of the Caddyfile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// The global options `servers`.
    Servers,
    /// The site.
    Site,
    /// The directive `reverse_proxy` to the streamers.
    Proxy,
    /// The block `transport` of that directive.
    Transport,
}

impl Block {
    /// Returns the lines that open the blocks around it and the block itself, outermost first.
    fn path(self) -> &'static [&'static str] {
        match self {
            Self::Servers => &["servers {"],
            Self::Site => &["{$GINFLIX_HOST::8080} {"],
            Self::Proxy => &["handle @stream {", "reverse_proxy streamer:4463 {"],
            Self::Transport => {
                &["handle @stream {", "reverse_proxy streamer:4463 {", "transport http {"]
            }
        }
    }
}

impl Caddyfile {
    /// Reads the Caddyfile of the repository at this path.
    ///
    /// # Errors
    /// If the manifest cannot be read or has no Caddyfile.
    pub fn of_repository(repository: &Path) -> Result<Self> {
        let manifest = fs::read_to_string(repository.join(MANIFEST)).context(MANIFEST)?;
        let manifest: Value = serde_saphyr::from_str(&manifest).context(MANIFEST)?;
        let text = manifest.pointer("/data/Caddyfile").and_then(Value::as_str);
        Ok(Self(text.context("the manifest has no Caddyfile")?.to_owned()))
    }

    /// Returns the minimal Caddyfile.
    pub fn bare() -> Self {
        Self(BARE.to_owned())
    }

    /// Writes the Caddyfile to a file, with ports on the loopback interface instead of Services.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, to: &Path, port: u16, health: u16, streamer: u16) -> Result<()> {
        let text = self
            .0
            .replace("{$GINFLIX_HOST::8080}", &format!(":{port}"))
            .replace("\n:8080 {", &format!("\n:{port} {{"))
            .replace("http://:8081", &format!("http://:{health}"))
            .replace("streamer:4463", &format!("127.0.0.1:{streamer}"))
            .replace("web:4463", &format!("127.0.0.1:{streamer}"));
        fs::write(to, text).with_context(|| to.display().to_string())
    }

    /// Removes these consecutive lines from a block, or adds them if they are not there. Returns
    /// `without` or `with`.
    ///
    /// # Errors
    /// If there is no such block.
    pub fn toggle(&mut self, block: Block, toggled: &[&str]) -> Result<&'static str> {
        let mut lines: Vec<&str> = self.0.lines().collect();
        let (start, end) = find(&lines, block)?;
        let is_equal = |found: &[&str]| found.iter().zip(toggled).all(|(a, b)| a.trim() == *b);
        let result = match lines[start..end].windows(toggled.len()).position(is_equal) {
            Some(at) => {
                lines.drain(start + at..start + at + toggled.len());
                "without"
            }
            None => {
                lines.splice(end..end, toggled.iter().copied());
                "with"
            }
        };
        self.0 = lines.join("\n") + "\n";
        Ok(result)
    }

    /// Removes everything from the site but `reverse_proxy` to the streamers, also the matchers.
    ///
    /// # Errors
    /// If the site has no `reverse_proxy` to the streamers.
    pub fn keep_only_streams(&mut self) -> Result<()> {
        let lines: Vec<&str> = self.0.lines().collect();
        let (site, site_end) = find(&lines, Block::Site)?;
        let (proxy, proxy_end) = find(&lines, Block::Proxy)?;
        // The directive includes the lines that open and close it.
        let kept = [&lines[..site], &lines[proxy - 1..=proxy_end], &lines[site_end..]];
        self.0 = kept.concat().join("\n") + "\n";
        Ok(())
    }

    /// Sets a directive of a block to another value, or adds it.
    ///
    /// # Errors
    /// If there is no such block, or it already has this line.
    pub fn set(&mut self, block: Block, line: &str) -> Result<()> {
        let mut lines: Vec<&str> = self.0.lines().collect();
        let (start, end) = find(&lines, block)?;
        ensure!(
            line_of(&lines[start..end], line).is_none(),
            "the block already has the line {line}"
        );
        let directive = line.split(' ').next();
        let same = |found: &&str| found.trim().split(' ').next() == directive;
        match lines[start..end].iter().position(same) {
            Some(at) => lines[start + at] = line,
            None => lines.insert(end, line),
        }
        self.0 = lines.join("\n") + "\n";
        Ok(())
    }
}

/// Returns the indexes of the first line of a block's content and of the line that closes the
/// block.
fn find(lines: &[&str], block: Block) -> Result<(usize, usize)> {
    let mut start = 0;
    for opening in block.path() {
        let at = line_of(&lines[start..], opening);
        start += at.with_context(|| format!("{MANIFEST} has no {opening}"))? + 1;
    }
    let mut depth = 0_i32;
    for (at, line) in lines.iter().enumerate().skip(start) {
        depth += i32::from(line.ends_with('{')) - i32::from(line.trim() == "}");
        if depth < 0 {
            return Ok((start, at));
        }
    }
    anyhow::bail!("{MANIFEST} does not close {:?}", block.path())
}

fn line_of(lines: &[&str], wanted: &str) -> Option<usize> {
    lines.iter().position(|line| line.trim() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caddyfile() -> Caddyfile {
        let site = "\thandle @stream {\n\t\treverse_proxy streamer:4463 {\n\t\t\tflush_interval -1\n\
                    \t\t\ttransport http {\n\t\t\t\tdial_timeout 2s\n\t\t\t}\n\t\t}\n\t}\n\
                    \thandle {\n\t\treverse_proxy web:4463 {\n\t\t\tflush_interval -1\n\t\t}\n\t}\n";
        Caddyfile(format!("{{\n\tservers {{\n\t}}\n}}\n{{$GINFLIX_HOST::8080}} {{\n{site}}}\n"))
    }

    #[test]
    fn toggling_a_line_removes_it_from_its_own_block_and_adds_it_again() {
        let mut changed = caddyfile();
        assert_eq!(changed.toggle(Block::Proxy, &["flush_interval -1"]).unwrap(), "without");
        assert_eq!(changed.0.matches("flush_interval").count(), 1);
        assert!(changed.0.contains("web:4463 {\n\t\t\tflush_interval -1"), "{}", changed.0);
        assert_eq!(changed.toggle(Block::Proxy, &["flush_interval -1"]).unwrap(), "with");
        assert_eq!(changed.toggle(Block::Site, &["encode gzip"]).unwrap(), "with");
        assert!(changed.0.ends_with("\nencode gzip\n}\n"), "{}", changed.0);
        let transport = ["transport http {", "dial_timeout 2s", "}"];
        assert_eq!(changed.toggle(Block::Proxy, &transport).unwrap(), "without");
        assert!(changed.toggle(Block::Transport, &["dial_timeout 2s"]).is_err());
    }

    #[test]
    fn keep_only_streams_removes_everything_else() {
        let mut changed = caddyfile();
        changed.keep_only_streams().unwrap();
        let site = changed.0.split_once("{$GINFLIX_HOST::8080} {\n").unwrap().1;
        let proxy = "flush_interval -1 transport http { dial_timeout 2s }";
        let words: Vec<&str> = site.split_whitespace().collect();
        assert_eq!(words.join(" "), format!("reverse_proxy streamer:4463 {{ {proxy} }} }}"));
    }

    #[test]
    fn setting_a_directive_replaces_its_value() {
        let mut changed = caddyfile();
        changed.set(Block::Transport, "dial_timeout 9s").unwrap();
        assert!(changed.0.contains("transport http {\ndial_timeout 9s\n\t\t\t}"), "{}", changed.0);
        assert!(changed.set(Block::Transport, "dial_timeout 9s").is_err());
        changed.set(Block::Transport, "read_buffer 64KiB").unwrap();
        assert!(changed.0.contains("dial_timeout 9s\nread_buffer 64KiB\n"), "{}", changed.0);
    }

    #[test]
    fn the_addresses_of_the_cluster_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Caddyfile");
        for file in [caddyfile(), Caddyfile::bare()] {
            file.write(&path, 1, 2, 3).unwrap();
            let written = fs::read_to_string(&path).unwrap();
            assert!(written.contains("\n:1 {"), "{written}");
            assert!(written.contains("reverse_proxy 127.0.0.1:3"), "{written}");
            assert!(!written.contains("8080") && !written.contains("4463"), "{written}");
        }
    }
}
