//! Stand-in until the readers are merged.
pub mod arm;
