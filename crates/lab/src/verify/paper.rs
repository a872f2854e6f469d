//! What the papers say: digests, chain and signature of a record, without grading anything.

use std::collections::BTreeMap;

use envy_core::{Digest, Record, RunId};

use crate::error::LabError;
use crate::receipt::{self, PublicKey, Receipt, SignedReceipt};
use crate::store::{Reader, SealedText};

/// The member of a record's file that holds its receipt.
const RECEIPT_MEMBER: &str = "receipt";

/// A record with all that is kept of it.
pub(super) struct Paper {
    /// How the record is called.
    pub(super) name: String,
    /// Its JSON text, or how that is damaged.
    text: Result<String, String>,
    receipt: Option<SignedReceipt>,
    /// What the store keeps beside it; a file has none of it.
    beside: Option<Beside>,
}

struct Beside {
    run: RunId,
    number: u32,
    attempt: u32,
    seal: String,
    outcome: String,
    /// What is wrong with the place of its receipt in the run's chain.
    place: Option<String>,
}

/// What the papers say of a record.
pub(super) struct Examined {
    /// The record, if it can be read.
    pub(super) record: Option<Record>,
    /// There is a receipt.
    pub(super) has_receipt: bool,
    /// What does not hold, a sentence's end each.
    pub(super) findings: Vec<String>,
}

/// The receipts of a run by number and attempt, each with what is wrong with its place, and what is wrong with the whole.
pub(super) struct Chain {
    links: BTreeMap<(u32, u32), (SignedReceipt, Option<String>)>,
    /// What no single record has: gaps.
    pub(super) findings: Vec<String>,
}

impl Chain {
    /// Reads and links the receipts of a run.
    pub(super) fn of(reader: &Reader, run: &RunId) -> Result<Self, LabError> {
        let mut chain = Self { links: BTreeMap::new(), findings: Vec::new() };
        let mut previous = Some((reader.chain_start(run)?, None::<SignedReceipt>));
        let mut next = 0;
        for link in reader.chain(run)? {
            if link.position != next {
                chain.findings.push(match link.position - next.min(link.position) {
                    1 => format!("receipt {next} of its chain is missing"),
                    gap => format!("{gap} receipts of its chain are missing, from {next} on"),
                });
                previous = None;
            }
            let wrong = link.receipt.read().ok().and_then(|receipt| {
                let (expected, before) = previous.as_ref()?;
                misplaced(&receipt, link.position, expected, before.as_ref())
            });
            previous = Some((link.receipt.digest(), Some(link.receipt.clone())));
            next = link.position + 1;
            chain.links.insert((link.number, link.attempt), (link.receipt, wrong));
        }
        Ok(chain)
    }

    /// The attempts that have a receipt.
    pub(super) fn attempts(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.links.keys().copied()
    }
}

/// What is wrong with a receipt's place after the receipt `before` (or after the run's plan), whose digest is `expected`.
fn misplaced(
    receipt: &Receipt,
    position: u32,
    expected: &Digest,
    before: Option<&SignedReceipt>,
) -> Option<String> {
    if receipt.position != position {
        return Some(format!(
            "its receipt belongs at place {} of the chain, not {position}",
            receipt.position
        ));
    }
    if receipt.previous == *expected {
        return None;
    }
    let Some(before) = before else {
        return Some("the plan of its run was changed after the first record was sealed".to_owned());
    };
    // Where the one before was edited, that one is to blame, and is named for it.
    let intact = before.read().is_ok_and(|read| before.is_signed_by(&read.key));
    intact.then(|| "its receipt does not follow the one before it in the chain".to_owned())
}

impl Paper {
    /// A sealed attempt of a run.
    pub(super) fn of_store(
        reader: &Reader,
        chain: &Chain,
        run: &RunId,
        number: u32,
        attempt: u32,
    ) -> Result<Self, LabError> {
        let SealedText { seal, outcome, text } = reader.sealed_text(run, number, attempt)?;
        let (receipt, place) = match chain.links.get(&(number, attempt)) {
            Some((receipt, wrong)) => (Some(receipt.clone()), wrong.clone()),
            None => (None, None),
        };
        let name = if attempt == 0 {
            format!("{run}/{number}")
        } else {
            format!("{run}/{number} attempt {attempt}")
        };
        let beside = Some(Beside { run: run.clone(), number, attempt, seal, outcome, place });
        Ok(Self { name, text, receipt, beside })
    }

