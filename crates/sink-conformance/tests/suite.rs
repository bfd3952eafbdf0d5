//! The suite on the smallest sink that passes it, and on sinks that must not.

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        future::{Ready, ready},
        pin::Pin,
        sync::Arc,
    };

    use parlor_sink_conformance::{Flaw, Medium, MemoryMedium, run_all, sink_conformance, suite};

    fn fresh() -> Ready<Arc<MemoryMedium>> {
        ready(Arc::new(MemoryMedium::default()))
    }

    sink_conformance!(fresh);

    #[tokio::test(start_paused = true)]
    async fn one_call_runs_every_test() {
        run_all(async || Arc::new(MemoryMedium::default()) as Arc<dyn Medium>).await;
    }

    type Test = fn(Arc<dyn Medium>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    macro_rules! list {
        ([] $($test:ident)*) => {
            [$((stringify!($test), (|medium| Box::pin(suite::$test(medium))) as Test)),*]
        };
    }

    #[test]
    fn every_test_is_in_the_list() {
        let source = include_str!("../src/suite.rs");
        let written = source.lines().filter_map(|line| {
            let name = line.strip_prefix("pub async fn ")?.split('(').next()?;
            (!name.starts_with("run_all")).then_some(name)
        });
        let listed = parlor_sink_conformance::for_each_test! { [list] [] };
        let listed: BTreeSet<&str> = listed.iter().map(|(name, _)| *name).collect();
        assert_eq!(written.collect::<BTreeSet<_>>(), listed);
    }

    /// A test that no sink fails, or a flaw that no test finds, says nothing.
    #[tokio::test(start_paused = true)]
    async fn each_flaw_fails_a_test_and_each_test_finds_a_flaw() {
        let mut useful = BTreeSet::new();
        let tests = parlor_sink_conformance::for_each_test! { [list] [] };
        for flaw in Flaw::ALL {
            let mut failed = Vec::new();
            for (name, test) in tests {
                let medium = Arc::new(MemoryMedium::with(flaw));
                if tokio::spawn(test(medium)).await.is_err() {
                    failed.push(name);
                }
            }
            assert!(!failed.is_empty(), "no test finds that a sink {flaw:?}");
            useful.extend(failed);
        }
        for (name, _) in tests {
            assert!(useful.contains(name), "no sink fails {name}");
        }
    }
}
