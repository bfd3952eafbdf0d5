//! Answers that leave at fixed steps of time, so that nothing can be measured that is left of what they took.
//!
//! The work of a denial or a search depends only on what the caller can see. What the machine still makes of it (a page of an index that
//! was in memory, a row that was looked at) is a matter of microseconds, and a caller who asks often enough could measure it. So these answers
//! leave at steps of [`STEP`], counted from the end of their request's head. Where the steps lie within that is chosen at random for each
//! process: nobody can shape requests so that their work ends just before or after one. Steps alone protect nothing: work that takes
//! longer in one case would cross a step more often.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::LazyLock,
    time::Duration,
};

use axum::http::{Method, StatusCode};
use tokio::time::{Instant, sleep_until};

/// How far apart the steps are.
pub(crate) const STEP: Duration = Duration::from_millis(20);

/// Where the first step lies after the end of a request's head: the same for all requests of a process.
static PHASE: LazyLock<Duration> = LazyLock::new(|| {
    let random = RandomState::new().build_hasher().finish();
    Duration::from_nanos(random % nanoseconds(STEP))
});

/// Why an answer leaves at a step: the label of its measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stepped {
    /// What the caller cannot see, or what does not exist.
    NotFound,
    /// What a search found, or that it found nothing.
    Search,
    /// Somebody could not be signed in.
    SignIn,
    /// The pages' event stream began. Its head waits for the look-up of each conversation that it follows, and those that the caller
    /// cannot see are reported right after it.
    Live,
}

impl Stepped {
    /// Whether this request is one whose answer may have to wait, before it is carried out: its route's template and its query.
    pub(crate) fn of(method: &Method, route: &str, query: Option<&str>) -> Option<Self> {
        let route = route.strip_prefix("/api/v1").unwrap_or(route);
        if route == "/conversations"
            && (*method == Method::GET || *method == Method::HEAD)
            && has_search(query)
        {
            return Some(Self::Search);
        }
        if route.starts_with("/conversations/{") {
            return Some(Self::NotFound);
        }
        match (route, method) {
            ("/sign-in", &Method::POST) => Some(Self::SignIn),
            ("/live", &Method::GET | &Method::HEAD) => Some(Self::Live),
            _ => None,
        }
    }

    /// Whether it has to, once it is known how the request ended.
    pub(crate) fn waits(self, status: StatusCode) -> bool {
        match self {
            Self::NotFound => status == StatusCode::NOT_FOUND,
            Self::Search | Self::Live => true,
            Self::SignIn => status.is_client_error(),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Search => "search",
            Self::SignIn => "sign_in",
            Self::Live => "live",
        }
    }
}

/// Whether a list is searched. An empty one is, too: that nothing was typed is no secret, and to look closer is no use.
fn has_search(query: Option<&str>) -> bool {
    let names = query.into_iter().flat_map(|query| query.split('&'));
    // A name may be written with escapes.
    names
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name))
        .any(|name| name == "q" || name.contains('%'))
}

/// Waits for the step at which an answer leaves whose request's head ended at `started`. All of its work is done by now: a caller that
/// goes away meanwhile leaves nothing undone.
pub(crate) async fn leave_at_a_step(stepped: Stepped, started: Instant) {
    let worked = started.elapsed();
    metrics::histogram!("parlor_http_stepped_work_seconds", "answer" => stepped.as_str())
        .record(worked.as_secs_f64());
    if are_on() {
        sleep_until(started + next_step(worked, *PHASE)).await;
    }
}

/// The first step that is not before the end of the work.
fn next_step(worked: Duration, phase: Duration) -> Duration {
    let steps = nanoseconds(worked.saturating_sub(phase)).div_ceil(nanoseconds(STEP));
    phase + Duration::from_nanos(steps.saturating_mul(nanoseconds(STEP)))
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(not(feature = "timing-experiments"))]
const fn are_on() -> bool {
    true
}

/// In a program that is built for trying the attack, the attack can be tried without them.
#[cfg(feature = "timing-experiments")]
fn are_on() -> bool {
    static ARE_ON: LazyLock<bool> =
        LazyLock::new(|| std::env::var_os("TIMING_STEPS").is_none_or(|steps| steps != "off"));
    *ARE_ON
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn an_answer_leaves_at_the_first_step_after_its_work() {
        for (worked, phase, leaves) in [
            (0, 0, 0),
            (1, 0, 20),
            (20, 0, 20),
            (21, 0, 40),
            (0, 7, 7),
            (7, 7, 7),
            (8, 7, 27),
            (26, 7, 27),
            (28, 7, 47),
        ] {
            let step = next_step(MS(worked), MS(phase));
            assert_eq!(step, MS(leaves), "{worked} ms of work, phase {phase} ms");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_the_work_took_the_answer_leaves_at_a_step() {
        for microseconds in [0, 1, 400, 19_999, 20_000, 20_001, 61_234] {
            let started = Instant::now();
            tokio::time::advance(Duration::from_micros(microseconds)).await;
            leave_at_a_step(Stepped::NotFound, started).await;
            let left = started.elapsed();
            let at = next_step(Duration::from_micros(microseconds), *PHASE);
            assert!(left >= at, "{left:?}");
            // The timer counts in milliseconds.
            assert!(left < at + MS(2), "{left:?} instead of {at:?}");
        }
    }

    #[test]
    fn the_steps_of_a_process_lie_where_they_lie() {
        assert!(*PHASE < STEP);
        let first = *PHASE;
        assert_eq!(*PHASE, first);
    }

    #[test]
    fn what_could_tell_by_its_time_leaves_at_a_step_and_nothing_else() {
        use StatusCode as Status;
        fn stepped(method: &Method, route: &str, query: Option<&str>, status: Status) -> bool {
            Stepped::of(method, route, query).is_some_and(|stepped| stepped.waits(status))
        }
        let not_found = Status::NOT_FOUND;
        for edge in ["", "/api/v1"] {
            let (list, one) = (
                format!("{edge}/conversations"),
                format!("{edge}/conversations/{{id}}"),
            );
            assert!(stepped(&Method::GET, &list, Some("q=beacon"), Status::OK));
            assert!(stepped(
                &Method::GET,
                &list,
                Some("limit=1&q=b"),
                Status::OK
            ));
            assert!(stepped(&Method::GET, &list, Some("%71=beacon"), Status::OK));
            assert!(!stepped(&Method::GET, &list, Some("limit=1"), Status::OK));
            assert!(!stepped(&Method::GET, &list, None, Status::OK));
            for method in [Method::GET, Method::PATCH, Method::PUT, Method::DELETE] {
                assert!(stepped(&method, &one, None, not_found));
                assert!(!stepped(&method, &one, None, Status::OK));
            }
            let below = format!("{one}/messages");
            assert!(stepped(&Method::POST, &below, None, not_found));
            assert!(!stepped(&Method::POST, &below, None, Status::CREATED));
            assert!(!stepped(&Method::GET, "/settings", None, not_found));
        }
        assert!(stepped(&Method::POST, "/sign-in", None, Status::FORBIDDEN));
        assert!(!stepped(&Method::POST, "/sign-in", None, Status::SEE_OTHER));
        assert!(stepped(&Method::GET, "/live", None, Status::OK));
        assert!(stepped(&Method::HEAD, "/live", None, Status::OK));
        assert!(!stepped(&Method::GET, "/lively", None, Status::OK));
    }
}
