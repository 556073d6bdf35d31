//! HTTP/1.1 clients with different addresses of the loopback network.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use ginflix_wire::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// How long a single response may take on a busy machine.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// Returns the address of client `n`: one of 127.0.0.0/8, but not 127.0.0.1, which the server takes
/// for a proxy.
pub fn address(n: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + n)
}

/// Connects from an address.
pub async fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    connect_with(from, to, None).await
}

/// Connects from an address, with a receive buffer of this many bytes.
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
    let connected = tokio::time::timeout(RESPONSE_TIMEOUT, socket.connect(to)).await;
    connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Waits, as slow clients do.
pub async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await; // pace: a slow client
}

/// Sends a request on a new connection, and reads until the server closes it.
pub async fn exchange(from: Ipv4Addr, to: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect(from, to).await?;
    let mut response = Vec::new();
    let transfer = async {
        stream.write_all(request).await?;
        stream.read_to_end(&mut response).await
    };
    tokio::time::timeout(RESPONSE_TIMEOUT, transfer)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    Ok(response)
}

/// Returns the status code of a response, or 0 if its head is not complete.
pub fn status(response: &[u8]) -> u16 {
    Response::parse(response).map_or(0, |response| response.status)
}

/// Tries to log in, and returns the status code, or 0 if there was no response.
pub async fn log_in(from: Ipv4Addr, to: SocketAddr, name: &str, password: &str) -> u16 {
    log_in_through(None, from, to, name, password).await
}

/// As [`log_in`], perhaps through a proxy on this machine, which names the client.
pub async fn log_in_through(
    proxy: Option<Ipv4Addr>,
    from: Ipv4Addr,
    to: SocketAddr,
    name: &str,
    password: &str,
) -> u16 {
    let body = serde_json::json!({ "name": name, "password": password }).to_string();
    let request = post("/api/v1/session", body.len(), &body);
    let request = match proxy {
        Some(_) => request.replacen("\r\n", &format!("\r\nX-Forwarded-For: {from}\r\n"), 1),
        None => request,
    };
    let response = exchange(proxy.unwrap_or(from), to, request.as_bytes()).await;
    response.map_or(0, |response| status(&response))
}

/// Formats a POST of JSON that announces `length` bytes and has `body`, after which the server
/// closes the connection.
pub fn post(path: &str, length: usize, body: &str) -> String {
    let fields = format!(
        "Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n"
    );
    ginflix_wire::request("POST", path, &fields) + body
}
