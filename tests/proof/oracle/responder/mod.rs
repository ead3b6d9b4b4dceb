//! The gateway: its rules over the facts, and the machine against them.

mod flow;
mod history;
mod reached;
mod rules;
mod step;
mod want;

use ikev2_redirect::responder::{Action, Event, Responder};
use ikev2_redirect::{Deadline, Instant, Misuse};

use crate::same;
use flow::Run;
use history::{History, longest_stay};
use reached::Reached;
use rules::{Input, rule};

/// One call, and what came of it.
struct Call {
    at: u64,
    input: Input,
    outcome: Result<Vec<Action>, Misuse>,
}

/// The machine beside what is true.
struct Pair {
    machine: Responder,
    history: History,
    calls: Vec<Call>,
}

/// Lets the machine go through the run; says where it and the rules part.
fn check(run: &Run, reached: &mut Reached) -> Result<(), String> {
    let machine = if run.starts_established {
        Responder::established(run.config, run.client)
    } else {
        Responder::new(run.config, run.client)
    };
    let history = History {
        config: run.config,
        client: run.client,
        starts_established: run.starts_established,
        facts: Vec::new(),
    };
    let mut pair = Pair { machine, history, calls: Vec::new() };
    let mut now = run.start;
    for step in &run.steps {
        now = step.wait.until(now, pair.history.deadline().map(|(at, _)| at));
        let input = step.what.input(now);
        pair.call(now, input)?;
        if let Input::OtherClock(by) = input {
            now = now.saturating_add(by);
        }
        reached.note(&pair.machine, pair.calls.last().map(|call| &call.outcome));
    }
    pair.ends_in_time(now, run.rekeys_at_the_end)
}

impl Pair {
    /// One call; it has to come to what the rules say.
    fn call(&mut self, now: u64, input: Input) -> Result<(), String> {
        let before = self.machine;
        let ruling = rule(&self.history, now, &input);
        let outcome = apply(&mut self.machine, now, input);
        let told = ruling.want.check(&outcome);
        self.calls.push(Call { at: now, input, outcome });
        let other_clock = matches!(input, Input::OtherClock(_));
        if let Input::OtherClock(by) = input {
            self.history.set_clock_forward(by);
        }
        let changes_nothing = ruling.facts.is_empty() && !other_clock;
        let kept = || same(&before, &self.machine, "this changes nothing");
        let verdict =
            told.and_then(|()| if changes_nothing { kept() } else { Ok(()) }).and_then(|()| {
                self.history.facts.extend(ruling.facts.iter().map(|&fact| (now, fact)));
                self.check_view()
            });
        verdict.map_err(|fault| self.report(&before, &fault))
    }

    /// What the machine tells of itself is true.
    fn check_view(&self) -> Result<(), String> {
        let (machine, history) = (&self.machine, &self.history);
        let deadline = history
            .deadline()
            .map(|(at, reason)| Deadline { at: Instant::from_millis(at), reason });
        let views = [
            ("phase", machine.phase() == history.phase()),
            ("target", machine.target() == history.target()),
            ("support", machine.supports_redirect() == history.client.supports_redirect),
            ("deadline", machine.next_deadline() == deadline),
        ];
        match views.iter().find(|(_, holds)| !holds) {
            None => Ok(()),
            Some((what, _)) => Err(format!("{what} is wrong, it should be of {history:?}")),
        }
    }

    /// F16: from here on the host only runs its timer, while the client rekeys as often as it
    /// likes. A client that was redirected is gone within the bound.
    fn ends_in_time(&mut self, now: u64, rekeys: bool) -> Result<(), String> {
        // Where the clock was when it went back, it is again before time counts.
        let latest = self.history.facts.iter().map(|&(at, _)| at).max();
        let start = latest.map_or(now, |latest| latest.max(now));
        let bound = longest_stay(&self.history.config);
        let told = self.history.config.longest_stay();
        if told != bound {
            return Err(format!("a client can stay {bound} and not {told} milliseconds"));
        }
        let mut now = start;
        while let (true, Some((at, _))) = (self.history.is_redirected(), self.history.deadline()) {
            now = at.max(now);
            if now - start > bound {
                return Err(self.report(&self.machine, "the client is there for too long"));
            }
            if rekeys {
                self.call(now, Input::Event(Event::Rekeyed))?;
            }
            self.call(now, Input::Timeout)?;
        }
        Ok(())
    }

    fn report(&self, before: &Responder, fault: &str) -> String {
        let line = |call: &Call| format!("  {}: {:?} -> {:?}\n", call.at, call.input, call.outcome);
        let calls: String = self.calls.iter().map(line).collect();
        format!("after\n{calls}in {before:?}\n{fault}")
    }
}

fn apply(machine: &mut Responder, now: u64, input: Input) -> Result<Vec<Action>, Misuse> {
    let now = Instant::from_millis(now);
    let actions = match input {
        Input::Redirect(target) => machine.redirect(now, target)?,
        Input::RedirectAt(target, from) => {
            machine.redirect_at(now, target, Instant::from_millis(from))?
        }
        Input::Cancel => machine.cancel(now)?,
        Input::Event(event) => machine.handle(now, event),
        Input::Timeout => machine.timeout(now),
        Input::OtherClock(by) => {
            machine.rebase(now, Instant::from_millis(now.as_millis().saturating_add(by)));
            return Ok(vec![]);
        }
    };
    Ok(actions.into_iter().collect())
}

#[test]
fn the_gateway_keeps_the_rules() {
    let mut reached = Reached::default();
    let everywhere = crate::drive("gateway", |run: &Run| check(run, &mut reached));
    reached.show();
    if everywhere {
        reached.assert_all();
    }
}
