//! Against CPython itself.

mod cpython;
