//! The figures, as tables to print and to put into the documentation.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use crate::{CLIENTS, arguments::StoreKind, load::Round, operation::Operation};

/// What a round is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Measured {
    pub store: StoreKind,
    pub operation: Operation,
    pub clients: usize,
    pub size: u32,
    pub subject: Subject,
}

/// Who answered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Subject {
    /// The service.
    Parlor,
    /// The bare handler.
    Bare,
    /// The store alone, for a known principal.
    Store,
    /// The bare handler's statement, and nothing before the database.
    PgBench,
}

/// All rounds, in order.
#[derive(Default)]
pub struct Report {
    rounds: BTreeMap<Measured, Vec<Round>>,
}

impl Report {
    pub fn add(&mut self, measured: Measured, round: Round) {
        self.rounds.entry(measured).or_default().push(round);
    }

    /// The median over the rounds.
    pub fn median(&self, measured: Measured, figure: impl Fn(&Round) -> f64) -> Option<f64> {
        let rounds = self.rounds.get(&measured)?;
        Some(median(rounds.iter().map(figure).collect()))
    }

    /// The median over the rounds of the ratio to what was measured beside it.
    pub fn ratio(
        &self,
        measured: Measured,
        other: Measured,
        figure: impl Fn(&Round) -> f64,
    ) -> Option<f64> {
        let pairs = self
            .rounds
            .get(&measured)?
            .iter()
            .zip(self.rounds.get(&other)?);
        Some(median(
            pairs
                .map(|(one, other)| figure(one) / figure(other))
                .collect(),
        ))
    }

    /// The sizes that were measured, the smallest first.
    pub fn sizes(&self) -> Vec<u32> {
        let mut sizes: Vec<u32> = self.rounds.keys().map(|measured| measured.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// All figures of a store.
    pub fn table(&self, store: StoreKind) -> String {
        let mut table = format!(
            "\n{store}\n\n\
            | operation | clients | conversations | answers/s | p50 | p99 | p50 to smallest | of bare handler | of the store alone | of pgbench |\n\
            | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n"
        );
        let sizes = self.sizes();
        for operation in Operation::ALL {
            for clients in CLIENTS {
                for size in &sizes {
                    let measured = Measured {
                        store,
                        operation,
                        clients,
                        size: *size,
                        subject: Subject::Parlor,
                    };
                    let Some(throughput) = self.median(measured, |round| round.throughput) else {
                        continue;
                    };
                    let p50 = self.median(measured, |round| round.p50).map(Micros);
                    let p99 = self.median(measured, |round| round.p99).map(Micros);
                    let beside = |subject| {
                        let other = Measured {
                            subject,
                            ..measured
                        };
                        self.ratio(measured, other, |round| round.throughput)
                    };
                    let smallest = Measured {
                        size: sizes[0],
                        ..measured
                    };
                    let growth = self
                        .ratio(measured, smallest, |round| round.p50)
                        .filter(|_| *size != sizes[0]);
                    writeln!(
                        table,
                        "| {operation} | {clients} | {} | {throughput:.0} | {} | {} | {} | {} | {} | {} |",
                        Thousands(*size),
                        Shown(p50),
                        Shown(p99),
                        Ratio(growth),
                        Ratio(beside(Subject::Bare)),
                        Ratio(beside(Subject::Store)),
                        Ratio(beside(Subject::PgBench)),
                    )
                    .unwrap();
                }
            }
        }
        table
    }

    /// What a page takes beside its statements: the median over the rounds, in microseconds.
    pub fn pages(&self) -> String {
        let mut table = "\n| page of 200 messages | conversations | clients | its statements: p50 | the page: p50 | more | target |\n\
            | --- | --: | --: | --: | --: | --: | --: |\n"
            .to_owned();
        for measured in self.rounds.keys() {
            if measured.operation != Operation::Page || measured.subject != Subject::Parlor {
                continue;
            }
            let statements = Measured {
                subject: Subject::Store,
                ..*measured
            };
            let p50 = |measured| self.median(measured, |round| round.p50);
            let (Some(page), Some(statements)) = (p50(*measured), p50(statements)) else {
                continue;
            };
            let more = page - statements;
            // With one client nobody waits for anybody else.
            let target = match (measured.clients, more <= 5_000.0) {
                (1, true) => "5 ms: met",
                (1, false) => "5 ms: missed",
                _ => "",
            };
            writeln!(
                table,
                "| {} | {} | {} | {} | {} | {} | {target} |",
                measured.store,
                Thousands(measured.size),
                measured.clients,
                Micros(statements),
                Micros(page),
                Micros(more)
            )
            .unwrap();
        }
        table
    }

    /// What was aimed at and what was reached.
    pub fn targets(&self) -> String {
        let mut table = "\n| with 16 clients | conversations | store | bare handler: answers/s | Parlor: answers/s | ratio | target |\n\
            | --- | --: | --- | --: | --: | --: | --: |\n"
            .to_owned();
        for measured in self.rounds.keys() {
            let Some(target) = measured.operation.target() else {
                continue;
            };
            if measured.clients != CLIENTS[1] || measured.subject != Subject::Parlor {
                continue;
            }
            let bare = Measured {
                subject: Subject::Bare,
                ..*measured
            };
            let throughput = |measured| self.median(measured, |round| round.throughput);
            let (Some(bare_throughput), Some(throughput), Some(ratio)) = (
                throughput(bare),
                throughput(*measured),
                self.ratio(*measured, bare, |round| round.throughput),
            ) else {
                continue;
            };
            let met = if ratio >= target { "met" } else { "missed" };
            writeln!(
                table,
                "| {} | {} | {} | {bare_throughput:.0} | {throughput:.0} | {ratio:.2} | {target}: {met} |",
                measured.operation,
                Thousands(measured.size),
                measured.store
            )
            .unwrap();
        }
        table
    }
}

/// The median of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// A number with separators.
pub struct Thousands(pub u32);

impl fmt::Display for Thousands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut shown = String::new();
        for (place, digit) in digits.char_indices() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                shown.push(',');
            }
            shown.push(digit);
        }
        f.pad(&shown)
    }
}

struct Micros(f64);

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 10_000.0 {
            write!(f, "{:.0} µs", self.0)
        } else {
            write!(f, "{:.1} ms", self.0 / 1e3)
        }
    }
}

struct Ratio(Option<f64>);

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |ratio| write!(f, "{ratio:.2}"))
    }
}

struct Shown<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(f))
    }
}
