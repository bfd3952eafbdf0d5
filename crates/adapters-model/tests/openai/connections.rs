//! Connections that fail, stall, close early, or bring their bytes in odd pieces.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use parlor_adapters_model::OpenAiProvider;
use parlor_application::ports::{ModelError, ModelEvent};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Notify, oneshot},
    time::{sleep, timeout},
};

use crate::{
    raw_server::RawServer,
    support::{
        DONE, USAGE, Whole, ask, ask_and_read, finish_event, provider, read, shown, text_event,
        usage_event,
    },
};

/// Long enough for anything that ought to happen on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(200);

fn impatient(base_url: &str) -> OpenAiProvider {
    OpenAiProvider {
        idle_timeout: SHORT,
        ..provider(base_url)
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let error = ask(provider(&base_url)).await.err().unwrap();
    assert!(
        matches!(error, ModelError::Unreachable(Some(_))),
        "{error:?}"
    );
    assert!(!shown(&error).contains("/v1"), "{}", shown(&error));
}

#[tokio::test]
async fn a_server_that_takes_no_connection_in_time_is_unreachable() {
    // The kernel answers no more connections once the queue of those that nobody accepted is full.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(connection) = timeout(SHORT, TcpStream::connect(address)).await {
        waiting.push(connection.unwrap());
        assert!(waiting.len() < 100, "the queue does not fill");
    }
    let provider = OpenAiProvider {
        connect_timeout: SHORT,
        ..provider(format!("http://{address}/v1"))
    };
    let error = timeout(PATIENCE, ask(provider))
        .await
        .unwrap()
        .err()
        .unwrap();
    assert!(matches!(error, ModelError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_closes_before_the_response_is_tried_again() {
    let server = RawServer::start(|number, mut connection| async move {
        if number > 0 {
            connection.begin().await;
            connection.chunk([&text_event("a"), DONE].concat()).await;
            connection.end().await;
        }
    })
    .await;
    assert_eq!(ask_and_read(provider(&server.base_url)).await.pieces, ["a"]);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_server_that_always_closes_before_the_response_is_unreachable() {
    let server = RawServer::start(|_, _| async {}).await;
    let error = ask(provider(&server.base_url)).await.err().unwrap();
    assert!(
        matches!(error, ModelError::Unreachable(Some(_))),
        "{error:?}"
    );
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_server_that_says_nothing_times_out_and_is_not_asked_again() {
    let server =
        RawServer::start(|_, mut connection| async move { connection.closed().await }).await;
    let provider = OpenAiProvider {
        connect_timeout: SHORT,
        ..impatient(&server.base_url)
    };
    let error = ask(provider).await.err().unwrap();
    assert!(matches!(error, ModelError::TimedOut), "{error:?}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn the_time_in_which_a_connection_may_be_made_is_not_waited_for_once_it_is_made() {
    let server =
        RawServer::start(|_, mut connection| async move { connection.closed().await }).await;
    let provider = OpenAiProvider {
        connect_timeout: 4 * PATIENCE,
        ..impatient(&server.base_url)
    };
    let error = timeout(PATIENCE, ask(provider)).await.unwrap();
    let error = error.err().unwrap();
    assert!(matches!(error, ModelError::TimedOut), "{error:?}");
}

#[tokio::test]
async fn a_stream_that_stalls_times_out_after_what_had_come() {
    let server = RawServer::start(|_, mut connection| async move {
        connection.begin().await;
        connection.chunk(text_event("a")).await;
        connection.chunk("data: {\"choi").await;
        connection.closed().await;
    })
    .await;
    let whole = ask_and_read(impatient(&server.base_url)).await;
    assert_eq!(whole.pieces, ["a"]);
    assert!(
        matches!(whole.end, Err(ModelError::TimedOut)),
        "{:?}",
        whole.end
    );
}

#[tokio::test]
async fn a_completion_that_stalls_times_out_and_one_that_breaks_off_is_incomplete() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"choices\"";
    let stalls = RawServer::start(move |_, mut connection| async move {
        connection.send(head).await;
        connection.closed().await;
    })
    .await;
    let error = ask(impatient(&stalls.base_url)).await.err().unwrap();
    assert!(matches!(error, ModelError::TimedOut), "{error:?}");

    let breaks =
        RawServer::start(move |_, mut connection| async move { connection.send(head).await }).await;
    let error = ask(provider(&breaks.base_url)).await.err().unwrap();
    assert!(matches!(error, ModelError::Incomplete), "{error:?}");
    assert_eq!(breaks.connections(), 1);
}

#[tokio::test]
async fn a_server_that_sends_no_content_times_out_however_much_else_it_sends() {
    let empty = r#"data: {"choices":[{"index":0,"delta":{"content":""}}]}"#;
    for nothing in [
        ": ping\n\n".to_owned(),
        format!("{empty}\n\n"),
        "data: null\n\n".to_owned(),
    ] {
        for says_something in [false, true] {
            let nothing = nothing.clone();
            let server = RawServer::start(move |_, mut connection| {
                let nothing = nothing.clone();
                async move {
                    connection.begin().await;
                    if says_something {
                        connection.chunk(text_event("a")).await;
                    }
                    loop {
                        connection.chunk(&nothing).await;
                        sleep(SHORT / 10).await;
                    }
                }
            })
            .await;
            let whole = match ask(impatient(&server.base_url)).await {
                Ok(stream) => read(stream).await,
                Err(error) => Whole::failed(error),
            };
            assert!(matches!(whole.end, Err(ModelError::TimedOut)), "{whole:?}");
            assert_eq!(whole.pieces.concat(), if says_something { "a" } else { "" });
        }
    }
}

#[tokio::test]
async fn an_answer_that_keeps_coming_does_not_time_out() {
    let server = RawServer::start(|_, mut connection| async move {
        connection.begin().await;
        // Longer than the idle time-out, each wait far shorter.
        for _ in 0..15 {
            connection.chunk(text_event("a")).await;
            sleep(Duration::from_millis(100)).await;
        }
        connection.chunk(DONE).await;
        connection.closed().await;
    })
    .await;
    let whole = ask_and_read(OpenAiProvider {
        idle_timeout: Duration::from_secs(1),
        ..provider(&server.base_url)
    })
    .await;
    assert_eq!(whole.pieces.concat(), "a".repeat(15));
    whole.end.unwrap();
}

#[tokio::test]
async fn characters_and_lines_may_be_split_anywhere() {
    let server = RawServer::start(|_, mut connection| async move {
        connection.begin().await;
        let events = [
            &text_event("김민지 👩‍🚒"),
            ": 김\r\n",
            &finish_event(),
            &usage_event(),
            DONE,
        ]
        .concat();
        for byte in events.as_bytes() {
            connection.chunk([*byte]).await;
        }
        connection.end().await;
    })
    .await;
    let whole = ask_and_read(provider(&server.base_url)).await;
    assert_eq!(whole.pieces, ["김민지 👩‍🚒"]);
    assert_eq!(whole.end.unwrap(), Some(USAGE));
}

#[tokio::test]
async fn a_piece_is_there_as_soon_as_it_came() {
    let seen = Arc::new(Notify::new());
    let server = RawServer::start({
        let seen = Arc::clone(&seen);
        move |_, mut connection| {
            let seen = Arc::clone(&seen);
            async move {
                connection.begin().await;
                connection.chunk(text_event("first")).await;
                seen.notified().await;
                connection
                    .chunk([&text_event("second"), DONE].concat())
                    .await;
            }
        }
    })
    .await;
    let mut stream = ask(provider(&server.base_url)).await.unwrap();
    let mut next = async || {
        timeout(PATIENCE, stream.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap()
    };
    assert!(matches!(next().await, ModelEvent::Text(text) if text == "first"));
    seen.notify_one();
    assert!(matches!(next().await, ModelEvent::Text(text) if text == "second"));
    assert!(matches!(next().await, ModelEvent::Finished { .. }));
}

#[tokio::test]
async fn a_stream_that_closes_before_the_model_is_done_is_incomplete_and_not_asked_again() {
    for closes_properly in [true, false] {
        let server = RawServer::start(move |_, mut connection| async move {
            connection.begin().await;
            connection.chunk(text_event("a")).await;
            connection
                .chunk(
                    "data: {\"choices\": [{\"delta\": {\"content\": \"김"
                        .as_bytes()
                        .split_last()
                        .unwrap()
                        .1,
                )
                .await;
            if closes_properly {
                connection.end().await;
            }
        })
        .await;
        let whole = ask_and_read(provider(&server.base_url)).await;
        assert_eq!(whole.pieces, ["a"]);
        assert!(
            matches!(whole.end, Err(ModelError::Incomplete)),
            "{:?}",
            whole.end
        );
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn a_stream_that_closes_before_anything_came_is_incomplete() {
    let server = RawServer::start(|_, mut connection| async move {
        connection.begin().await;
        connection.end().await;
    })
    .await;
    let whole = ask_and_read(provider(&server.base_url)).await;
    assert!(whole.pieces.is_empty());
    assert!(
        matches!(whole.end, Err(ModelError::Incomplete)),
        "{:?}",
        whole.end
    );
}

#[tokio::test]
async fn an_answer_whose_connection_breaks_stalls_or_only_pings_after_its_finish_reason_is_whole() {
    for (stalls, pings) in [(false, false), (true, false), (true, true)] {
        let server = RawServer::start(move |_, mut connection| async move {
            connection.begin().await;
            connection
                .chunk([text_event("a"), finish_event(), usage_event()].concat())
                .await;
            if pings {
                loop {
                    connection.chunk(": ping\n\n").await;
                    sleep(SHORT / 10).await;
                }
            }
            if stalls {
                connection.closed().await;
            }
        })
        .await;
        let whole = ask_and_read(impatient(&server.base_url)).await;
        assert_eq!(whole.pieces, ["a"]);
        assert_eq!(whole.end.unwrap(), Some(USAGE));
    }
}

#[tokio::test]
async fn a_line_without_end_is_cut_off_as_malformed() {
    let server = RawServer::start(|_, mut connection| async move {
        connection.begin().await;
        for _ in 0..1025 {
            connection.chunk("x".repeat(1024)).await;
        }
        connection.closed().await;
    })
    .await;
    let whole = ask_and_read(provider(&server.base_url)).await;
    assert!(
        matches!(whole.end, Err(ModelError::Malformed(_))),
        "{:?}",
        whole.end
    );
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    let (told, closed) = oneshot::channel();
    let told = std::sync::Mutex::new(Some(told));
    let server = RawServer::start(move |_, mut connection| {
        let told = told.lock().unwrap().take().unwrap();
        async move {
            connection.begin().await;
            connection.chunk(text_event("a")).await;
            connection.closed().await;
            told.send(()).unwrap();
        }
    })
    .await;
    let mut stream = ask(provider(&server.base_url)).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    timeout(PATIENCE, closed)
        .await
        .expect("the connection stays open")
        .unwrap();
}
