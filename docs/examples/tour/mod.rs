//! The parts of the tour.
//!
//! | file | what it knows |
//! |---|---|
//! | `options` | the command line |
//! | `scenes` | what is shown, and how it has to end |
//! | `world` | sockets and timers: the only part that touches either |
//! | `stage` | what the tour shows and writes: the chart and the capture file |
//! | `chart` | draws the sequence chart |
//! | `describe` | what a message carries, in words |
//! | `paint` | colours |
//! | `pcap` | writes a capture file |
//! | `words` | what a party reports, in words |

pub(crate) mod chart;
mod describe;
pub(crate) mod options;
pub(crate) mod paint;
pub(crate) mod pcap;
pub(crate) mod scenes;
pub(crate) mod stage;
mod words;
pub(crate) mod world;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use options::Command;
use paint::{Paint, Tone};
use scenes::{SCENES, Scene};
use stage::Stage;

/// Runs the program; ends with 0 if every scene ended as it should, with 1 if not, with 2 for a
/// wrong command line.
pub(crate) fn main(arguments: Vec<String>) -> ExitCode {
    match options::parse(&arguments) {
        Ok(Command::Help) => {
            print!("{}", options::USAGE);
            ExitCode::SUCCESS
        }
        Ok(Command::Show { pcap }) => {
            let stdout = io::stdout();
            let paint = Paint::for_terminal(stdout.is_terminal());
            match show(SCENES, &mut stdout.lock(), paint, &pcap) {
                Ok(true) => ExitCode::SUCCESS,
                Ok(false) => ExitCode::FAILURE,
                // Whoever reads no further, as `head` does, has seen enough.
                Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
                Err(fault) => {
                    eprintln!("tour: {fault}");
                    ExitCode::FAILURE
                }
            }
        }
        Err(fault) => {
            eprintln!("tour: {fault}\nTry --help.");
            ExitCode::from(2)
        }
    }
}

/// Shows the scenes; says whether all of them ended as they should.
pub(crate) fn show(
    scenes: &[Scene],
    out: &mut dyn Write,
    paint: Paint,
    pcap: &Path,
) -> io::Result<bool> {
    let mut stage = Stage::new(out, paint);
    stage.say(INTRODUCTION)?;
    let mut passed = 0;
    for (index, scene) in scenes.iter().enumerate() {
        stage.open_scene(index + 1, scene.title, scene.story)?;
        match (scene.play)(&mut stage) {
            Ok(outcome) => {
                passed += 1;
                stage.ending(Tone::Good, "✓", &outcome)?;
            }
            Err(fault) => stage.ending(Tone::Bad, "✗", &fault.to_string())?,
        }
    }
    let configuration = pcap.with_extension("wireshark");
    write_file(pcap, stage.capture().octets())?;
    write_file(&configuration.join(KEYS_FILE), stage.keys().as_bytes())?;
    let total = scenes.len();
    let packets = stage.capture().packets();
    stage.say(&format!("\n{passed} of {total} scenes ended as they should.\n"))?;
    stage.say(&where_to_look(packets, pcap, &configuration))?;
    Ok(passed == total)
}

/// What lets Wireshark look into SK payloads has to be called so in its configuration folder.
const KEYS_FILE: &str = "ikev2_decryption_table";

const INTRODUCTION: &str = "\
A tour of IKEv2 Redirect (RFC 5685): UDP on loopback, no privileges, real messages.
Every decision is taken by `Initiator`, `Responder` and `FrontDoor`; the hosts only have sockets
and timers. Time jumps when nothing is under way. NOTHING IS ENCRYPTED HERE: what stands inside
SK{..} travels in clear, and the AUTH payloads prove nothing.
";

fn where_to_look(packets: usize, pcap: &Path, configuration: &Path) -> String {
    let (pcap, configuration) = (pcap.display(), configuration.display());
    format!(
        "{packets} messages are in {pcap}, with port 500 in the place of the ports used here.\n\
         To look into the SK payloads, too:\n\n    \
         WIRESHARK_CONFIG_DIR={configuration} wireshark {pcap}\n"
    )
}

/// Writes a file, with the folders that lead to it.
fn write_file(path: &Path, octets: &[u8]) -> io::Result<()> {
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    fs::create_dir_all(folder).and_then(|()| fs::write(path, octets)).map_err(|fault| {
        io::Error::new(fault.kind(), format!("cannot write {}: {fault}", path.display()))
    })
}
