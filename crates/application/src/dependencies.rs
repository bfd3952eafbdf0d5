//! Whether what the service can do without for a while answers: a replica, model providers, Kafka.
//!
//! Their users note what they learn. What nobody uses is asked now and then, so that an operator knows before the users do.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// A dependency that answers is asked once nobody has learned anything of it for so long.
pub const QUIET: Duration = Duration::from_secs(30);
/// A dependency that does not answer is asked so often.
pub const RETRY: Duration = Duration::from_secs(5);
/// So long a use that brought nothing usable counts for more than what the dependency answers otherwise.
pub const UNUSABLE: Duration = Duration::from_mins(5);
/// How long it may take to answer.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// What is known of one dependency.
#[derive(Debug)]
pub struct Dependency {
    name: String,
    retry: Duration,
    known: Mutex<Known>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    answers: Option<bool>,
    at: Instant,
    /// Until when only a use that succeeds counts as an answer.
    unusable_until: Option<Instant>,
}

impl Dependency {
    /// One of which nothing is known yet. The name comes from the program or its configuration, and is a label of a metric.
    pub fn new(name: impl Into<String>) -> Arc<Self> {
        Self::asked_again_after(RETRY, name)
    }

    /// The same for one whose users try again by themselves: after a failure it is asked once they have not for so long.
    pub fn asked_again_after(retry: Duration, name: impl Into<String>) -> Arc<Self> {
        let known = Known {
            answers: None,
            at: Instant::now(),
            unusable_until: None,
        };
        Arc::new(Self {
            name: name.into(),
            retry,
            known: Mutex::new(known),
        })
    }

    /// What the operator calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it answered the last time that somebody asked it something, and what it answered could be used; `None` where nobody
    /// has.
    pub fn answers(&self) -> Option<bool> {
        self.known().answers
    }

    /// Somebody learned whether it answers. Returns whether that is a change: from the first failure on, and back.
    pub fn note(&self, answers: bool) -> bool {
        let mut known = self.known();
        let now = Instant::now();
        if answers && known.unusable_until.is_some_and(|until| now < until) {
            known.at = now;
            return false;
        }
        let before = known.answers.replace(answers);
        known.at = now;
        before.unwrap_or(true) != answers
    }

    /// The same, with a log line for each change.
    pub fn note_logged(&self, answers: bool) {
        if self.note(answers) {
            let dependency = self.name();
            if answers {
                tracing::info!(dependency, "a dependency answers again");
            } else {
                tracing::warn!(dependency, "a dependency does not answer");
            }
        }
    }

    /// Somebody used it to the end, with a log line for each change. What it answered and cannot be used, such as half an answer, counts
    /// as none until a use succeeds, or for five minutes: that it answers a probe meanwhile says nothing of its use.
    pub fn note_used(&self, is_usable: bool) {
        self.known().unusable_until = (!is_usable).then(|| Instant::now() + UNUSABLE);
        self.note_logged(is_usable);
    }

