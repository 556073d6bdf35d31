//! The accept loop, and the orderly stop.

use std::error::Error;
use std::future::{self, Future};
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::capacity::{Capacity, Place};
use super::http2::{MAX_STREAMS, SEND_BUFFER_BYTES, StreamExecutor};
use super::lanes::{HandOver, Lanes};
use super::library_connections::LibraryConnections;
use super::link::Link;
use super::pacing::Pacing;
use super::serving::{HttpService, Serving};
use super::socket::{Detached, Socket, cut};
use super::tls::Tls;
use crate::fair_share::{Client, client_of};
use crate::media::loading;
use crate::metrics::{Cut, Metrics};
use crate::network::Network;

/// Requests that were sent before the stop have this long to arrive: a
/// connection without a request is closed at once, whatever is on its way.
const UNDER_WAY: Duration = Duration::from_millis(500);

/// Bytes that the library buffers of what comes, so of the longest request head (a target of more
/// than 64 KiB fits in, and is refused by its own status), and of what
/// goes, at most.
const BUFFER_BYTES: usize = 80 << 10;

/// Where there is no connection, one may still wait to be accepted.
const A_MOMENT: Duration = Duration::from_millis(10);

/// Serves until `shutdown`: from then on running
/// answers get the drain time, whoever comes new learns that it is stopping,
/// and what is left after that is cut.
///
/// # Errors
/// Where the threads that send films cannot be started.
pub async fn serve<S: HttpService>(
    listener: TcpListener,
    pacing: Pacing,
    tls: Option<Tls>,
    serving: Serving,
    service: S,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    loading::start_threads();
    let (stopping, cut) = (CancellationToken::new(), CancellationToken::new());
    let _cut = cut.clone().drop_guard();
    let capacity = Capacity::new(serving.config.max_connections);
    let library = Library {
        service,
        connections: LibraryConnections::new(serving.limits.library_connections.clone()),
        capacity: capacity.clone(),
        tls: tls.clone(),
        trusted_proxies: serving.config.trusted_proxies.clone().into(),
        runtime: Handle::current(),
        metrics: serving.metrics.clone(),
        stopping: stopping.clone(),
        cut,
        stall: serving.config.stall,
    };
    let by_library = library.clone();
    let hand_over: HandOver =
        Arc::new(move |socket, place| by_library.welcome(socket, place, false));
    let server = Server {
        lanes: Lanes::start(&serving, pacing, &hand_over)?,
        capacity,
        tls,
        library,
        connections: TaskTracker::new(),
        late: TaskTracker::new(),
        stopping,
        metrics: serving.metrics.clone(),
    };
    tokio::select! {
        () = server.accept_all(&listener, false) => {}
        () = shutdown => {}
    }
    tokio::select! {
        biased; // who waits to be accepted comes before whatever ends this
        () = server.accept_all(&listener, true) => {}
        () = server.finish() => {}
        () = tokio::time::sleep(serving.config.drain) => {
            tracing::warn!("cut the connections that were still open after the drain time");
        }
    }
    server.late.close();
    let _ = tokio::time::timeout(UNDER_WAY, server.late.wait()).await;
    Ok(())
}

struct Server<S> {
    lanes: Lanes,
    capacity: Capacity,
    /// Plain where there is none.
    tls: Option<Tls>,
    library: Library<S>,
    /// Those that are waited for at the stop.
    connections: TaskTracker,
    /// Those that came after it: they learn so, if they ask soon.
    late: TaskTracker,
    /// Ends every connection with the answer that is running on it.
    stopping: CancellationToken,
    metrics: Metrics,
}

impl<S: HttpService> Server<S> {
    /// Ends each connection with the answer that is running on it.
    async fn finish(&self) {
        let is_idle = self.connections.is_empty();
        tokio::time::sleep(if is_idle { A_MOMENT } else { UNDER_WAY }).await;
        self.stopping.cancel();
        self.lanes.stop();
        self.connections.close();
        self.connections.wait().await;
    }

