//! Holds the header against the Rust side: a C compiler is shown what Rust knows of sizes, offsets
//! and numbers, and every name that the header declares has to be among it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;

use ikev2_redirect::{Misuse, Reason};

use crate::define::Layout;
use crate::memory::{INITIATOR_SIZE, InitiatorMemory, MACHINE_ALIGN, ResponderMemory};
use crate::{codec, front_door, initiator, memory, responder, status, values};

const FILES: [&str; 2] = ["ikev2_redirect.h", "ikev2_redirect_machines.h"];

/// The header without its comments.
fn header() -> String {
    let mut code = String::new();
    for file in FILES {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split("/*") {
            code.push_str(part.split_once("*/").map_or(part, |(_, behind)| behind));
        }
    }
    code
}

/// All names in the header that begin so, each once.
fn names(prefix: &str) -> BTreeSet<String> {
    let code = header();
    let words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(prefix)).map(str::to_owned).collect()
}

fn constants() -> Vec<(String, u64)> {
    let mut all = Vec::new();
    for list in [
        status::CONSTANTS,
        values::CONSTANTS,
        memory::CONSTANTS,
        codec::CONSTANTS,
        front_door::CONSTANTS,
        initiator::CONSTANTS,
        initiator::event::CONSTANTS,
        initiator::action::CONSTANTS,
        responder::CONSTANTS,
    ] {
        all.extend(list.iter().map(|(name, value)| ((*name).to_owned(), *value)));
    }
    let in_c = |name: &str| name.to_uppercase().replace('-', "_");
    for reason in Reason::ALL {
        all.push((format!("IKR_REASON_{}", in_c(reason.name())), *reason as u64));
    }
    for misuse in Misuse::ALL {
        all.push((format!("IKR_MISUSE_{}", in_c(misuse.name())), *misuse as u64));
    }
    all
}

fn structures() -> Vec<Layout> {
    let lists = [
        values::structures(),
        codec::structures(),
        front_door::structures(),
        initiator::structures(),
        initiator::event::structures(),
        initiator::action::structures(),
        responder::structures(),
    ];
    let memory =
        |name, size, align| Layout { name, size, align, fields: vec![("octets", 0, size)] };
    let machines = [
        memory("ikr_initiator", size_of::<InitiatorMemory>(), align_of::<InitiatorMemory>()),
        memory("ikr_responder", size_of::<ResponderMemory>(), align_of::<ResponderMemory>()),
    ];
    lists.into_iter().flatten().chain(machines).collect()
}

/// What a C compiler says of this program that includes the header: nothing if it agrees.
fn compiler_says(body: &str) -> String {
    let (process, thread) = (std::process::id(), std::thread::current().id());
    let folder = std::env::temp_dir().join(format!("ikr-header-{process}-{thread:?}"));
    std::fs::create_dir_all(&folder).unwrap();
    let source = folder.join("layout.c");
    std::fs::write(&source, format!("#include <ikev2_redirect.h>\n{body}")).unwrap();
    let output = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I"])
        .arg(env!("CARGO_MANIFEST_DIR"))
        .arg(&source)
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn every_constant_has_its_number_on_both_sides() {
    let mut body = String::new();
    for (name, value) in constants() {
        writeln!(body, "_Static_assert({name} == {value}u, \"{name}\");").unwrap();
    }
    assert_eq!(compiler_says(&body), "");

    let known: BTreeSet<_> = constants().into_iter().map(|(name, _)| name).collect();
    let macros = ["IKR_ALIGNED".to_owned()].into();
    let declared = names("IKR_");
    assert_eq!(&declared - &known, macros, "only in the header");
    assert_eq!(&known - &declared, BTreeSet::new(), "only in Rust");
}

#[test]
fn every_structure_is_laid_out_alike_on_both_sides() {
    let mut body = String::new();
    let mut fields = 0;
    for Layout { name, size, align, fields: list } in structures() {
        writeln!(body, "_Static_assert(sizeof({name}) == {size}, \"{name}\");").unwrap();
        writeln!(body, "_Static_assert(_Alignof({name}) == {align}, \"{name}\");").unwrap();
        for (field, offset, width) in list {
            fields += 1;
            writeln!(
                body,
                "_Static_assert(offsetof({name}, {field}) == {offset} \
                 && sizeof((({name} *)0)->{field}) == {width}, \"{name}.{field}\");"
            )
            .unwrap();
        }
    }
    assert_eq!(compiler_says(&body), "");
    assert_eq!(fields, declared_fields(), "a field stands in one side only");

    let declared: BTreeSet<_> =
        header().split("\n} ").skip(1).map(|end| end.split(';').next().unwrap().into()).collect();
    let known: BTreeSet<String> =
        structures().iter().map(|layout| layout.name.to_owned()).collect();
    assert_eq!(declared, known);
}

/// How many fields the structures of the header have: one for each comma or semicolon.
fn declared_fields() -> usize {
    let code = header();
    let bodies = code.split("typedef struct {").skip(1);
    bodies.map(|body| body.split('}').next().unwrap().matches([',', ';']).count()).sum()
}

#[test]
fn a_wrong_number_in_the_header_would_be_found() {
    let said = compiler_says("_Static_assert(IKR_REASON_NONCE_MISMATCH == 255, \"seen\");");
    assert!(said.contains("seen"), "{said}");
}

#[test]
fn the_memory_of_a_machine_is_not_much_larger_than_the_machine() {
    use ikev2_redirect::{initiator::Initiator, responder::Responder};
    assert_eq!(size_of::<InitiatorMemory>(), INITIATOR_SIZE);
    assert_eq!(align_of::<ResponderMemory>(), MACHINE_ALIGN);
    let spare = |memory: usize, machine: usize| memory - machine - size_of::<u64>();
    let initiator = spare(size_of::<InitiatorMemory>(), size_of::<Initiator>());
    let responder = spare(size_of::<ResponderMemory>(), size_of::<Responder>());
    // Other compilers may lay the machines out a little larger.
    assert!(
        (0..64).contains(&initiator) && (0..32).contains(&responder),
        "{initiator} {responder}"
    );
}

/// The functions that the library defines, by its own sources.
fn defined() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let sources = [
        include_str!("../src/status.rs"),
        include_str!("../src/values.rs"),
        include_str!("../src/codec/calls.rs"),
        include_str!("../src/front_door.rs"),
        include_str!("../src/initiator/mod.rs"),
        include_str!("../src/responder/calls.rs"),
    ];
    for source in sources {
        for definition in source.split("extern \"C\" fn ").skip(1) {
            found.insert(definition.split('(').next().unwrap().to_owned());
        }
    }
    found
}

/// The functions that this C code names.
fn functions(code: &str) -> BTreeSet<String> {
    let words = code.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let calls = words.filter_map(|word| word.strip_suffix('('));
    calls.filter(|word| word.starts_with("ikr_")).map(str::to_owned).collect()
}

#[test]
fn every_function_is_declared_defined_and_called_by_the_tests_in_c() {
    let declared = functions(&header());
    assert_eq!(declared, defined());
    assert_eq!(&declared - &functions(include_str!("calls.c")), BTreeSet::new(), "not called");
    assert_eq!(&declared - &functions(include_str!("faults.c")), names_only(), "no fault tried");
}

/// These take no pointer.
fn names_only() -> BTreeSet<String> {
    ["status", "reason", "misuse"].map(|kind| format!("ikr_{kind}_name")).into()
}
