//! Compiles the lists of [`super::syscalls`] into filters. All of them hold at once; the last installed names the error.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use super::StepError;
use super::syscalls::{
    ACCOUNTED, ALLOWED, CLONE_REFUSED, IOCTLS, LEGACY, NODES, PERSONALITY_QUERY, REFUSED, REFUSED_LEGACY,
    SETUP, SOCKET_FAMILIES,
};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// The filters of a box. Its init puts itself under them, so that each program inherits them at no cost.
pub(super) struct Filters {
    /// The allowlist and, beside it, the calls by which an init mounts the work directory.
    first: BpfProgram,
    /// What refuses those calls again, with all others that have an error of their own.
    rest: [BpfProgram; 2],
}

impl Filters {
    /// Compiles all filters for this machine. A call through another architecture's door kills the process.
    pub(super) fn compile(accounted: bool) -> Result<Self, StepError> {
        let build = || -> Result<Self, seccompiler::BackendError> {
            let errno = |number: i32| SeccompAction::Errno(number as u32);
            Ok(Self {
                first: program(allowed(accounted)?, errno(libc::ENOSYS), SeccompAction::Allow)?,
                rest: [
                    program(refused()?, SeccompAction::Allow, errno(libc::EPERM))?,
                    program(families()?, SeccompAction::Allow, errno(libc::EAFNOSUPPORT))?,
                ],
            })
        };
        build().map_err(|error| StepError { step: format!("compile the seccomp filters: {error}"), errno: 0 })
    }

    /// Installs the long one, ahead of demand: its cost is most of all filters' cost.
    pub(super) fn install_first(&self) -> Result<(), StepError> {
        install(&self.first)
    }

    /// Installs the others. From here on the process is as confined as a program.
    pub(super) fn install_rest(&self) -> Result<(), StepError> {
        self.rest.iter().try_for_each(install)
    }
}

impl Filters {
    /// The second half as the kernel takes it, for processes that install it themselves.
    pub(super) fn rest_as_hex(&self) -> [String; 2] {
        self.rest.each_ref().map(|filter| {
            let bytes = filter.iter().flat_map(|instruction| {
                let [low, high] = instruction.code.to_ne_bytes();
                let value = instruction.k.to_ne_bytes();
                [low, high, instruction.jt, instruction.jf, value[0], value[1], value[2], value[3]]
            });
            bytes.fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
        })
    }
}

fn install(filter: &BpfProgram) -> Result<(), StepError> {
    seccompiler::apply_filter(filter)
        .map_err(|error| StepError { step: format!("install a seccomp filter: {error}"), errno: 0 })
}

fn program(
    rules: Rules,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<BpfProgram, seccompiler::BackendError> {
    let architecture = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, otherwise, matched, architecture)?.try_into()
}

fn condition(
    argument: u8,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, seccompiler::BackendError> {
    // The kernel reads these arguments as 32 bits, so what a caller hides in the upper half must not count.
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}

/// One rule: the argument is none of `values`.
fn none_of(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let conditions =
        values.iter().map(|&value| condition(argument, SeccompCmpOp::Ne, value)).collect::<Result<_, _>>()?;
    Ok(vec![SeccompRule::new(conditions)?])
}

fn allowed(accounted: bool) -> Result<Rules, seccompiler::BackendError> {
    let extra = if accounted { ACCOUNTED } else { &[] };
    let mut rules: Rules = [ALLOWED, LEGACY, SETUP, extra]
        .concat()
        .into_iter()
        .map(|(number, _)| (number, Vec::new()))
        .collect();
    // mknod(path, mode) and mknodat(folder, path, mode): the type lies in the mode.
    let node = |argument: u8| -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
        let masked = SeccompCmpOp::MaskedEq(u64::from(libc::S_IFMT));
        NODES.iter().map(|&kind| SeccompRule::new(vec![condition(argument, masked.clone(), kind)?])).collect()
    };
    rules.insert(libc::SYS_mknodat, node(2)?);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_mknod, node(1)?);
    Ok(rules)
}

fn refused() -> Result<Rules, seccompiler::BackendError> {
    let mut rules: Rules =
        [REFUSED, REFUSED_LEGACY].concat().into_iter().map(|(number, _)| (number, Vec::new())).collect();
    let clone = CLONE_REFUSED
        .iter()
        .map(|&flag| SeccompRule::new(vec![condition(0, SeccompCmpOp::MaskedEq(flag), flag)?]))
        .collect::<Result<_, _>>()?;
    rules.insert(libc::SYS_clone, clone);
    rules.insert(libc::SYS_ioctl, none_of(1, IOCTLS)?);
    rules.insert(libc::SYS_personality, none_of(0, &[0, PERSONALITY_QUERY])?);
    let masked = SeccompCmpOp::MaskedEq(u64::from(libc::S_IFMT));
    let devices = |argument: u8| -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
        [libc::S_IFCHR, libc::S_IFBLK]
            .iter()
            .map(|&kind| SeccompRule::new(vec![condition(argument, masked.clone(), u64::from(kind))?]))
            .collect()
    };
    rules.insert(libc::SYS_mknodat, devices(2)?);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_mknod, devices(1)?);
    Ok(rules)
}

fn families() -> Result<Rules, seccompiler::BackendError> {
    let rule = none_of(0, SOCKET_FAMILIES)?;
    Ok(BTreeMap::from([(libc::SYS_socket, rule.clone()), (libc::SYS_socketpair, rule)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_compile_in_both_modes() {
        let (with, without) = (Filters::compile(true).unwrap(), Filters::compile(false).unwrap());
        assert!(with.first.len() > without.first.len() && with.rest == without.rest);
    }

    #[test]
    fn no_call_is_both_allowed_and_refused_and_each_has_a_reason() {
        let allowed = [ALLOWED, LEGACY, ACCOUNTED].concat();
        let refused = [REFUSED, REFUSED_LEGACY].concat();
        for (number, why) in &refused {
            assert!(!why.is_empty());
            assert!(!allowed.iter().any(|(other, _)| other == number), "call {number} is on both lists");
        }
        for (number, why) in SETUP {
            assert!(
                refused.iter().any(|(other, _)| other == number),
                "{why}: {number} is never refused again"
            );
        }
        let mut numbers: Vec<i64> = allowed.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        let listed = numbers.len();
        numbers.dedup();
        assert_eq!(numbers.len(), listed, "a call is listed twice");
        assert!(allowed.iter().all(|(_, why)| !why.is_empty()));
    }
}
