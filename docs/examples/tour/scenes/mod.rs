//! What is shown, and how it has to end.
//!
//! | file | what it knows |
//! |---|---|
//! | `init` | redirects in IKE_SA_INIT |
//! | `auth` | redirects in IKE_AUTH |
//! | `session` | redirects of established sessions |
//! | `forgery` | redirects that are none |
//! | `cast` | the parties of the scenes |
//! | `ending` | how to tell whether a scene ended as it should |

mod auth;
mod cast;
mod ending;
mod forgery;
mod init;
mod session;

use super::stage::Stage;
use super::world::Fault;

/// Something to show.
pub(crate) struct Scene {
    pub(crate) title: &'static str,
    pub(crate) story: &'static str,
    /// Runs it; the outcome in words, or what went wrong.
    pub(crate) play: fn(&mut Stage<'_>) -> Result<String, Fault>,
}

/// Everything, in the order in which it is shown.
pub(crate) const SCENES: &[Scene] = &[
    Scene {
        title: "Through an anycast front door",
        story: "\
            The client knows one address, shared by all gateways. Whoever answers there must not \
            serve it, but names a gateway, at the cost of one message and no state at all.",
        play: init::front_door,
    },
    Scene {
        title: "A chain, and a name",
        story: "\
            The gateway is full and redirects once more, by name. REDIRECTED_FROM names the \
            gateway that redirected last, so that nobody sends the client back there.",
        play: init::chain,
    },
    Scene {
        title: "In the last IKE_AUTH response, after EAP",
        story: "\
            The AAA server knows where the user belongs. It says so in the middle of EAP, where \
            no redirect is legal: the gateway's machine keeps it until both sides are \
            authenticated.",
        play: auth::after_eap,
    },
    Scene {
        title: "In the first IKE_AUTH response, on a claimed identity",
        story: "\
            An operator may let the gateway redirect before EAP has begun. By default it does \
            not: anybody who claims to be a user would learn where that user is sent.",
        play: auth::claimed,
    },
    Scene {
        title: "After the second of two authentications (RFC 4739)",
        story: "\
            First the device, then its user. Every response but the first and the last is an \
            intermediate one, where no REDIRECT counts. This gateway waits for the last.",
        play: auth::two_authentications,
    },
    Scene {
        title: "In the middle of a session: maintenance",
        story: "\
            The gateway redirects with an INFORMATIONAL request. The client makes before it \
            breaks: the old IKE SA goes only when the new one is up.",
        play: session::maintenance,
    },
    Scene {
        title: "In the middle of a session, towards a gateway that is down",
        story: "The same, but nobody answers. The client stays where it is.",
        play: session::target_down,
    },
    Scene {
        title: "Redirects in a circle, until the limit",
        story: "\
            Each of three gateways redirects to the next. None sends a client back to the gateway \
            that it comes from, so none notices the circle. The client follows five redirects \
            within 300 seconds, never a sixth.",
        play: init::circle,
    },
    Scene {
        title: "Forgeries",
        story: "\
            An attacker who cannot read the client's messages answers faster than the front \
            door, and later speaks in the gateway's name. The client ignores both.",
        play: forgery::forgeries,
    },
];
