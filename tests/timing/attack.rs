//! The attack: a colleague without access asks, again and again, and measures.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde_json::json;

use super::permutation::{Compared, Found, Pair, compare};
use crate::harness::{Instance, text};

/// True words of the private conversation, and words that nobody ever wrote, letter for letter as long.
const WORDS: [(&str, &str); 6] = [
    ("kestrelhollow", "kwstrqlhollzw"),
    ("quarterdeckpine", "qzarterdyckpjne"),
    ("vermilionharbor", "vqrmiliznharbyr"),
    ("obsidianlantern", "ozsidiqnlantyrn"),
    ("marzipanfoundry", "mzrzipqnfoundyr"),
    ("tungstenorchard", "tqngstzorchaqrd"),
];

/// How many letters of a word are guessed at, where it is spelled from its beginning.
const PREFIX: usize = 5;

/// As often as one search can have a word.
const TIMES: usize = 16;

/// What is asked for.
struct Question {
    /// Of which kind, and which pair of that kind.
    kind: usize,
    pair: usize,
    is_hidden: bool,
    request: Vec<u8>,
}

/// One kind of question, and how often each of its pairs was asked.
pub struct Outcome {
    pub what: &'static str,
    pub means: Found,
    pub steps: Found,
    pub requests: usize,
    /// How many of its words tell of themselves alone.
    pub told: usize,
    pub pairs: usize,
}

const KINDS: [&str; 4] = [
    "search for a word",
    "search for the beginning of a word",
    "GET of an id",
    "PATCH of an id",
];

/// Carries it out with so many requests over so many connections at once.
pub async fn attack(instance: &Instance, requests: usize, connections: usize) -> Vec<Outcome> {
    let alice = instance.acting_as("alice");
    let hidden: Vec<&str> = WORDS.iter().map(|(hidden, _)| *hidden).collect();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let id = alice.create("Nobody else's").await;
        alice.prompt(&id, &hidden.join(" ")).await;
        ids.push(id);
    }
    // Bob sees something, too.
    let bob = instance.acting_as("bob");
    for _ in 0..20 {
        let own = bob
            .post("/conversations", json!({"title": "My own notes"}))
            .await;
        text(&own.expect(201), "id");
    }
    let base = instance.base().trim_start_matches("http://").to_owned();
    let questions = questions(&base, &ids);
    let asked = requests.div_ceil(connections);
    let threads: Vec<_> = (0..connections as u64)
        .map(|number| {
            let (base, questions) = (base.clone(), questions.iter().map(copy).collect());
            thread::spawn(move || ask(&base, questions, asked, number))
        })
        .collect();
    let mut pairs: Vec<Vec<Pair>> = KINDS.map(|_| Vec::new()).into();
    for thread in threads {
        let measured = tokio::task::spawn_blocking(move || thread.join().unwrap());
        for (kind, of_kind) in measured.await.unwrap().into_iter().enumerate() {
            pairs[kind].resize_with(of_kind.len(), Pair::default);
            for (pair, more) in pairs[kind].iter_mut().zip(of_kind) {
                pair.hidden.extend(more.hidden);
                pair.absent.extend(more.absent);
            }
        }
    }
    let outcomes = KINDS.iter().zip(pairs);
    outcomes.map(|(what, pairs)| judge(what, &pairs)).collect()
}

fn judge(what: &'static str, pairs: &[Pair]) -> Outcome {
    let told = pairs.iter().filter(|pair| {
        let alone = compare(std::slice::from_ref(pair), Compared::Means);
        alone.p_value < 0.001 && alone.difference > 0.0
    });
    Outcome {
        what,
        means: compare(pairs, Compared::Means),
        steps: compare(pairs, Compared::Steps),
        requests: pairs
            .iter()
            .map(|pair| pair.hidden.len() + pair.absent.len())
            .sum(),
        told: told.count(),
        pairs: pairs.len(),
    }
}

fn copy(question: &Question) -> Question {
    Question {
        request: question.request.clone(),
        ..*question
    }
}

