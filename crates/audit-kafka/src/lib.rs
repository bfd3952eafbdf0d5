//! Audit sink: a topic of Kafka, one message an entry.
//!
//! # What arrives
//!
//! | part of the message | what stands in it |
//! | --- | --- |
//! | key | the conversation's id, else the actor's: what has one key is in one partition, and in order |
//! | value | the entry's document, byte for byte as the store and the API have it |
//! | `content-type` | `application/json` |
//! | `ce_specversion` | `1.0` |
//! | `ce_id` | the entry's id: what comes again has it again |
//! | `ce_source` | `urn:parlor:organization:` and the organization's id |
//! | `ce_type` | `parlor.audit.` and the entry's `actionName` as it is, such as `parlor.audit.AI_INFERENCE_STREAM_EDIT` |
//! | `ce_time` | the entry's `timestamp`; the message's own time is that of its delivery, so that entries that waited long are not taken for old ones by the topic's retention |
//! | `ce_subject` | the conversation's id, else the actor's: the key |
//!
//! The headers are those of the `CloudEvents` Kafka protocol binding 1.0 in binary mode.
//!
//! # What holds
//!
//! - **Nothing is lost.** `Ok` means that all in-sync replicas of the partition have each entry (`acks=all`). What was not
//!   acknowledged is answered as an error, and comes again.
//! - **An entry may arrive several times**, with the same `ce_id`: what was on its way when time ran out may have been
//!   written. Within one delivery the producer is idempotent, so that the retries of the client itself do not show.
//! - **Within a key, entries arrive for the first time in the order in which they were delivered.** A delivery writes into
//!   a partition without gaps, from its first entry on: one request at a time is on its way (with several, the second one may
//!   be written although the first one was refused, since a partition that does not know a producer yet takes any sequence
//!   number), a refusal stops the producer before it sends anything more (`enable.gapless.guarantee`), and no message times out
//!   by itself, which would let those behind it go ahead. When time runs out, everything that waits is purged before the error
//!   is answered, and the producer is thrown away with its connections. What of it the broker still reads then is a
//!   run of entries from the first one on, and so is the next delivery, which begins with the same entry: whatever way the two
//!   mix, no entry is seen before those in front of it.
//! - **Time is bounded**: a delivery ends within [`KafkaSinkOptions::delivery_timeout`] and two seconds more. Only where
//!   a batch was refused for the sake of one entry does each entry have that time, since they go one by one to find it.
//! - **An entry that Kafka will never take is named** ([`SinkError::Rejected`](parlor_application::ports::SinkError)): too
//!   large for the client or for the topic, refused by the broker's validation, or not readable as an entry at all.
//!
//! Adding partitions to the topic moves keys to others, as always with Kafka; the order holds again from then on.

mod error;
mod event;
mod options;
mod outcome;
mod producer;
mod settings;
mod sink;

pub use error::KafkaSinkError;
pub use options::KafkaSinkOptions;
pub use sink::KafkaAuditSink;