    /// A record as `envy runs show --episode --json` prints it, with its receipt as a member.
    pub(super) fn of_file(name: &str, text: &str) -> Self {
        let name = name.to_owned();
        let compact = receipt::compact(text);
        let Some(members) = receipt::members(&compact) else {
            let why = match serde_json::from_str::<serde_json::Value>(text) {
                Err(error) if error.is_eof() => format!("is cut off after {} bytes", text.len()),
                Err(error) => format!("is no record ({error})"),
                Ok(_) => "is no record: it is no JSON object".to_owned(),
            };
            return Self { name, text: Err(why), receipt: None, beside: None };
        };
        let kept: Vec<String> = members
            .iter()
            .filter(|(member, _)| *member != RECEIPT_MEMBER)
            .map(|(member, value)| format!("\"{member}\":{value}"))
            .collect();
        let receipt =
            members.iter().find(|(member, _)| *member == RECEIPT_MEMBER).and_then(|(_, value)| signed(value));
        Self { name, text: Ok(format!("{{{}}}", kept.join(","))), receipt, beside: None }
    }

    /// Compares the record with its receipt, and the receipt with the signer's key.
    pub(super) fn examine(&self, key: Option<&PublicKey>) -> Examined {
        let mut findings = Vec::new();
        match &self.receipt {
            None => self.without_receipt(&mut findings),
            Some(signed) => match signed.read() {
                Err(what) => findings.push(format!("its receipt {what}")),
                Ok(receipt) => self.with_receipt(signed, &receipt, key, &mut findings),
            },
        }
        let record = match &self.text {
            Err(what) => Err(what.clone()),
            Ok(text) => {
                serde_json::from_str::<Record>(text).map_err(|error| format!("is no record ({error})"))
            }
        };
        if let Err(what) = &record {
            findings.insert(0, format!("the record {what}"));
        }
        Examined { record: record.ok(), has_receipt: self.receipt.is_some(), findings }
    }

    fn without_receipt(&self, findings: &mut Vec<String>) {
        if self.text.is_err() {
            return;
        }
        findings.push(
            "it has no receipt: an envy of before there were any sealed it, or its receipt was taken away"
                .to_owned(),
        );
        if let (Some(beside), Ok(text)) = (&self.beside, &self.text)
            && Digest::of(text.as_bytes()).as_str() != beside.seal
        {
            findings.push("the record no longer fits its seal".to_owned());
        }
    }

    fn with_receipt(
        &self,
        signed: &SignedReceipt,
        receipt: &Receipt,
        key: Option<&PublicKey>,
        findings: &mut Vec<String>,
    ) {
        if !signed.is_signed_by(&receipt.key) {
            findings.push(format!("{}: its signature no longer fits", self.edited_receipt(receipt)));
            return;
        }
        match key {
            Some(key) if *key == receipt.key => {}
            Some(key) => findings.push(format!("its receipt is signed by {}, not by {key}", receipt.key)),
            None => findings.push(format!(
                "its receipt is signed by {}, whom nobody vouched for: name a trusted key with --key",
                receipt.key
            )),
        }
        if let Ok(text) = &self.text {
            let changed = receipt.changed(text);
            findings.extend(
                changed.iter().map(|name| format!("`{name}` was changed after the record was sealed")),
            );
        }
        let Some(beside) = &self.beside else { return };
        let place = (&receipt.run, receipt.number, receipt.attempt);
        if place != (&beside.run, beside.number, beside.attempt) {
            findings.push(format!("its receipt is that of {}/{} attempt {}", place.0, place.1, place.2));
        }
        if receipt.record.as_str() != beside.seal {
            findings.push("`seal`, kept beside the record, was changed".to_owned());
        }
        if Digest::of(beside.outcome.as_bytes()) != receipt.outcome {
            findings.push("`outcome`, which reports read, was changed".to_owned());
        }
        findings.extend(beside.place.clone());
    }

    /// Which field of a receipt that nobody signed so contradicts its record.
    fn edited_receipt(&self, receipt: &Receipt) -> String {
        let fields = self.text.as_ref().ok().and_then(|text| {
            let record: Record = serde_json::from_str(text).ok()?;
            let mut fields = receipt.contradicted(&record, text);
            if fields.is_empty() && receipt.record != Digest::of(text.as_bytes()) {
                fields.push("record");
            }
            fields.first().copied()
        });
        match fields {
            Some(field) => format!("`{field}` of its receipt was changed"),
            None => "its receipt was changed".to_owned(),
        }
    }
}

/// The record's text with its receipt as the last member, laid out for people: what [`Paper::of_file`] reads.
pub fn file(text: &str, receipt: Option<&SignedReceipt>) -> String {
    let whole = match (receipt, text.strip_suffix('}')) {
        (Some(SignedReceipt { text: signed, signature }), Some(open)) => {
            format!("{open},\"{RECEIPT_MEMBER}\":{{\"signed\":{signed},\"signature\":\"{signature}\"}}}}")
        }
        _ => text.to_owned(),
    };
    receipt::indented(&whole)
}

/// The receipt in the member of a record's file.
fn signed(member: &str) -> Option<SignedReceipt> {
    let members = receipt::members(member)?;
    let of =
        |name: &str| members.iter().find(|(member, _)| *member == name).map(|(_, value)| (*value).to_owned());
    let signature = of("signature")?;
    let signature = signature.trim_matches('"').to_owned();
    Some(SignedReceipt { text: of("signed")?, signature })
}
