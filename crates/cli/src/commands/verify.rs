//! `envy verify`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use envy_core::RunId;
use envy_lab::dataset::TaskRef;
use envy_lab::receipt::{PublicKey, SigningKey};
use envy_lab::store::Reader;
use envy_lab::verify::{Depth, Finding, Standing, Verifier};
use serde_json::json;

use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// The fewest digits of a digest that name a receipt.
const HEAD_DIGITS_MIN: usize = 16;

/// Prove that records are what was sealed, and that their verdicts are what their submissions earn.
///
/// Digests, the chain of receipts and their signatures are checked. Then each verdict is computed again from what its
/// boxes left, and by running the stored submission in fresh boxes: both must be the same bit for bit.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A run (all its episodes), RUN/EPISODE, or a file that `envy runs show --episode --json` printed.
    #[arg(value_name = "RECORD")]
    record: String,
    /// Whose signature counts: a public key of 64 hexadecimal digits, or a file with one [default: this machine's].
    #[arg(long, value_name = "PUBLIC")]
    key: Option<String>,
    /// How far to go: the receipts alone; also the verdicts from what the boxes left; also by running the submissions.
    #[arg(long, value_enum, default_value_t = How::Rerun)]
    depth: How,
    /// Grade anew, with this version, what another version of the grader graded.
    #[arg(long)]
    regrade: bool,
    /// The run's chain must hold the receipt of this digest, which an earlier verification printed as its end: then
    /// nothing that was sealed until then is gone.
    #[arg(long, value_name = "DIGEST")]
    head: Option<String>,
    /// The folder of the record's task, if it is not where the run found it.
    #[arg(long, value_name = "DIR")]
    task: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// [`Depth`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum How {
    /// Digests, chain and signatures.
    Receipts,
    /// Also each verdict, from what its boxes left.
    Outputs,
    /// Also each verdict, by running the submission again.
    Rerun,
}

impl From<How> for Depth {
    fn from(how: How) -> Self {
        match how {
            How::Receipts => Self::Receipts,
            How::Outputs => Self::Outputs,
            How::Rerun => Self::Rerun,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    let key = match &args.key {
        Some(written) => Some(PublicKey::named(written)?),
        None => SigningKey::find(&session.home.signing_key())?.map(|key| key.public()),
    };
    let target = Target::find(&session, args)?;
    // What another version graded can be graded anew only by running it.
    let depth = if args.regrade { Depth::Rerun } else { args.depth.into() };
    let verifier = Verifier {
        registry: &session.registry,
        library: session.library(),
        task: args.task.as_deref().map(TaskRef::open).transpose()?,
        key,
        depth,
        regrade: args.regrade,
        bench: (depth == Depth::Rerun).then(|| session.bench()).transpose()?,
    };
    let began = Instant::now();
    let mut findings = Vec::new();
    let mut tell = |finding: Finding| {
        if !args.json {
            // A reader that is gone ends the process; another failure shows at the end.
            let _shown = output::line(line(&finding));
        }
        findings.push(finding);
    };
    let head = match target {
        Target::File(text) => {
            tell(session.block_on(verifier.file(&args.record, &text)));
            None
        }
        Target::Run { reader, run, number } => {
            session.block_on(verifier.run(&reader, &run, number, &mut tell))?;
            head(&reader, &run, args.head.as_deref())?
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    if args.json {
        output::json(&json!({"schema": "envy.verified/1", "head": head, "records": findings}))?;
    } else {
        let rate = findings.len() as f64 / seconds;
        output::note(format!(
            "{} in {seconds:.1} s, {rate:.1} a second",
            output::counted(findings.len(), "record")
        ));
        if let Some(head) = &head {
            output::note(format!(
                "the chain of receipts ends in {head}; --head with it later shows that nothing is gone"
            ));
        }
    }
    conclude(&findings)
}

/// What is verified.
enum Target {
    File(String),
    Run { reader: Reader, run: RunId, number: Option<u32> },
}

impl Target {
    fn find(session: &Session, args: &Args) -> Result<Self, Failure> {
        let file = Path::new(&args.record);
        if file.is_file() {
            let bytes = std::fs::read(file).map_err(|error| Failure::io("read the record", &error))?;
            return Ok(Self::File(String::from_utf8_lossy(&bytes).into_owned()));
        }
        let reader = Reader::open(&session.home.store())?;
        let (written, number) = match args.record.split_once('/') {
            Some((run, number)) => {
                let number = number.parse::<u32>().map_err(|_| {
                    Failure::usage(
                        format!("\"{number}\" is no episode's number"),
                        "write RUN/N, such as last/0",
                    )
                })?;
                (run, Some(number))
            }
            None => (args.record.as_str(), None),
        };
        let run = reader.find(written)?;
        Ok(Self::Run { reader, run, number })
    }
}

/// The digest of the run's last receipt, if it has any; the one that the user wrote down must be among them.
fn head(reader: &Reader, run: &RunId, wanted: Option<&str>) -> Result<Option<String>, Failure> {
    let digests: Vec<String> =
        reader.chain(run)?.iter().map(|link| link.receipt.digest().to_string()).collect();
    if let Some(wanted) = wanted {
        if wanted.len() < HEAD_DIGITS_MIN {
            return Err(Failure::usage(
                format!("\"{wanted}\" is too short for a digest"),
                format!("write at least {HEAD_DIGITS_MIN} of its digits"),
            ));
        }
        if !digests.iter().any(|digest| digest.starts_with(wanted)) {
            return Err(Failure::short(
                format!("the chain of {run} no longer holds the receipt {wanted}"),
                "records that were sealed until then were taken away or changed",
            ));
        }
    }
    Ok(digests.into_iter().next_back())
}

/// `run-1/3: same` or `run-1/3: different; what is wrong; what else is`.
fn line(finding: &Finding) -> String {
    let detail = Some(&finding.detail).filter(|detail| !detail.is_empty());
    let parts: Vec<&str> = detail.into_iter().chain(&finding.wrong).map(String::as_str).collect();
    let standing = output::word(&finding.verdict);
    match &parts[..] {
        [] => format!("{}: {standing}", finding.record),
        parts => format!("{}: {standing}, {}", finding.record, parts.join("; ")),
    }
}

/// Whatever does not hold fails, with the first of it in the sentence.
fn conclude(findings: &[Finding]) -> Result<(), Failure> {
    let wrong: Vec<&Finding> = findings.iter().filter(|finding| !finding.wrong.is_empty()).collect();
    let Some(first) = wrong.first() else { return Ok(()) };
    let other = wrong.iter().all(|finding| finding.verdict == Standing::OtherGrader);
    Err(Failure::short(
        format!(
            "{} of {} {} not hold: {}: {}",
            wrong.len(),
            output::counted(findings.len(), "record"),
            if wrong.len() == 1 { "does" } else { "do" },
            first.record,
            first.wrong[0]
        ),
        if other {
            "--regrade grades them with this version"
        } else {
            "docs/SECURITY.md says what a receipt proves"
        },
    ))
}
