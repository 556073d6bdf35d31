//! The floor: a loop of sendfile(2), a thread for each connection, with no more
//! of HTTP than makes the same client ask it for the same.

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

/// Sends what is asked for of one file, whatever the path.
pub fn serve(port: u16, file: &Path) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let file = Arc::new(File::open(file)?);
    for stream in listener.incoming() {
        let (stream, file) = (stream?, Arc::clone(&file));
        // Ends with an error when the client goes away.
        thread::Builder::new().stack_size(64 * 1024).spawn(move || serve_one(stream, &file))?;
    }
    Ok(())
}

fn serve_one(mut stream: TcpStream, file: &File) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut request = [0; 1024];
    loop {
        // The client waits for each answer, so a read is a request.
        let length = stream.read(&mut request)?;
        if length == 0 {
            return Ok(());
        }
        let (mut offset, end) = asked(&request[..length]).unwrap_or((0, WHOLE_SIZE));
        let head = format!("HTTP/1.1 206 \r\nContent-Length: {}\r\n\r\n", end - offset);
        send(&stream, head.as_bytes(), SendFlags::MORE)?;
        while offset < end {
            let left = (end - offset) as usize;
            sendfile(&stream, file, Some(&mut offset), left)?;
        }
    }
}

/// The range in a request for one.
fn asked(request: &[u8]) -> Option<(u64, u64)> {
    let (_, after) = std::str::from_utf8(request).ok()?.split_once("bytes=")?;
    let (first, last) = after.lines().next()?.split_once('-')?;
    Some((first.parse().ok()?, last.parse::<u64>().ok()? + 1))
}
