//! Which tests have to notice a seed of an area, the cheapest first.

/// Tests that can notice a bug.
pub(crate) struct Judge {
    pub(crate) name: &'static str,
    /// What `cargo test` is told to run.
    pub(crate) arguments: &'static [&'static str],
}

const WIRE: Judge = Judge { name: "octets", arguments: &["--test", "wire"] };
const RULES: Judge = Judge { name: "rules", arguments: &["--test", "rules"] };
const ORACLE: Judge = Judge { name: "oracle", arguments: &["--test", "oracle"] };
const MODEL: Judge = Judge { name: "model", arguments: &["--test", "model"] };
const HOSTS: Judge = Judge { name: "hosts", arguments: &["--test", "hosts"] };

/// A behaviour of the machines has to be noticed by the oracle or by a model: a unit test pins what
/// its author believed. The octets have their second reading among the tests of that name.
pub(crate) fn judges(area: &str) -> Result<&'static [Judge], String> {
    match area {
        "client" | "gateway" | "auth" => Ok(&[ORACLE, MODEL]),
        "front-door" => Ok(&[RULES, MODEL]),
        "octets" => Ok(&[WIRE]),
        "values" => Ok(&[RULES, WIRE]),
        "redirector" => Ok(&[HOSTS]),
        _ => Err(format!("nobody judges seeds of the area {area:?}")),
    }
}
