//! Receipts: what a sealed record was when it was sealed, chained within its run and signed.
//!
//! A receipt holds digests and nothing else, so it can be handed to anyone. Whoever has the signer's public key can tell
//! that not a byte of the record, of its place in the run or of the run's plan was changed since; whoever has the task
//! too can grade the stored submission again ([`crate::verify`]).

mod key;
mod text;

use std::collections::BTreeMap;

use envy_core::{Digest, Record, RunId};
use serde::{Deserialize, Serialize};

pub use key::{KEY_FILE, PublicKey, SigningKey};
pub use text::{compact, indented, members};

/// The schema of [`Receipt`].
pub const SCHEMA: &str = "envy.receipt/1";

/// Hexadecimal digits of the digest of one member. They only tell which member changed: that one did is told by the
/// whole digest of the record.
const MEMBER_DIGITS: usize = 16;

/// What stands before a receipt's text when it is signed, so that a signature is good for nothing else.
const SIGNED_AS: &[u8] = b"envy receipt v1\n";

/// What a record was when it was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The run.
    pub run: RunId,
    /// Its place in the chain of the run's receipts, from 0.
    pub position: u32,
    /// The episode's number in the run.
    pub number: u32,
    /// Which attempt at it.
    pub attempt: u32,
    /// The digest of the task's folder, public and hidden files.
    pub task: Digest,
    /// The digest of the submission's JSON text.
    pub submission: Digest,
    /// Who graded, by name and version.
    pub grader: String,
    /// The digest of the Python runtime's lock.
    pub runtime: String,
    /// The digest of the verdict's JSON text.
    pub verdict: Digest,
    /// The digest of the record's whole JSON text.
    pub record: Digest,
    /// The first digits of the digest of each of the record's members.
    pub members: BTreeMap<String, String>,
    /// The digest of what reports read of the record.
    pub outcome: Digest,
    /// The digest of the receipt before in the run; of the first one, of the run's plan.
    pub previous: Digest,
    /// The public key of the signer.
    pub key: PublicKey,
}

/// A receipt's JSON text and the signature of it, hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReceipt {
    /// The text that was signed, byte for byte.
    pub text: String,
    /// The signature.
    pub signature: String,
}

impl Receipt {
    /// The receipt of a record with this JSON text and this outcome; its place in the chain and its signer come later.
    pub(crate) fn draft(run: &RunId, number: u32, record: &Record, text: &str, outcome: &str) -> Self {
        let all = members(text).unwrap_or_default();
        let of = |name: &str| all.iter().find(|(member, _)| *member == name).map_or("", |(_, value)| value);
        Self {
            schema: SCHEMA.to_owned(),
            run: run.clone(),
            position: 0,
            number,
            attempt: record.attempt,
            task: record.task_digest.clone(),
            submission: digest(of("submission")),
            grader: record.grader.clone(),
            runtime: record.runtime.clone(),
            verdict: digest(of("verdict")),
            record: digest(text),
            members: all.iter().map(|(name, value)| ((*name).to_owned(), short(value))).collect(),
            outcome: digest(outcome),
            previous: digest(""),
            key: PublicKey::NOBODY,
        }
    }

    /// Signs the receipt at its place in the chain.
    pub(crate) fn sign(mut self, position: u32, previous: Digest, key: &SigningKey) -> SignedReceipt {
        (self.position, self.previous, self.key) = (position, previous, key.public());
        let text = serde_json::to_string(&self).expect("a receipt is plain data");
        let signature = key.sign(&message(&text));
        SignedReceipt { text, signature }
    }

    /// The members of a record's JSON text that are not what they were, by name: changed, added or missing.
    pub fn changed(&self, text: &str) -> Vec<String> {
        if digest(text) == self.record {
            return Vec::new();
        }
        let Some(members) = members(text) else { return vec!["JSON form".to_owned()] };
        let mut left = self.members.clone();
        let mut changed = Vec::new();
        for (name, value) in members {
            if left.remove(name).is_none_or(|known| known != short(value)) {
                changed.push(name.to_owned());
            }
        }
        changed.extend(left.into_keys());
        if changed.is_empty() {
            changed.push("JSON form".to_owned());
        }
        changed
    }

