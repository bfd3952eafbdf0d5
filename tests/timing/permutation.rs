//! Whether two kinds of requests take different times: tests by permutation, which assume nothing of how times are distributed.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

/// How far apart answers leave, in microseconds.
const STEP: f64 = 20_000.0;

/// How many standard deviations from what chance makes a difference is certain, so that no more permutations are needed.
const CERTAIN: f64 = 8.0;

/// Times of requests that differ in one thing alone, in microseconds: what was asked for exists, or it does not.
#[derive(Debug, Clone, Default)]
pub struct Pair {
    pub hidden: Vec<f64>,
    pub absent: Vec<f64>,
}

/// What is compared of the times of both kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The means, without the slowest twentieth of all: what the machine did in between would hide a difference.
    Means,
    /// The shares of answers in each step of time.
    Steps,
}

/// What a test found.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// The hidden ones' difference from the absent ones, in microseconds, or the part of answers that are in another step.
    pub difference: f64,
    /// How likely as much is where there is no difference; 0 where that is certain without counting.
    pub p_value: f64,
}

/// Both kinds of one pair as numbers to compare, the hidden ones first.
struct Pooled {
    values: Vec<f64>,
    hidden: usize,
}

/// Compares pairs, each within itself: to ask for one word may take longer than for another one.
pub fn compare(pairs: &[Pair], compared: Compared) -> Found {
    let pooled: Vec<Pooled> = pairs.iter().map(|pair| pooled(pair, compared)).collect();
    let observed = difference(&pooled, compared);
    let mut shuffled: Vec<Pooled> = pooled;
    // The same answer for the same times.
    let mut random = StdRng::seed_from_u64(20);
    let (mut rounds, mut as_much) = (0_u32, 0_u32);
    let (mut sum, mut squares) = (0.0, 0.0);
    // A few rounds are enough where there is plainly nothing, and where there is certainly something.
    for enough in [500, 5_000, 50_000] {
        while rounds < enough {
            for pair in &mut shuffled {
                shuffle_first(pair, &mut random);
            }
            let by_chance = difference(&shuffled, compared).abs();
            as_much += u32::from(by_chance >= observed.abs());
            sum += by_chance;
            squares += by_chance * by_chance;
            rounds += 1;
        }
        let mean = sum / f64::from(rounds);
        let deviation = (squares / f64::from(rounds) - mean * mean).sqrt();
        if as_much == 0 && observed.abs() > mean + CERTAIN * deviation {
            return Found {
                difference: observed,
                p_value: 0.0,
            };
        }
        if as_much > 5 {
            break;
        }
    }
    Found {
        difference: observed,
        p_value: f64::from(as_much + 1) / f64::from(rounds + 1),
    }
}

fn pooled(pair: &Pair, compared: Compared) -> Pooled {
    let mut values: Vec<f64> = pair.hidden.iter().chain(&pair.absent).copied().collect();
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    match compared {
        Compared::Means => {
            let slowest = sorted[sorted.len() * 19 / 20];
            for value in &mut values {
                *value = value.min(slowest);
            }
        }
        Compared::Steps => {
            // Answers that left at a step come in a little after it: the first of them show where the steps are.
            let first = sorted[sorted.len() / 100] - STEP / 4.0;
            for value in &mut values {
                *value = ((*value - first) / STEP).floor().clamp(0.0, 7.0);
            }
        }
    }
    Pooled {
        values,
        hidden: pair.hidden.len(),
    }
}

fn difference(pairs: &[Pooled], compared: Compared) -> f64 {
    let of_each = pairs.iter().map(|pair| {
        let (hidden, absent) = pair.values.split_at(pair.hidden);
        match compared {
            Compared::Means => mean(hidden) - mean(absent),
            Compared::Steps => apart(hidden, absent),
        }
    });
    of_each.sum::<f64>() / count(pairs.len())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values.len())
}

/// Which part of the answers would have to be in another step to make both the same.
fn apart(one: &[f64], other: &[f64]) -> f64 {
    let mut shares = [0.0; 8];
    for (values, sign) in [(one, 1.0), (other, -1.0)] {
        for step in values {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a small whole number"
            )]
            let step = *step as usize;
            shares[step] += sign / count(values.len());
        }
    }
    shares.iter().map(|share: &f64| share.abs()).sum::<f64>() / 2.0
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}

/// Chooses at random which of all are called hidden.
fn shuffle_first(pair: &mut Pooled, random: &mut StdRng) {
    pair.values.partial_shuffle(random, pair.hidden);
    // The chosen ones stand at the end.
    pair.values.rotate_right(pair.hidden);
}

mod tests {
    use super::*;

    /// Times as they are: most of them near each other, some far off, and the hidden ones longer by so much.
    fn times(longer: f64, requests: usize, random: &mut StdRng) -> Pair {
        let mut time = |longer: f64| {
            let noise: f64 = random.random_range(0.0..1.0);
            let pause = if random.random_bool(0.03) {
                5_000.0
            } else {
                0.0
            };
            900.0 + 80.0 * noise.powi(3) + pause * noise + longer
        };
        Pair {
            hidden: (0..requests).map(|_| time(longer)).collect(),
            absent: (0..requests).map(|_| time(0.0)).collect(),
        }
    }

    #[test]
    fn a_difference_of_microseconds_is_found() {
        let mut random = StdRng::seed_from_u64(1);
        let pairs = [
            times(8.0, 2_000, &mut random),
            times(8.0, 2_000, &mut random),
        ];
        let found = compare(&pairs, Compared::Means);
        assert!(found.p_value < 0.0005, "{found:?}");
        assert!((4.0..14.0).contains(&found.difference), "{found:?}");
    }

    #[test]
    fn no_difference_is_found_where_there_is_none() {
        let mut random = StdRng::seed_from_u64(2);
        for compared in [Compared::Means, Compared::Steps] {
            let pairs = [
                times(0.0, 2_000, &mut random),
                times(0.0, 2_000, &mut random),
            ];
            let found = compare(&pairs, compared);
            assert!(found.p_value > 0.01, "{found:?}");
        }
    }

    #[test]
    fn answers_that_cross_a_step_more_often_are_found_by_the_steps() {
        let mut random = StdRng::seed_from_u64(3);
        let mut at_steps = |crossing: f64| -> Vec<f64> {
            let time = |_| 7_000.0 + STEP * f64::from(u8::from(random.random_bool(crossing)));
            (0..4_000).map(time).collect()
        };
        let pair = Pair {
            hidden: at_steps(0.06),
            absent: at_steps(0.03),
        };
        let found = compare(&[pair], Compared::Steps);
        assert!(found.p_value < 0.001, "{found:?}");
        assert!((0.01..0.05).contains(&found.difference), "{found:?}");
    }
}
