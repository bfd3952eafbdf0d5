//! Exports of large conversations: what they take, whatever the shape of the tree.

use futures::future::join_all;
use reqwest::Method;

use super::{
    filling::{Filling, Shape, filled},
    process::{memory, peak_memory},
};
use crate::harness::{As, Service};

/// Reads an export to its end, without keeping it; answers its length and how many messages it has.
async fn export(alice: &As, conversation: &str, format: &str) -> (usize, usize) {
    let path = format!("/conversations/{conversation}/export?format={format}");
    let mut answer = alice.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let mark: &[u8] = match format {
        "json" => b"\"sibling_count\":",
        _ => b"\n## ",
    };
    let (mut length, mut messages, mut tail) = (0, 0, Vec::new());
    while let Some(chunk) = answer.chunk().await.unwrap() {
        length += chunk.len();
        // A mark can begin in one chunk and end in the next.
        tail.extend_from_slice(&chunk);
        messages += tail
            .windows(mark.len())
            .filter(|window| *window == mark)
            .count();
        let kept = tail.len().saturating_sub(mark.len() - 1);
        tail.drain(..kept);
    }
    (length, messages)
}

/// Exports all of them at once in each format. Answers how much memory there was before, and the most, in mebibytes.
async fn export_all(fillings: &[Filling]) -> (f64, f64) {
    let builder = Service::builder().with("PARLOR_LIMITS__EXPORTS_PER_USER", &fillings.len());
    let (service, conversations) = filled(builder, fillings).await;
    let instance = service.instance(0);
    let alice = instance.acting_as("alice");
    let before = memory(instance);
    for format in ["json", "markdown"] {
        let exports = conversations.iter().map(|it| export(&alice, it, format));
        for (filling, (length, messages)) in fillings.iter().zip(join_all(exports).await) {
            assert_eq!(messages, filling.all_messages(), "{:?}", filling.shape);
            // At most 50 siblings of 39 bytes, and 1 KB for what else there is of a message.
            let said = filling.characters + filling.reasoning;
            let most = messages * (said * 2 + 50 * 39 + 1_000);
            assert!(length < most, "{:?}: {length}", filling.shape);
        }
    }
    (before, peak_memory(instance))
}

mod heavy {
    use super::*;

    #[tokio::test]
    async fn exports_take_little_memory_whatever_the_shape_and_the_length_of_messages() {
        let fillings = [
            Filling::new(Shape::Chain, 2_000, 1_000),
            Filling::new(Shape::Star, 9_997, 1),
            Filling::new(Shape::Binary, 2_000, 1_000),
            Filling::new(Shape::Chain, 100, 100_000),
            Filling::new(Shape::Chain, 60, 10).reasoning(100_000),
            Filling::new(Shape::Chain, 60, 10).reasoning(100_000),
            Filling::new(Shape::Star, 60, 10).reasoning(100_000),
            Filling::new(Shape::Star, 60, 10).reasoning(100_000),
        ];
        let (before, most) = export_all(&fillings).await;
        println!("8 exports: {most:.0} MiB, {before:.0} MiB before");
        assert!(most - before < 80.0, "{most} MiB, {before} MiB before");
    }
}

mod long {
    use super::*;

    /// 150 MB.
    const MOST: f64 = 143.0;

    async fn export_twenty(what: &str, filling: Filling) {
        let (before, most) = export_all(&[filling; 20]).await;
        println!("20 exports, {what}: {most:.0} MiB at most, {before:.0} MiB before");
        assert!(most < MOST, "{most} MiB");
    }

    #[tokio::test]
    async fn twenty_exports_of_a_chain_of_ten_thousand_messages_take_little_memory() {
        export_twenty("chain of 10,000", Filling::new(Shape::Chain, 9_998, 1_000)).await;
    }

    #[tokio::test]
    async fn twenty_exports_of_ten_thousand_siblings_take_little_memory() {
        export_twenty("10,000 siblings", Filling::new(Shape::Star, 9_998, 1_000)).await;
    }

    #[tokio::test]
    async fn twenty_exports_of_a_binary_tree_of_ten_thousand_messages_take_little_memory() {
        let filling = Filling::new(Shape::Binary, 9_998, 1_000);
        export_twenty("binary tree of 10,000", filling).await;
    }

    #[tokio::test]
    async fn twenty_exports_of_messages_of_a_hundred_thousand_characters_take_little_memory() {
        let filling = Filling::new(Shape::Chain, 200, 100_000);
        export_twenty("200 messages of 100,000 characters", filling).await;
    }

    #[tokio::test]
    async fn twenty_exports_of_answers_with_long_reasoning_take_little_memory() {
        let filling = Filling::new(Shape::Chain, 200, 10).reasoning(100_000);
        export_twenty("200 answers with reasoning of 100,000 characters", filling).await;
    }
}