    /// The fields of the receipt that the record of this JSON text contradicts, by name.
    pub fn contradicted(&self, record: &Record, text: &str) -> Vec<&'static str> {
        let now = Self::draft(&self.run, self.number, record, text, "");
        let pairs = [
            ("attempt", self.attempt == now.attempt),
            ("task", self.task == now.task),
            ("submission", self.submission == now.submission),
            ("grader", self.grader == now.grader),
            ("runtime", self.runtime == now.runtime),
            ("verdict", self.verdict == now.verdict),
        ];
        pairs.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}

impl SignedReceipt {
    /// The receipt, whoever signed it.
    ///
    /// # Errors
    /// The text is no receipt of this version: the end of a sentence about it.
    pub fn read(&self) -> Result<Receipt, String> {
        let receipt: Receipt =
            serde_json::from_str(&self.text).map_err(|error| format!("cannot be read ({error})"))?;
        match receipt.schema.as_str() {
            SCHEMA => Ok(receipt),
            other => Err(format!("has the schema \"{other}\", this envy reads \"{SCHEMA}\"")),
        }
    }

    /// Whether `key` signed this very text.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.has_signed(&message(&self.text), &self.signature)
    }

    /// What the next receipt of the run holds of this one.
    pub fn digest(&self) -> Digest {
        Digest::of([self.text.as_bytes(), b"\n", self.signature.as_bytes()].concat().as_slice())
    }
}

fn message(text: &str) -> Vec<u8> {
    [SIGNED_AS, text.as_bytes()].concat()
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn short(value: &str) -> String {
    digest(value).as_str()[..MEMBER_DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn signed() -> (Record, String, SignedReceipt, PublicKey) {
        let home = tempfile::tempdir().unwrap();
        let key = SigningKey::of(&home.path().join(KEY_FILE)).unwrap();
        let record = testing::record(0, 0, Some(1.0));
        let text = serde_json::to_string(&record).unwrap();
        let draft = Receipt::draft(&RunId("run-1".to_owned()), 0, &record, &text, "{}");
        let signed = draft.sign(3, Digest::of(b"before"), &key);
        (record, text, signed, key.public())
    }

    #[test]
    fn a_receipt_holds_for_its_record_and_names_the_member_of_every_changed_byte() {
        let (record, text, signed, key) = signed();
        let receipt = signed.read().unwrap();
        assert!(signed.is_signed_by(&key) && signed.is_signed_by(&receipt.key));
        assert_eq!((receipt.position, receipt.changed(&text)), (3, Vec::new()));
        assert_eq!(receipt.contradicted(&record, &text), Vec::<&str>::new());
        // One byte of each member's value, in turn.
        for (name, value) in members(&text).unwrap() {
            let at = value.as_ptr() as usize - text.as_ptr() as usize;
            for at in at..at + value.len() {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
                let edited = String::from_utf8(bytes).unwrap();
                // A bracket or a quote that is gone leaves no JSON whose members could be told apart.
                let whole = serde_json::from_str::<serde_json::Value>(&edited).is_ok();
                let told = receipt.changed(&edited);
                assert!(told == [name] || !whole && !told.is_empty(), "byte {at} of {edited}: {told:?}");
            }
        }
        let added = text.replacen('{', "{\"bonus\":1,", 1);
        assert_eq!(receipt.changed(&added), ["bonus"]);
        let fewer = text.replacen("\"schema\":\"envy.record/1\",", "", 1);
        assert_eq!(receipt.changed(&fewer), ["schema"]);
    }

    #[test]
    fn every_changed_byte_of_a_receipt_breaks_its_signature() {
        let (_, _, signed, key) = signed();
        for at in 0..signed.text.len() {
            let mut bytes = signed.text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let edited = SignedReceipt { text: String::from_utf8(bytes).unwrap(), ..signed.clone() };
            assert!(!edited.is_signed_by(&key), "byte {at}");
        }
        for at in 0..signed.signature.len() {
            let mut bytes = signed.signature.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let edited = SignedReceipt { signature: String::from_utf8(bytes).unwrap(), ..signed.clone() };
            assert!(!edited.is_signed_by(&key), "byte {at} of the signature");
        }
    }
}
