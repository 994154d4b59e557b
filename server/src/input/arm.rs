//! Stand-in until the template reader is merged.
pub mod eval;
pub mod expr;
pub mod functions;
