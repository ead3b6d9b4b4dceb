//! The gateway's part of the command line.

use std::net::IpAddr;

use crate::crypto::Group;
use crate::eap::Method;
use crate::options::{Arguments, Common, Parsed, Target, address, target, text};

use super::login::Credentials;

/// The point at which clients are redirected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Init,
    AuthFirst,
    AuthLast,
    /// The first response of EAP, on an identity that nobody has proven.
    EapFirst,
    /// Decided in the middle of EAP, said in the last response.
    MidEap,
    /// So many milliseconds after the IKE SA was established.
    Active(u32),
}

/// Which REDIRECTs in IKE_SA_INIT get a spoilt nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forgery {
    Never,
    Once,
    Always,
}

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) common: Common,
    pub(crate) groups: Vec<Group>,
    pub(crate) when: Option<When>,
    to: Option<Target>,
    pub(crate) grace_ms: u32,
    pub(crate) anycast: Vec<IpAddr>,
    pub(crate) cookie: bool,
    pub(crate) forgery: Forgery,
    pub(crate) intermediate_redirect: bool,
    pub(crate) host_retransmits: bool,
    pub(crate) redirect_and_delete: bool,
    own_second: Option<String>,
    eap_method: Method,
    eap_only: bool,
    wrong_psk: bool,
    refuse_child: bool,
}

impl Options {
    pub(crate) fn read(arguments: &mut Arguments) -> Parsed<Self> {
        let common = Common::read(arguments)?;
        let options = Self {
            groups: match common.groups[..] {
                [] => vec![Group::X25519, Group::Ecp256],
                _ => common.groups.clone(),
            },
            when: arguments.optional("redirect-in", when)?,
            to: arguments.optional("to", target)?,
            grace_ms: arguments.number("grace-ms", 30_000)?,
            anycast: arguments.all("anycast", address)?,
            cookie: arguments.flag("cookie"),
            forgery: arguments.optional("forge-nonce", forgery)?.unwrap_or(Forgery::Never),
            intermediate_redirect: arguments.flag("intermediate-redirect"),
            redirect_and_delete: arguments.flag("redirect-and-delete"),
            host_retransmits: arguments.flag("host-retransmits"),
            eap_method: arguments.optional("eap-method", method)?.unwrap_or(Method::Md5),
            eap_only: arguments.flag("eap-only"),
            own_second: arguments.optional("own-second", text)?,
            wrong_psk: arguments.flag("wrong-psk"),
            refuse_child: arguments.flag("refuse-child"),
            common,
        };
        let redirects = options.when.is_some() || options.intermediate_redirect;
        if redirects && options.to.is_none() {
            return Err("a redirect needs --to".to_owned());
        }
        Ok(options)
    }

    /// Where clients are sent to. `Options::read` makes sure that there is one
    /// whenever clients are redirected.
    pub(crate) fn target(&self) -> &Target {
        self.to.as_ref().expect("--to")
    }

    pub(crate) fn target_when(&self, when: When) -> Option<&Target> {
        if self.when == Some(when) { self.to.as_ref() } else { None }
    }

    pub(crate) fn credentials(&self) -> Credentials {
        let Common { id, peer_id, psk, eap, second, .. } = &self.common;
        Credentials {
            id: id.clone(),
            own_second: self.own_second.clone(),
            eap_method: self.eap_method,
            eap_only: self.eap_only,
            peer_id: peer_id.clone(),
            psk: psk.clone(),
            own_psk: if self.wrong_psk { format!("not {psk}") } else { psk.clone() },
            eap: eap.clone(),
            second: second.clone(),
            refuse_child: self.refuse_child,
        }
    }
}

fn when(value: &str) -> Option<When> {
    match value {
        "init" => Some(When::Init),
        "auth-first" => Some(When::AuthFirst),
        "auth-last" => Some(When::AuthLast),
        "eap-first-unauthenticated" => Some(When::EapFirst),
        "mid-eap" => Some(When::MidEap),
        "active" => Some(When::Active(0)),
        _ => value.strip_prefix("active:").and_then(|ms| Some(When::Active(ms.parse().ok()?))),
    }
}

fn method(value: &str) -> Option<Method> {
    match value {
        "md5" => Some(Method::Md5),
        "mschapv2" => Some(Method::MsChapV2),
        _ => None,
    }
}

fn forgery(value: &str) -> Option<Forgery> {
    match value {
        "once" => Some(Forgery::Once),
        "always" => Some(Forgery::Always),
        _ => None,
    }
}
