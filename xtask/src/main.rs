//! Command line of envy.
fn main() {}
