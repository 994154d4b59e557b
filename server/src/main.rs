//! Arguments in, exit code out. Nothing else.

use std::process::ExitCode;

/// Gives memory back to the system once a large document is closed, which the system's own hardly does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "lsp")]
fn main() -> ExitCode {
    backuplint::cli::run(Some(backuplint::lsp::serve))
}

#[cfg(not(feature = "lsp"))]
fn main() -> ExitCode {
    backuplint::cli::run(None)
}
