//! Clients that come from an address of their own on this machine.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use ginflix_wire::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// How long any single answer may take on a busy machine.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The `n`-th client address: of 127.0.0.0/8, but not 127.0.0.1, which stands for proxies.
pub fn address(n: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + n)
}

/// Connects from an address.
pub async fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    connect_with(from, to, None).await
}

/// As [`connect`], with a receive buffer of so many bytes, which fills sooner.
pub async fn connect_with(
    from: Ipv4Addr,
    to: SocketAddr,
    receive_buffer: Option<u32>,
) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.bind((from, 0).into())?;
    let connected = tokio::time::timeout(ANSWER_TIMEOUT, socket.connect(to)).await;
    connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Lets time pass: misbehaving clients are slow.
pub async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await; // pace: it is what such a client does
}

/// A request and all that comes for it, on a connection of its own.
pub async fn exchange(from: Ipv4Addr, to: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect(from, to).await?;
    let mut answer = Vec::new();
    let whole = async {
        stream.write_all(request).await?;
        stream.read_to_end(&mut answer).await
    };
    tokio::time::timeout(ANSWER_TIMEOUT, whole)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    Ok(answer)
}

/// The status of a response; 0 where there is none.
pub fn status(answer: &[u8]) -> u16 {
    Response::parse(answer).map_or(0, |response| response.status)
}

/// Tries to log in, and says what the status was; 0 where there was no answer.
pub async fn log_in(from: Ipv4Addr, to: SocketAddr, name: &str, password: &str) -> u16 {
    let body = serde_json::json!({ "name": name, "password": password }).to_string();
    let request = post("/api/v1/session", body.len(), &body);
    let answer = exchange(from, to, request.as_bytes()).await;
    answer.map_or(0, |answer| status(&answer))
}

/// A POST of JSON that announces so many bytes, and has these. Ends the connection.
pub fn post(path: &str, length: usize, body: &str) -> String {
    let fields = format!(
        "Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n"
    );
    ginflix_wire::request("POST", path, &fields) + body
}
