//! A socket that tells its connection what happens, and fails when what is written is not read.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

use super::connection::Connection;

/// How fast a client must read at least, in bytes a second. A slower one falls behind, and is closed when it is as far behind as
/// the limit for writing says.
const LEAST_RATE: u32 = 1024;

/// A stream to a client. Time in which the client reads nothing counts against it, and what it reads counts for it, so that a byte
/// now and then keeps no answer in memory.
pub(super) struct Socket<S> {
    stream: S,
    connection: Arc<Connection>,
    head: Duration,
    idle: Duration,
    write: Duration,
    /// How long the client can go on reading nothing; never more than `write`.
    credit: Duration,
    /// While the socket takes nothing: since when, and what ends when the credit does.
    stall: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> Socket<S> {
    pub const fn new(
        stream: S,
        connection: Arc<Connection>,
        head: Duration,
        idle: Duration,
        write: Duration,
    ) -> Self {
        Self {
            stream,
            connection,
            head,
            idle,
            write,
            credit: write,
            stall: None,
        }
    }

    /// What a write came to, which wrote as many bytes as `length` says; one that waits for too long fails.
    fn watched<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
        length: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(ended) = written {
            if let Some((since, _)) = self.stall.take() {
                self.connection.set_stalled(false);
                self.credit = self.credit.saturating_sub(since.elapsed());
            }
            let bytes = ended.as_ref().map_or(0, length);
            let earned =
                Duration::from_secs(1) * u32::try_from(bytes).unwrap_or(u32::MAX) / LEAST_RATE;
            self.credit = self.credit.saturating_add(earned).min(self.write);
            return Poll::Ready(ended);
        }
        let credit = self.credit;
        self.connection.set_stalled(true);
        let (_, stall) = self
            .stall
            .get_or_insert_with(|| (Instant::now(), Box::pin(sleep(credit))));
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the client read too slowly for too long",
        )))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.connection.received(self.head);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watched(cx, written, |bytes| *bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watched(cx, written, |bytes| *bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper flushes only after everything it has buffered was written.
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        ready!(self.watched(cx, flushed, |()| 0))?;
        self.connection.flushed(self.idle);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watched(cx, shut, |()| 0)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::super::connection::Kind;
    use super::*;

    const WRITE: Duration = Duration::from_secs(30);
    const ANSWER: usize = 1024 * 1024;

    /// Writes an answer to a client that reads so many bytes every second. Answers what the write came to, and how long it took.
    async fn written_to_one_that_reads(bytes: usize) -> (io::Result<()>, Duration) {
        let (stream, mut client) = duplex(1);
        let connection = Arc::new(Connection::new(Kind::Regular, 1, WRITE, Arc::default()));
        let mut socket = Socket::new(stream, connection, WRITE, WRITE, WRITE);
        let since = Instant::now();
        let reading = tokio::spawn(async move {
            let mut buffer = vec![0; bytes];
            while client.read_exact(&mut buffer).await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        let written = socket.write_all(&vec![b'x'; ANSWER]).await;
        let took = since.elapsed();
        reading.abort();
        (written, took)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_a_byte_now_and_then_is_closed() {
        for bytes in [1, 100, LEAST_RATE as usize / 2] {
            let (written, took) = written_to_one_that_reads(bytes).await;
            assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
            // Half of the least rate falls behind half as fast.
            assert!(took >= WRITE && took < WRITE * 3, "{bytes}: {took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_that_reads_faster_than_the_least_rate_gets_the_whole_answer() {
        let bytes = 2 * LEAST_RATE as usize;
        let (written, took) = written_to_one_that_reads(bytes).await;
        written.unwrap();
        assert!(took > WRITE * 10, "{took:?}");
    }
}
