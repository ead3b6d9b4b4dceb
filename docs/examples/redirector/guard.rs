//! The front process.
//!
//! The standard library cannot catch a signal, and a signal's default action ends a process
//! without a word. So the redirector runs as a child that no terminal signal reaches, and stops
//! cleanly when its input ends: at the end of the operator's input, and when this process ends,
//! by whatever signal, because then the system closes the pipe.

use std::io;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::thread;

/// Runs the redirector as a child and ends as it ends.
pub(crate) fn run(arguments: &[String], reads_input: bool) -> ExitCode {
    match start(arguments, reads_input).and_then(|mut child| child.wait()) {
        Ok(status) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            code.map_or(ExitCode::FAILURE, ExitCode::from)
        }
        Err(fault) => {
            eprintln!("redirector: cannot run as two processes (see --single): {fault}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &[String], reads_input: bool) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments.iter().filter(|argument| *argument != "--no-input"));
    command.arg("--single").stdin(Stdio::piped());
    // Ctrl-C goes to all processes of the terminal's group.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    if let Some(pipe) = child.stdin.take() {
        thread::spawn(move || feed(pipe, reads_input));
    }
    Ok(child)
}

/// Holds the pipe open for as long as the redirector is to run.
fn feed(mut pipe: ChildStdin, reads_input: bool) {
    if reads_input {
        let _ = io::copy(&mut io::stdin().lock(), &mut pipe);
    } else {
        loop {
            thread::park();
        }
    }
}
