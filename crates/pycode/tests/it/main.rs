//! Against CPython itself.

mod cpython;
mod library;
