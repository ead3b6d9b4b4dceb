//! What a party reports, in words.

use crate::host::Report;

/// The limit that the clients of the tour have.
const MOST_REDIRECTS: u8 = 5;

/// A sentence about what the party has done, unless the messages say enough.
pub(crate) fn sentence(report: &Report) -> Option<String> {
    let field = |key| report.field(key);
    let of_gateway = !field("by").is_empty() || !field("id").is_empty();
    Some(match report.name {
        "resolved" => format!("DNS: {} is {}", field("name"), field("to")),
        "allowed" => format!("checks: {}; {} allowed", grounds(field("phase")), field("target")),
        "redirected" => format!(
            "follows, from {} to {} (redirect {} of {MOST_REDIRECTS})",
            field("from"),
            field("to"),
            field("count")
        ),
        "established" if !of_gateway => "established".into(),
        "dropped" if of_gateway => "forgets the IKE SA: no CHILD SA was made".into(),
        "dropped" if field("in") == "auth" => "drops the IKE SA, which was never finished".into(),
        "given-up" => "no usable answer: gives the attempt up".into(),
        "ignored" => format!("ignores it: {}", field("reason")),
        "refused" => format!("refuses to follow: {}", field("reason")),
        "move-failed" => format!("stays with the old gateway: {}", field("reason")),
        "failed" => format!("not connected: {}", field("reason")),
        "planned" => format!("AAA wants it at {}: waits for the end", field("to")),
        "redirect-sent" => match field("phase") {
            "init" => "redirects, and keeps no state".into(),
            "auth" => "redirects: no CHILD SA is made".into(),
            _ => return None,
        },
        "client-left" => "the client has left as it was told".into(),
        "deleted" if field("reason") == "grace" => {
            "the grace time is over: deletes the IKE SA".into()
        }
        _ => return None,
    })
}

/// What shows that a redirect of this phase is the gateway's.
fn grounds(phase: &str) -> &'static str {
    match phase {
        "init" => "own nonce came back",
        "auth" => "gateway authenticated",
        _ => "it came protected",
    }
}