    /// When to ask it, if nobody learns anything before.
    fn next_probe(&self) -> Instant {
        let known = *self.known();
        known.at
            + match known.answers {
                None => Duration::ZERO,
                Some(true) => QUIET,
                Some(false) => self.retry,
            }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks a dependency something that costs next to nothing.
#[async_trait]
pub trait DependencyProbe: Send + Sync {
    /// Which one.
    fn dependency(&self) -> &Arc<Dependency>;

    /// Whether it answers; `None` where it could not be asked now, which says nothing of it.
    async fn ask(&self) -> Option<bool>;
}

/// Asks a dependency whenever nobody has learned anything of it for a while, until `stop`.
pub async fn watch_dependency(probe: Arc<dyn DependencyProbe>, stop: CancellationToken) {
    let mut not_before = Instant::now();
    loop {
        // Users may learn meanwhile that it answers, or that it does not: then another time counts.
        let next = probe.dependency().next_probe().max(not_before);
        let look = next.min(Instant::now() + RETRY);
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep_until(look) => {}
        }
        if probe.dependency().next_probe().max(not_before) > Instant::now() {
            continue;
        }
        let answers = tokio::select! {
            () = stop.cancelled() => return,
            asked = timeout(ANSWER_LIMIT, probe.ask()) => asked.unwrap_or(Some(false)),
        };
        if let Some(answers) = answers {
            probe.dependency().note_logged(answers);
        }
        not_before = Instant::now() + RETRY;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_used_counts_for_more_than_a_probe_until_a_use_succeeds_or_for_a_while()
    {
        let dependency = Dependency::new("provider:p");
        dependency.note_used(false);
        dependency.note(true);
        assert_eq!(dependency.answers(), Some(false));
        dependency.note_used(true);
        assert_eq!(dependency.answers(), Some(true));
        dependency.note_used(false);
        advance(UNUSABLE).await;
        assert_eq!(dependency.answers(), Some(false), "nobody learned anything");
        dependency.note(true);
        assert_eq!(dependency.answers(), Some(true));
        // One that did not answer at all is up again as soon as it answers.
        dependency.note(false);
        dependency.note(true);
        assert_eq!(dependency.answers(), Some(true));
    }

    #[derive(Clone, Copy)]
    enum Script {
        Answers(bool),
        CannotBeAsked,
        SaysNothing,
    }

    /// A probe that answers by a script.
    struct Scripted {
        dependency: Arc<Dependency>,
        script: Mutex<Script>,
        asked: Mutex<Vec<u64>>,
        start: Instant,
    }

    impl Scripted {
        fn new(script: Script) -> Arc<Self> {
            Arc::new(Self {
                dependency: Dependency::new("replica"),
                script: Mutex::new(script),
                asked: Mutex::default(),
                start: Instant::now(),
            })
        }

        fn asked(&self) -> Vec<u64> {
            self.asked.lock().unwrap().clone()
        }
    }

    #[async_trait]
    impl DependencyProbe for Scripted {
        fn dependency(&self) -> &Arc<Dependency> {
            &self.dependency
        }

        async fn ask(&self) -> Option<bool> {
            let now = self.start.elapsed().as_secs();
            self.asked.lock().unwrap().push(now);
            let script = *self.script.lock().unwrap();
            match script {
                Script::Answers(answers) => Some(answers),
                Script::CannotBeAsked => None,
                Script::SaysNothing => std::future::pending().await,
            }
        }
    }

    async fn watched(probe: &Arc<Scripted>, seconds: u64) {
        let stop = CancellationToken::new();
        let watching = tokio::spawn(watch_dependency(probe.clone(), stop.clone()));
        sleep(Duration::from_secs(seconds)).await;
        stop.cancel();
        watching.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_answers_is_asked_at_the_start_and_then_only_after_a_quiet_time() {
        let probe = Scripted::new(Script::Answers(true));
        assert_eq!(probe.dependency.answers(), None);
        watched(&probe, 65).await;
        assert_eq!(probe.asked(), [0, 30, 60]);
        assert_eq!(probe.dependency.answers(), Some(true));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_used_is_not_asked() {
        let probe = Scripted::new(Script::Answers(true));
        let using = tokio::spawn({
            let dependency = probe.dependency.clone();
            async move {
                for _ in 0..10 {
                    sleep(Duration::from_secs(10)).await;
                    dependency.note(true);
                }
            }
        });
        watched(&probe, 100).await;
        using.await.unwrap();
        assert_eq!(probe.asked(), [0]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_user_found_away_is_asked_a_few_seconds_later() {
        let probe = Scripted::new(Script::Answers(true));
        let using = tokio::spawn({
            let dependency = probe.dependency.clone();
            async move {
                sleep(Duration::from_secs(12)).await;
                dependency.note(false);
            }
        });
        watched(&probe, 40).await;
        using.await.unwrap();
        assert_eq!(probe.asked(), [0, 17]);
        assert_eq!(probe.dependency.answers(), Some(true));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_answer_is_asked_every_few_seconds_until_it_does() {
        let probe = Scripted::new(Script::Answers(false));
        let back = tokio::spawn({
            let probe = probe.clone();
            async move {
                sleep(Duration::from_secs(12)).await;
                *probe.script.lock().unwrap() = Script::Answers(true);
            }
        });
        watched(&probe, 44).await;
        back.await.unwrap();
        assert_eq!(probe.asked(), [0, 5, 10, 15]);
        assert_eq!(probe.dependency.answers(), Some(true));
    }

    #[tokio::test(start_paused = true)]
    async fn what_says_nothing_is_away() {
        let probe = Scripted::new(Script::SaysNothing);
        watched(&probe, 9).await;
        assert_eq!(probe.asked(), [0]);
        assert_eq!(probe.dependency.answers(), Some(false));
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_asked_stays_as_it_is_known() {
        let probe = Scripted::new(Script::CannotBeAsked);
        watched(&probe, 9).await;
        assert_eq!(probe.asked(), [0, 5]);
        assert_eq!(probe.dependency.answers(), None);
    }

    #[test]
    fn only_a_change_is_told() {
        let dependency = Dependency::new("kafka");
        for (answers, changed) in [
            (true, false),
            (false, true),
            (false, false),
            (true, true),
            (true, false),
        ] {
            assert_eq!(dependency.note(answers), changed);
        }
        assert!(Dependency::new("kafka").note(false), "away from the start");
    }
}
