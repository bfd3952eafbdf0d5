//! Clients that ask for the largest answers there are and do not read them.

mod heavy {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpSocket, TcpStream},
    };

    use super::super::{
        filling::{Filling, Shape, filled},
        process::{forget_peak_memory, memory, peak_memory, settled_memory},
    };
    use crate::{api::revocation::sign_in, harness::Service};

    const CLIENTS: usize = 80;

    /// One of each kind of answer, of each conversation.
    const KINDS: usize = 16;

    /// A connection on which this was asked, and whose answer has begun. Nothing more is read from it.
    async fn unread(service: &Service, path: &str, header: &str) -> TcpStream {
        let address = service.base().strip_prefix("http://").unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        // The answer waits in the service, not in the kernel.
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200", "{path}");
        stream
    }

    #[tokio::test]
    async fn many_clients_that_do_not_read_the_largest_answers_take_little_memory() {
        let code = "```rust\nlet a = f(1);\n```\n";
        let fillings = [
            Filling::new(Shape::Chain, 200, 100_000),
            Filling::new(Shape::Chain, 200, 100_000).repeating(code),
            Filling::new(Shape::Chain, 200, 10).reasoning(100_000),
            Filling::new(Shape::Star, 9_997, 100),
        ];
        let (service, conversations) = filled(Service::builder(), &fillings).await;
        let instance = service.instance(0);
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let cookie = sign_in(&http, service.base(), "alice").await;
        let requests: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let conversation = &conversations[number % conversations.len()];
                let (path, header) = match number / conversations.len() % 4 {
                    0 => (
                        format!("/api/v1/conversations/{conversation}/messages?limit=100"),
                        "Authorization: Bearer demo-alice".to_owned(),
                    ),
                    1 => (
                        format!("/conversations/{conversation}/tree"),
                        format!("Cookie: {cookie}"),
                    ),
                    _ => (
                        format!("/conversations/{conversation}"),
                        format!("Cookie: {cookie}"),
                    ),
                };
                (path, header)
            })
            .collect();
        // What is made at the first use is there before.
        let at_start = memory(instance);
        let mut length = 0;
        for (path, header) in requests.iter().take(KINDS) {
            let mut whole = Vec::new();
            let mut stream = unread(&service, path, header).await;
            stream.read_to_end(&mut whole).await.unwrap();
            length += whole.len();
        }
        let read = peak_memory(instance);
        let before = settled_memory(instance).await;
        forget_peak_memory(instance);
        let mut open = Vec::new();
        for (path, header) in &requests {
            open.push(unread(&service, path, header).await);
        }
        let most = peak_memory(instance);
        println!(
            "{CLIENTS} unread answers of {} KiB: {most:.0} MiB at most, {before:.0} MiB before; \
             {at_start:.0} MiB at the start, {read:.0} MiB while they were read",
            length / KINDS / 1024
        );
        assert!(most - before < 220.0, "{most} MiB, {before} MiB before");
    }
}
