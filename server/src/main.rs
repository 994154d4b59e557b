//! Arguments in, exit code out. Nothing else.

use std::process::ExitCode;

/// Gives memory back to the system once a large document is closed, which the system's own hardly does.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(feature = "lsp")]
fn main() -> ExitCode {
    backuplint::cli::run(Some(backuplint::lsp::serve))
}

#[cfg(not(feature = "lsp"))]
fn main() -> ExitCode {
    backuplint::cli::run(None)
}
