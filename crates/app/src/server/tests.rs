//! Clients that take more than they should, on real sockets.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use axum::routing::{get, post};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpSocket,
    sync::Semaphore,
    task::JoinHandle,
    time::timeout,
};

use super::*;

/// How long anything can take that is to happen: a deadline, never a pause.
const DEADLINE: Duration = Duration::from_secs(30);

/// The length of a large answer.
const LARGE: usize = 4 * 1024 * 1024;

struct Listening {
    address: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<()>,
    /// How many requests for `/slow` were begun, and what lets them end.
    begun: Arc<AtomicUsize>,
    end: Arc<Semaphore>,
}

fn limits() -> ServerLimits {
    ServerLimits {
        connections: 4,
        reserve: 2,
        head: DEADLINE * 2,
        idle: DEADLINE * 2,
        write: DEADLINE * 2,
    }
}

impl Listening {
    async fn with(limits: ServerLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let (begun, end) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let slow = {
            let (begun, end) = (Arc::clone(&begun), Arc::clone(&end));
            move || {
                let (begun, end) = (Arc::clone(&begun), Arc::clone(&end));
                async move {
                    begun.fetch_add(1, Ordering::SeqCst);
                    end.acquire().await.unwrap().forget();
                    "at last"
                }
            }
        };
        let endless = || async {
            let pieces =
                futures::stream::repeat_with(|| Ok::<_, Infallible>("x".repeat(64 * 1024)));
            Body::from_stream(pieces)
        };
        let routes = Router::new()
            .route("/quick", get(|| async { "here" }))
            .route("/health/live", get(|| async { "live" }))
            .route("/slow", get(slow))
            .route("/echo", post(|body: String| async move { body }))
            .route("/endless", get(endless))
            .route("/large", get(|| async { "x".repeat(LARGE) }));
        let served = tokio::spawn(serve(listener, routes, limits, stop.clone()));
        Self {
            address,
            stop,
            served,
            begun,
            end,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection on which this was said.
    async fn saying(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// The whole answer to a request on a connection of its own.
    async fn ask(&self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        until_closed(self.saying(&request).await).await
    }

    /// A request that is being answered.
    async fn slow(&self) -> TcpStream {
        let before = self.begun.load(Ordering::SeqCst);
        let stream = self.saying("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let begun = async {
            while self.begun.load(Ordering::SeqCst) == before {
                tokio::task::yield_now().await;
            }
        };
        timeout(DEADLINE, begun).await.unwrap();
        stream
    }
}

/// Everything that comes until the other side closes the connection, which it must.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(DEADLINE, stream.read_to_end(&mut answer));
    // A reset is as good an end as any.
    let _ = read.await.expect("the connection is closed");
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_head_that_does_not_become_complete_closes_its_connection() {
    let head = Duration::from_millis(200);
    let listening = Listening::with(ServerLimits { head, ..limits() }).await;
    for half in ["", "G", "GET /quick HTTP/1.1\r\nHost: h\r\nX: "] {
        let since = Instant::now();
        assert_eq!(until_closed(listening.saying(half).await).await, "");
        assert!(since.elapsed() >= head);
    }
    // A head that trickles is not complete either.
    let mut stream = listening.connect().await;
    let trickle = async {
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(head / 10).await;
        }
    };
    timeout(DEADLINE, trickle)
        .await
        .expect("the connection is closed");
}

#[tokio::test]
async fn a_second_head_has_as_much_time_as_the_first_one() {
    let head = Duration::from_millis(200);
    let listening = Listening::with(ServerLimits { head, ..limits() }).await;
    let mut stream = listening
        .saying("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n")
        .await;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    stream.write_all(b"GET /qui").await.unwrap();
    let answer = until_closed(stream).await;
    assert!(answer.ends_with("here"), "{answer}");
}

#[tokio::test]
async fn a_connection_without_a_next_request_is_closed_after_the_idle_time() {
    let idle = Duration::from_millis(200);
    let listening = Listening::with(ServerLimits { idle, ..limits() }).await;
    let stream = listening
        .saying("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n")
        .await;
    assert!(until_closed(stream).await.ends_with("here"));
}

#[tokio::test]
async fn an_answer_that_takes_long_is_waited_for() {
    let short = Duration::from_millis(50);
    let listening = Listening::with(ServerLimits {
        head: short,
        idle: short,
        write: short,
        ..limits()
    })
    .await;
    let stream = listening.slow().await;
    tokio::time::sleep(short * 4).await;
    listening.end.add_permits(1);
    assert!(until_closed(stream).await.ends_with("at last"));
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_closed() {
    let write = Duration::from_millis(200);
    let listening = Listening::with(ServerLimits { write, ..limits() }).await;
    let stream = listening
        .saying("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        .await;
    listening.stop.cancel();
    // The server ends although the answer does not.
    timeout(DEADLINE, listening.served).await.unwrap().unwrap();
    drop(stream);
}

#[tokio::test]
async fn a_new_connection_takes_the_place_of_the_one_that_has_waited_longest() {
    let listening = Listening::with(limits()).await;
    let mut waiting = Vec::new();
    for _ in 0..12 {
        waiting.push(listening.saying("GET /quick HT").await);
        let answer = timeout(DEADLINE, listening.ask("/quick")).await.unwrap();
        assert!(answer.ends_with("here"), "{answer}");
    }
    assert_eq!(until_closed(waiting.remove(0)).await, "");
}

#[tokio::test]
async fn health_is_answered_when_every_connection_is_busy_and_nothing_else_is() {
    let listening = Listening::with(limits()).await;
    let mut busy = Vec::new();
    for _ in 0..limits().connections {
        busy.push(listening.slow().await);
    }
    // Neither do half-sent heads on the reserve keep health checks away.
    let _half: Vec<_> = futures::future::join_all((0..8).map(|_| listening.saying("GET /"))).await;
    let live = listening.ask("/health/live").await;
    assert!(
        live.starts_with("HTTP/1.1 200 ") && live.ends_with("live"),
        "{live}"
    );
    let refused = listening.ask("/quick").await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 5"), "{refused}");
    listening.end.add_permits(busy.len());
    for stream in busy {
        drop(stream);
    }
    let answered = async { while !listening.ask("/quick").await.ends_with("here") {} };
    timeout(DEADLINE, answered).await.unwrap();
}

#[tokio::test]
async fn a_stop_closes_what_waits_at_once_and_lets_answers_end() {
    let listening = Listening::with(limits()).await;
    let half = listening.saying("GET /quick HTTP/1.1\r\nHo").await;
    let mut kept = listening
        .saying("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n")
        .await;
    let mut answer = [0; 12];
    kept.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    let busy = listening.slow().await;
    listening.stop.cancel();
    until_closed(half).await;
    until_closed(kept).await;
    assert!(!listening.served.is_finished());
    listening.end.add_permits(1);
    assert!(until_closed(busy).await.ends_with("at last"));
    timeout(DEADLINE, listening.served).await.unwrap().unwrap();
}

#[tokio::test]
async fn answers_that_nobody_reads_are_given_up_where_they_keep_too_much_in_memory() {
    let connections = 40;
    let listening = Listening::with(ServerLimits {
        connections,
        ..limits()
    })
    .await;
    let mut unread = Vec::new();
    for _ in 0..connections / 2 {
        let socket = TcpSocket::new_v4().unwrap();
        // The answer waits in the server, not in the kernel.
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(listening.address).await.unwrap();
        let request = b"GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        unread.push(stream);
    }
    // Who reads is answered, long after the others have stopped to read.
    let since = Instant::now();
    while since.elapsed() < 4 * registry::STALLED {
        let answer = listening.ask("/large").await;
        assert!(answer.len() > LARGE);
    }
    let mut whole = 0;
    for stream in unread {
        if until_closed(stream).await.len() >= LARGE {
            whole += 1;
        }
    }
    assert!(whole <= registry::MOST_UNREAD / LARGE, "{whole}");
    assert!(whole > 0, "none needs to be closed below the limit");
}

#[tokio::test]
async fn a_stop_closes_a_connection_whose_request_does_not_become_complete() {
    let listening = Listening::with(limits()).await;
    let head = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n";
    let half = listening.saying(&format!("{head}half")).await;
    let chunked =
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n";
    let endless = listening.saying(chunked).await;
    // A request that comes whole in time is answered.
    let mut late = listening.saying(&format!("{head}half")).await;
    // Their heads have been read.
    let live = listening.ask("/quick").await;
    assert!(live.ends_with("here"), "{live}");
    listening.stop.cancel();
    late.write_all(b"done").await.unwrap();
    let answer = until_closed(late).await;
    assert!(answer.ends_with("halfdone"), "{answer}");
    assert_eq!(until_closed(half).await, "");
    assert_eq!(until_closed(endless).await, "");
    timeout(DEADLINE, listening.served).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_does_not_name_its_host_once_is_refused() {
    let listening = Listening::with(limits()).await;
    for (head, status) in [
        ("HTTP/1.1\r\nHost: h\r\nConnection: close", "200"),
        ("HTTP/1.1\r\nConnection: close", "400"),
        ("HTTP/1.1\r\nHost: h\r\nHost: h", "400"),
        ("HTTP/1.1\r\nHost: h\r\nhost: evil.example", "400"),
        ("HTTP/1.0", "200"),
        ("HTTP/1.0\r\nHost: h", "200"),
        ("HTTP/1.0\r\nHost: h\r\nHost: evil.example", "400"),
    ] {
        let request = format!("GET /quick {head}\r\n\r\n");
        let answer = until_closed(listening.saying(&request).await).await;
        let (_, rest) = answer.split_once(' ').unwrap();
        assert!(rest.starts_with(status), "{head}: {answer}");
        if status == "400" {
            assert!(answer.contains("\"code\":\"invalid-header\""), "{answer}");
        }
    }
}

#[test]
fn the_host_of_an_absolute_target_counts_and_not_the_header() {
    for (target, host) in [
        ("/here", "localhost:8080"),
        ("http://other.example/here", "other.example"),
        ("http://other.example:81/here", "other.example:81"),
        ("http://localhost@other.example/", "other.example"),
        ("http://[::1]:8080/here", "[::1]:8080"),
    ] {
        let request = Request::get(target).header(header::HOST, "localhost:8080");
        let mut request = request.body(()).unwrap();
        heed_target(&mut request);
        let hosts: Vec<_> = request.headers().get_all(header::HOST).iter().collect();
        assert_eq!(hosts, [host], "{target}");
    }
}
