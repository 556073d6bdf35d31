//! The floor: a loop of sendfile(2) without HTTP, and a client for it.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::fs::sendfile;

use crate::load::Load;

/// Sends `length` bytes from `offset` to whoever sends these two numbers.
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
    let mut wanted = [0; 16];
    loop {
        stream.read_exact(&mut wanted)?;
        let (mut offset, end) = (number(&wanted[..8]), number(&wanted[8..]));
        while offset < end {
            let left = (end - offset) as usize;
            sendfile(&stream, file, Some(&mut offset), left)?;
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Asks for random parts over so many connections.
pub fn load(
    port: u16,
    file_size: u64,
    part: u64,
    connections: usize,
    time: Duration,
) -> Result<Load> {
    let (requests, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let end = Instant::now() + time;
    thread::scope(|scope| {
        for seed in 0..connections as u64 {
            let (requests, bytes) = (&requests, &bytes);
            thread::Builder::new().stack_size(128 * 1024).spawn_scoped(
                scope,
                move || -> Result<()> {
                    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
                    let (mut random, mut sink) = (seed + 1, vec![0; 64 * 1024]);
                    while Instant::now() < end {
                        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695041);
                        let offset = (random >> 20) % (file_size - part + 1);
                        stream
                            .write_all(&[offset, offset + part].map(u64::to_be_bytes).concat())?;
                        let mut left = part as usize;
                        while left > 0 {
                            let most = left.min(sink.len());
                            left -= stream.read(&mut sink[..most])?;
                        }
                        requests.fetch_add(1, Ordering::Relaxed);
                        bytes.fetch_add(part, Ordering::Relaxed);
                    }
                    Ok(())
                },
            )?;
        }
        anyhow::Ok(())
    })?;
    Ok(Load { requests: requests.into_inner(), bytes: bytes.into_inner(), time, errors: 0 })
}
