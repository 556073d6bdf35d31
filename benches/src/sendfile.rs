//! A bare sendfile(2) loop, the lower bound of what the kernel needs: a thread for each connection,
//! and only as much of HTTP as the clients require.

use std::fs::File;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use anyhow::Result;
use rustix::fs::sendfile;
use rustix::net::{SendFlags, send};

use crate::files::WHOLE_SIZE;

/// Serves ranges of one file, whatever the path of the request.
///
/// # Errors
/// If the port cannot be bound or the file cannot be opened.
pub fn serve(port: u16, file: &Path) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let file = Arc::new(File::open(file)?);
    for stream in listener.incoming() {
        let (stream, file) = (stream?, Arc::clone(&file));
        // An error only means that the client has closed its connection.
        thread::Builder::new().stack_size(64 * 1024).spawn(move || serve_one(stream, &file))?;
    }
    Ok(())
}

fn serve_one(mut stream: TcpStream, file: &File) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut request = [0; 1024];
    loop {
        // Clients wait for each response, so that a read returns exactly one request.
        let length = stream.read(&mut request)?;
        if length == 0 {
            return Ok(());
        }
        let (mut offset, end) = requested_range(&request[..length]).unwrap_or((0, WHOLE_SIZE));
        let head = format!("HTTP/1.1 206 \r\nContent-Length: {}\r\n\r\n", end - offset);
        send(&stream, head.as_bytes(), SendFlags::MORE)?;
        while offset < end {
            let left = (end - offset) as usize;
            sendfile(&stream, file, Some(&mut offset), left)?;
        }
    }
}

/// Parses the range of a request: the offset, and the end, which is exclusive.
fn requested_range(request: &[u8]) -> Option<(u64, u64)> {
    let (_, after) = std::str::from_utf8(request).ok()?.split_once("bytes=")?;
    let (first, last) = after.lines().next()?.split_once('-')?;
    Some((first.parse().ok()?, last.parse::<u64>().ok()? + 1))
}
