//! Reflection: frames, live objects, text that is run as code, files that run code when they are opened.

use envy_core::FlagKind;
use envy_pycode::Kind;

use super::Findings;
use super::view::View;

/// Calls by what they do.
const CALLS: &[(FlagKind, &[&str], &str)] = &[
    (
        FlagKind::Reflection,
        &[
            "sys._getframe",
            "sys._current_frames",
            "inspect.stack",
            "inspect.currentframe",
            "inspect.getsource",
            "inspect.getsourcefile",
            "inspect.trace",
            "inspect.getmembers",
            "traceback.walk_stack",
        ],
        "walks the stack or reads other code",
    ),
    (
        FlagKind::Grader,
        &["sys.settrace", "sys.setprofile", "threading.settrace"],
        "watches the grader's own code",
    ),
    (
        FlagKind::Payload,
        &[
            "pickle.load",
            "pickle.loads",
            "pickle.Unpickler",
            "joblib.load",
            "pandas.read_pickle",
            "torch.load",
            "yaml.load",
            "yaml.unsafe_load",
        ],
        "opens a file that may run code",
    ),
];

/// Calls that run text as code: on the way that is a way to work, in submitted code it hides what is done.
const RUNS: &[&str] = &["eval", "exec", "compile", "runpy.run_path", "runpy.run_module"];

/// Attributes by which one gets from any object to everything.
const DOORS: &[&str] = &[
    "__subclasses__",
    "__globals__",
    "__builtins__",
    "__code__",
    "__closure__",
    "f_globals",
    "f_locals",
    "f_back",
    "tb_frame",
    "gi_frame",
    "__mro__",
];

/// Methods that decide how an object is compared, read as a number or rebuilt: a column of such objects lies.
const MASKS: &[(&str, FlagKind)] = &[
    ("__reduce__", FlagKind::Payload),
    ("__reduce_ex__", FlagKind::Payload),
    ("__setstate__", FlagKind::Payload),
    ("__float__", FlagKind::Reflection),
    ("__array__", FlagKind::Reflection),
    ("__eq__", FlagKind::Reflection),
];

pub(super) fn look(view: &View<'_>, found: &mut Findings) {
    for (call, path) in view.calls() {
        for (kind, names, why) in CALLS {
            if names.contains(&path.as_str()) {
                found.add(*kind, view.span(call), format!("calls {path}, which {why}"));
            }
        }
    }
    for attribute in view.of_kind(Kind::Attribute) {
        let name = view.module.name(attribute).unwrap_or_default();
        if DOORS.contains(&name) {
            found.add(FlagKind::Reflection, view.span(attribute), format!("reaches through {name}"));
        }
    }
    if !view.is_submitted() {
        return;
    }
    for (call, path) in view.calls().filter(|(_, path)| RUNS.contains(&path.as_str())) {
        found.add(FlagKind::Reflection, view.span(call), format!("calls {path}, which runs text as code"));
    }
    for function in view.of_kind(Kind::Function) {
        let name = view.module.name(function).unwrap_or_default();
        if let Some((name, kind)) = MASKS.iter().find(|(mask, _)| *mask == name) {
            found.add(
                *kind,
                view.span(function),
                format!("defines {name}: its objects are not what they seem"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use envy_core::FlagKind::{Payload, Reflection};

    #[test]
    fn frames_live_objects_and_text_as_code_are_told() {
        assert_eq!(found("import sys\nf = sys._getframe(1)\nf.f_back\n"), [(Reflection, 2), (Reflection, 3)]);
        assert_eq!(found("from inspect import stack\nstack()\n"), [(Reflection, 2)]);
        assert_eq!(found("eval('1')\n"), [(Reflection, 1)]);
        assert_eq!(found("().__class__.__subclasses__()\n"), [(Reflection, 1)]);
    }

    #[test]
    fn a_method_called_eval_is_none() {
        assert_eq!(found("frame.eval('a + b')\nmodel.compile()\nre.compile('x')\n"), []);
    }

    #[test]
    fn files_that_run_code_are_told() {
        assert_eq!(found("import pickle\npickle.loads(b'')\n"), [(Payload, 2)]);
        assert_eq!(found("class A:\n    def __reduce__(self):\n        return 1\n"), [(Payload, 2)]);
    }
}
