//! The command line: arguments in, exit code out.
//!
//! Only this module and those below it print and touch the file system. Standard output carries what was asked for;
//! everything else (what went wrong, what was covered, progress) goes to standard error.

mod check;
mod diff;
mod disk;
mod expand;
mod explain;
mod find;
mod fix;
mod paths;
mod print;
mod settings;
mod write;

use std::panic;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::cli::print::Printer;
use crate::config::id_segment;
use crate::report::escape;
use crate::rules::RULES;

/// Finds what will make Azure Backup for VMs fail, before it is deployed.
///
/// Reads ARM templates with their parameter files, the JSON that Bicep builds, and Terraform plans
/// (`terraform show -json`).
#[derive(Parser)]
#[command(name = "backuplint", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing was found at or above --fail-on
  1  something was found
  2  wrong usage, or something could not be analysed";

#[derive(Subcommand)]
enum Command {
    Check(check::Arguments),
    Expand(expand::Arguments),
    Explain(explain::Arguments),
    Rules(explain::Catalogue),
    /// Run the language server on standard input and output.
    #[cfg_attr(not(feature = "lsp"), command(hide = true))]
    Lsp {
        /// Accepted and ignored: there is no other way to talk to it.
        #[arg(long, hide = true)]
        stdio: bool,
    },
}

/// Where templates are deployed. What is not given stays unknown.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Deployment")]
struct Deployment {
    /// Use this parameter file, and no other.
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// The subscription that is deployed to.
    #[arg(long, value_name = "ID", value_parser = id_segment)]
    subscription: Option<String>,
    /// The resource group that is deployed to.
    #[arg(long, value_name = "NAME", value_parser = id_segment)]
    resource_group: Option<String>,
    /// The location of the resource group; above group scope, that of the deployment.
    #[arg(long, value_name = "NAME", value_parser = id_segment)]
    location: Option<String>,
    /// The management group that is deployed to.
    #[arg(long, value_name = "NAME", value_parser = id_segment)]
    management_group: Option<String>,
    /// The tenant that is deployed to.
    #[arg(long, value_name = "ID", value_parser = id_segment)]
    tenant: Option<String>,
}

/// Findings, or nothing to complain about.
const CLEAN: u8 = 0;
const FOUND: u8 = 1;
const FAILED: u8 = 2;

/// Runs the command that the process was started with; `serve` is the language server, if the program has one.
pub fn run(serve: Option<fn() -> ExitCode>) -> ExitCode {
    panic::set_hook(Box::new(|panic| {
        // The message of a panic may quote the user's file.
        let place = panic.location().map_or("an unknown place".to_owned(), |at| format!("{}:{}", at.file(), at.line()));
        print::complain(&format!("internal error at {place}, please report it"));
    }));
    let arguments = Arguments::parse();
    let mut printer = Printer::new();
    let outcome = match arguments.command {
        Command::Check(arguments) => check::run(&arguments, &mut printer),
        Command::Expand(arguments) => expand::run(&arguments, &mut printer),
        Command::Explain(arguments) => explain::run(&arguments, &mut printer),
        Command::Rules(arguments) => explain::catalogue(&arguments, &mut printer),
        Command::Lsp { stdio: _ } => match serve {
            Some(serve) => return serve(),
            None => Err(anyhow!("this program was built without the language server")),
        },
    };
    let code = outcome.unwrap_or_else(|error| {
        print::complain(&format!("{error:#}"));
        FAILED
    });
    match printer.finish() {
        Ok(()) => ExitCode::from(code),
        Err(error) => {
            print::complain(&format!("cannot write to the standard output: {}", disk::words(&error)));
            ExitCode::from(FAILED)
        }
    }
}

/// Accepts names of rules.
fn rule_names() -> PossibleValuesParser {
    PossibleValuesParser::new(RULES.iter().map(|rule| rule.name))
}

/// A reason or a name in one harmless line.
fn one_line(text: &str) -> String {
    escape::line(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
