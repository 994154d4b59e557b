//! Arguments in, exit code out. Nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    backuplint::cli::run()
}
