use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        #[cfg(feature = "lsp")]
        Some("lsp") => backuplint::lsp::serve(),
        _ => ExitCode::from(2),
    }
}
