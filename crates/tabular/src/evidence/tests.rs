//! Tests of the evidence: each statement is true where it should be, and false where it should not.