/// Every question, those of a pair letter for letter as long.
fn questions(base: &str, ids: &[String]) -> Vec<Question> {
    let absent = |id: &str| {
        let mut absent = id.to_owned();
        // The last letter of an id is random.
        let last = absent.pop().unwrap();
        absent.push(if last == '0' { '1' } else { '0' });
        absent
    };
    let get = |path: &str| request(base, "GET", path, "");
    let search = |word: &str| {
        let words = vec![word; TIMES].join("+");
        get(&format!("/api/v1/conversations?q={words}"))
    };
    let address = |id: &str| format!("/api/v1/conversations/{id}");
    let patch = |id: &str| request(base, "PATCH", &address(id), r#"{"title":"Mine now"}"#);
    let mut questions = Vec::new();
    let mut add = |kind, pair, hidden: Vec<u8>, absent: Vec<u8>| {
        assert_eq!(hidden.len(), absent.len());
        for (is_hidden, request) in [(true, hidden), (false, absent)] {
            questions.push(Question {
                kind,
                pair,
                is_hidden,
                request,
            });
        }
    };
    for (pair, (hidden, absent)) in WORDS.into_iter().enumerate() {
        add(0, pair, search(hidden), search(absent));
        add(
            1,
            pair,
            search(hidden.get(..PREFIX).unwrap()),
            search(absent.get(..PREFIX).unwrap()),
        );
    }
    for (pair, id) in ids.iter().enumerate() {
        let absent = absent(id);
        add(2, pair, get(&address(id)), get(&address(&absent)));
        add(3, pair, patch(id), patch(&absent));
    }
    questions
}

fn request(base: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
    let body = if body.is_empty() {
        "\r\n".to_owned()
    } else {
        format!(
            "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    format!("{method} {path} HTTP/1.1\r\nhost: {base}\r\nauthorization: Bearer demo-bob\r\n{body}")
        .into_bytes()
}

/// Asks everything in turns of random order, so that whatever else happens on the machine happens to both kinds alike.
fn ask(base: &str, mut questions: Vec<Question>, requests: usize, number: u64) -> Vec<Vec<Pair>> {
    let mut measured: Vec<Vec<Pair>> = KINDS.map(|_| Vec::new()).into();
    let mut random = StdRng::seed_from_u64(number);
    let mut connection = TcpStream::connect(base).unwrap();
    connection.set_nodelay(true).unwrap();
    connection
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut answer = vec![0; 64 * 1024];
    // The first ones warm up.
    let warm = questions.len();
    for turn in 0..(requests + warm).div_ceil(questions.len()) {
        questions.shuffle(&mut random);
        for question in &questions {
            let started = Instant::now();
            connection.write_all(&question.request).unwrap();
            let status = read(&mut connection, &mut answer);
            let took = started.elapsed().as_secs_f64() * 1e6;
            let expected = if question.kind < 2 { "200" } else { "404" };
            assert_eq!(status, expected, "{}", KINDS[question.kind]);
            if turn == 0 {
                continue;
            }
            let pairs = &mut measured[question.kind];
            if pairs.len() <= question.pair {
                pairs.resize_with(question.pair + 1, Pair::default);
            }
            let pair = &mut pairs[question.pair];
            let times = if question.is_hidden {
                &mut pair.hidden
            } else {
                &mut pair.absent
            };
            times.push(took);
        }
    }
    measured
}

/// Reads an answer whole; answers its status.
fn read(connection: &mut TcpStream, answer: &mut [u8]) -> String {
    let mut end = 0;
    loop {
        let more = connection.read(&mut answer[end..]).unwrap();
        assert!(more > 0, "the connection was closed");
        end += more;
        let so_far = String::from_utf8_lossy(&answer[..end]);
        let Some((head, body)) = so_far.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.unwrap().parse().unwrap();
        if body.len() >= length {
            return head.get(9..12).unwrap().to_owned();
        }
    }
}
