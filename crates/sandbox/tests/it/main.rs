//! The native backend from outside: the contract of a box, and the escape and limits suite.

mod contract;
