//! Arguments in, exit code out. Nothing else.

use std::process::ExitCode;

#[cfg(feature = "lsp")]
fn main() -> ExitCode {
    backuplint::cli::run(Some(backuplint::lsp::serve))
}

#[cfg(not(feature = "lsp"))]
fn main() -> ExitCode {
    backuplint::cli::run(None)
}
