//! What has to come of a call.

use ikev2_redirect::Misuse;
use ikev2_redirect::responder::Action;

/// The outcome of one call as the rules want it.
#[derive(Clone, Debug)]
pub(crate) enum Want {
    /// The command is refused, for the first mistake there is.
    Refused(Misuse),
    /// These actions.
    Actions(Actions),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Actions {
    /// What the host is to do, in this order (T03).
    orders: Vec<Action>,
    /// What it is to know, anywhere in the list.
    notices: Vec<Action>,
}

impl Actions {
    pub(crate) fn orders(orders: &[Action]) -> Actions {
        Actions { orders: orders.to_vec(), ..Actions::default() }
    }

    pub(crate) fn and_notice(mut self, notice: Option<Action>) -> Actions {
        self.notices.extend(notice);
        self
    }

    fn meet(&self, output: &[Action]) -> bool {
        let (orders, mut notices): (Vec<Action>, Vec<Action>) =
            output.iter().partition(|action| is_order(action));
        let told = self.notices.iter().all(|wanted| {
            let found = notices.iter().position(|notice| notice == wanted);
            found.map(|at| notices.remove(at)).is_some()
        });
        let acknowledged_first =
            !output.contains(&Action::Acknowledge) || output.first() == Some(&Action::Acknowledge);
        orders == self.orders && told && notices.is_empty() && acknowledged_first
    }
}

impl Want {
    pub(crate) fn check(&self, got: &Result<Vec<Action>, Misuse>) -> Result<(), String> {
        let fits = match (self, got) {
            (Want::Refused(wanted), Err(misuse)) => wanted == misuse,
            (Want::Actions(actions), Ok(output)) => actions.meet(output),
            (Want::Refused(_), Ok(_)) | (Want::Actions(_), Err(_)) => false,
        };
        if fits { Ok(()) } else { Err(format!("got {got:?}\nwant {self:?}")) }
    }
}

/// Something for the host to do, and not only to know.
fn is_order(action: &Action) -> bool {
    match action {
        Action::PassOn
        | Action::Decide { .. }
        | Action::RespondRedirect { .. }
        | Action::SendRedirect { .. }
        | Action::Retransmit
        | Action::Acknowledge
        | Action::DeleteSa
        | Action::DropSa => true,
        Action::ClientLeft
        | Action::Ignored { .. }
        | Action::Misused { .. }
        | Action::Failed { .. } => false,
    }
}
