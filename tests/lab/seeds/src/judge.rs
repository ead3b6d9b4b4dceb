//! Which tests have to notice a seed of an area, the cheapest first.

/// Tests that can notice a bug.
pub(crate) struct Judge {
    pub(crate) name: &'static str,
    /// The targets of `cargo test`.
    pub(crate) targets: &'static [&'static str],
    /// Which of their tests count: a part of the name. None: all.
    pub(crate) tests: &'static [&'static str],
    /// Settings of the tests.
    pub(crate) settings: &'static [(&'static str, &'static str)],
}

impl Judge {
    const fn new(
        name: &'static str,
        targets: &'static [&'static str],
        tests: &'static [&'static str],
    ) -> Judge {
        Judge { name, targets, tests, settings: &[] }
    }
}

const SECOND_READING: Judge = Judge::new("second reading", &["wire"], &["second_reading::"]);
const OCTETS: Judge = Judge::new("octets", &["wire"], &[]);
const RULES: Judge = Judge::new("rules", &["rules"], &[]);
const CLIENT_ORACLE: Judge = Judge::new("oracle of the client", &["oracle"], &["initiator::"]);
const GATEWAY_ORACLE: Judge = Judge::new("oracle of the gateway", &["oracle"], &["responder::"]);
// Only the properties of the models: no number of states and no list of rows.
const MODEL: Judge = Judge::new("model", &["model"], &["::holds"]);
// Without starting the program, which has to be built for that.
const REDIRECTOR: Judge =
    Judge::new("redirector's parts", &["hosts"], &["redirector::", "redirector_tests::service::"]);
const HOSTS: Judge = Judge::new("hosts", &["hosts"], &["redirector"]);

/// Where the tests stand that the conformance page names.
pub(crate) const NAMED: Judge = Judge::new("named tests", &["rules", "wire"], &[]);

/// The first thousands of states, in which most bugs show.
const FIRST_LOOK: Judge =
    Judge { name: "model, first look", settings: &[("MODEL", "small")], ..MODEL };

/// A behaviour of the machines has to be noticed by the oracle or by a property of a model: a unit
/// test pins what its author believed. The octets have to be noticed by their second reading.
pub(crate) fn judges(area: &str) -> Result<&'static [Judge], String> {
    match area {
        "client" => Ok(&[CLIENT_ORACLE, FIRST_LOOK, MODEL]),
        "gateway" => Ok(&[GATEWAY_ORACLE, FIRST_LOOK, MODEL]),
        "auth" => Ok(&[GATEWAY_ORACLE, CLIENT_ORACLE, FIRST_LOOK, MODEL]),
        "front-door" => Ok(&[RULES, FIRST_LOOK, MODEL]),
        "octets" => Ok(&[SECOND_READING]),
        "values" => Ok(&[RULES, OCTETS]),
        "redirector" => Ok(&[REDIRECTOR, HOSTS]),
        _ => Err(format!("nobody judges seeds of the area {area:?}")),
    }
}
