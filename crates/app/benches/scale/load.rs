//! The clients: HTTP/1.1 over connections that stay open, with no more than that needs.

use std::{
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use futures::future::join_all;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A request as it goes over the wire.
pub type Request = Box<[u8]>;

/// The bytes of a request.
pub fn request(method: &str, path: &str, token: &str, body: Option<&str>) -> Request {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\naccept: application/json\r\n"
    );
    let rest = body.map_or_else(
        || "\r\n".to_owned(),
        |body| {
            let length = body.len();
            format!("content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        },
    );
    (head + &rest).into_bytes().into()
}

/// What was measured in one round.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Answers in a second.
    pub throughput: f64,
    /// How long half of the answers took at most, in microseconds.
    pub p50: f64,
    /// How long 99 of 100 answers took at most, in microseconds.
    pub p99: f64,
}

/// A client that sends its requests one after the other, over and over again.
pub struct Client {
    connection: Connection,
    requests: Rc<[Request]>,
    next: usize,
}

impl Client {
    /// A client that begins with the request of this number.
    pub async fn new(address: SocketAddr, requests: Rc<[Request]>, first: usize) -> Self {
        Self {
            connection: Connection::open(address).await,
            next: first % requests.len(),
            requests,
        }
    }

    /// Asks until the time is over; answers how long each answer took, in nanoseconds.
    async fn ask_until(&mut self, end: Instant) -> Vec<u64> {
        let mut times = Vec::with_capacity(16 * 1024);
        let mut begin = Instant::now();
        while begin < end {
            let request = &self.requests[self.next];
            self.next = (self.next + 1) % self.requests.len();
            self.connection.ask(request).await;
            let now = Instant::now();
            times.push(u64::try_from((now - begin).as_nanos()).unwrap());
            begin = now;
        }
        times
    }
}

/// All clients ask for this long.
pub async fn round(clients: &mut [Client], length: Duration) -> Round {
    let begin = Instant::now();
    let times = join_all(
        clients
            .iter_mut()
            .map(|client| client.ask_until(begin + length)),
    )
    .await;
    let took = begin.elapsed();
    let mut times = times.concat();
    times.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "they are counts and times")]
    let at = |hundredth: usize| times[(times.len() - 1) * hundredth / 100] as f64 / 1e3;
    #[expect(clippy::cast_precision_loss, reason = "it is a count")]
    let throughput = times.len() as f64 / took.as_secs_f64();
    Round {
        throughput,
        p50: at(50),
        p99: at(99),
    }
}

/// One connection, on which one request runs at a time.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            received: Vec::with_capacity(64 * 1024),
        }
    }

    /// Sends the request and answers the body of what comes back.
    pub async fn ask(&mut self, request: &[u8]) -> &[u8] {
        let head = self.exchange(request).await;
        let body = &self.received[head.length..];
        assert!(
            (200..300).contains(&head.status),
            "{} answered {}: {}",
            String::from_utf8_lossy(request),
            head.status,
            String::from_utf8_lossy(body)
        );
        body
    }

    /// Sends the request, whatever is answered.
    pub async fn ask_anything(&mut self, request: &[u8]) {
        self.exchange(request).await;
    }

    async fn exchange(&mut self, request: &[u8]) -> Head {
        self.received.clear();
        self.stream.write_all(request).await.unwrap();
        let head = loop {
            self.receive().await;
            if let Some(end) = end_of_head(&self.received) {
                break Head::parse(&self.received[..end]);
            }
        };
        while self.received.len() < head.length + head.body {
            self.receive().await;
        }
        head
    }

    async fn receive(&mut self) {
        let read = self.stream.read_buf(&mut self.received).await.unwrap();
        assert!(read > 0, "the connection was closed");
    }
}

struct Head {
    status: u16,
    /// How long it is, with the empty line at its end.
    length: usize,
    /// How long the body is.
    body: usize,
}

impl Head {
    fn parse(head: &[u8]) -> Self {
        let text = str::from_utf8(head).unwrap();
        let mut lines = text.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let lengths = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then_some(value)
        });
        Self {
            status: status.parse().unwrap(),
            length: head.len(),
            body: lengths.unwrap().trim().parse().unwrap(),
        }
    }
}

fn end_of_head(received: &[u8]) -> Option<usize> {
    let place = received.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    Some(place + 4)
}
