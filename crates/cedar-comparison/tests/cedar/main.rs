//! The decision of the domain, compared with that of Cedar. Situations and random input are those of the domain's own tests.

#[cfg(test)]
#[expect(dead_code, reason = "the domain's tests need more of it")]
#[path = "../../../domain/tests/domain/arbitrary.rs"]
mod arbitrary;
#[cfg(test)]
mod decisions;
#[cfg(test)]
#[expect(dead_code, reason = "the domain's tests need more of it")]
#[path = "../../../domain/tests/domain/situation.rs"]
mod situation;