    /// Never ends. `late` says that this server is stopping.
    async fn accept_all(&self, listener: &TcpListener, late: bool) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.welcome(stream, peer.ip(), late),
                Err(error) => {
                    // Out of file descriptors, mostly: wait for some to close.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn welcome(&self, stream: TcpStream, peer: IpAddr, late: bool) {
        let tracker = if late { &self.late } else { &self.connections };
        let client = self.library.client(peer);
        let Some(place) = self.capacity.enter(client, &self.metrics, tracker) else {
            return self.library.refuse(stream, peer);
        };
        let _ = stream.set_nodelay(true); // slower without, but not wrong
        let Ok(socket) = Detached::new(stream, peer) else {
            return;
        };
        match self.tls.clone() {
            // Then there is one answer for everyone, and the library gives it.
            None if late => self.library.welcome(socket, place, late),
            None => self.lanes.welcome(socket, place),
            Some(tls) => {
                let link = Link::new(peer, late, true, self.metrics.clone());
                self.library.serve(place, link, socket, |socket| async move {
                    Ok(tls.accept(socket).await?)
                });
            }
        }
    }
}

/// The HTTP library, for what the lanes do not answer: here handlers that take
/// their time keep no film waiting.
#[derive(Clone)]
struct Library<S> {
    service: S,
    connections: LibraryConnections,
    capacity: Capacity,
    /// To refuse a connection over TLS.
    tls: Option<Tls>,
    trusted_proxies: Arc<[Network]>,
    runtime: Handle,
    metrics: Metrics,
    stopping: CancellationToken,
    /// Ends every connection that is left.
    cut: CancellationToken,
    /// A client that takes no byte for so long is cut.
    stall: Duration,
}

impl<S: HttpService> Library<S> {
    /// Answers all that comes on a connection from now on.
    fn welcome(&self, socket: Detached, place: Place, late: bool) {
        let link = Link::new(socket.peer, late, false, self.metrics.clone());
        self.serve(place, link, socket, |socket| future::ready(Ok(socket)));
    }

    /// The client that a connection from there counts for.
    fn client(&self, peer: IpAddr) -> Client {
        client_of(peer, &self.trusted_proxies)
    }

    /// Tells a client that there is no room for its connection.
    fn refuse(&self, stream: TcpStream, peer: IpAddr) {
        tracing::warn!(client = %peer, "refused: too many connections");
        self.metrics.cut(Cut::TooMany);
        self.capacity.refuse(stream, self.tls.as_ref());
    }

    /// `prepare` makes of the socket what HTTP is spoken on.
    fn serve<T, P>(
        &self,
        place: Place,
        link: Link,
        socket: Detached,
        prepare: impl FnOnce(Socket) -> P + Send + 'static,
    ) where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        P: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let Self { service, metrics, stopping, cut, stall, .. } = self.clone();
        let peer = socket.peer;
        let Some(open) = self.connections.open(self.client(peer), &link) else {
            let _runtime = self.runtime.enter();
            if let Ok(stream) = TcpStream::from_std(socket.stream) {
                self.refuse(stream, peer);
            }
            return;
        };
        // What is around it would hold it several times over.
        let connection = Box::pin(async move {
            let stream = prepare(socket.attach(link.clone(), stall)?).await?;
            converse(service, stream, link, stopping, stall).await
        });
        self.runtime.spawn(async move {
            tokio::select! {
                ended = cut.run_until_cancelled_owned(connection) => match ended {
                    Some(Ok(())) => {}
                    Some(Err(error)) => tracing::debug!(%error, "connection ended"),
                    None => metrics.cut(Cut::Drained),
                },
                () = open.evicted() => metrics.cut(Cut::Evicted),
            }
            drop((place, open));
        });
    }
}

/// Why a connection ended before its time.
type Failure = Box<dyn Error + Send + Sync>;

/// Answers all requests of a connection by the HTTP library.
async fn converse<S: HttpService>(
    service: S,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    link: Link,
    stopping: CancellationToken,
    stall: Duration,
) -> Result<(), Failure> {
    // Who comes at the stop has one request.
    let is_last = link.is_late() || stopping.is_cancelled();
    let mut builder = auto::Builder::new(StreamExecutor { stall, metrics: link.metrics().clone() });
    builder.http1().keep_alive(!is_last).max_buf_size(BUFFER_BYTES);
    builder.http2().max_concurrent_streams(MAX_STREAMS).max_send_buf_size(SEND_BUFFER_BYTES);
    let requests = link.clone();
    let answer = service_fn(move |request| service.answer(&requests, request));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
    let mut unread = pin!(link.has_stale_parts(stall));
    let mut is_ending = is_last;
    loop {
        tokio::select! {
            ended = connection.as_mut() => return ended,
            () = stopping.cancelled(), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            // A stream whose response was handed over whole has no timer any more.
            () = unread.as_mut() => {
                link.metrics().cut(Cut::NotReading);
                return Err(cut("the client does not read").into());
            }
        }
    }
}
