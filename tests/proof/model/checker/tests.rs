//! The checker checked: seeded bugs must be found, by a shortest trace.

use super::*;
use crate::goals;

/// Two jugs, of 3 and 5 litres: can one measure 4? It takes six steps, and no fewer.
struct Jugs;

#[derive(Clone, Copy)]
enum Pour {
    FillSmall,
    FillBig,
    EmptySmall,
    EmptyBig,
    SmallToBig,
    BigToSmall,
}

goals!(JugGoal {
    BothFull => "both jugs are full",
});

impl Model for Jugs {
    type State = (u8, u8);
    type Step = Pour;
    type Goal = JugGoal;

    fn name(&self) -> String {
        "jugs".into()
    }

    fn initial(&self) -> Vec<Self::State> {
        vec![(0, 0)]
    }

    fn steps(&self, _: &Self::State, steps: &mut Vec<Pour>) {
        use Pour::*;
        steps.extend([FillSmall, FillBig, EmptySmall, EmptyBig, SmallToBig, BigToSmall]);
    }

    fn take(&self, &(small, big): &(u8, u8), step: Pour, probe: &mut Probe) -> Option<(u8, u8)> {
        let next = match step {
            Pour::FillSmall => (3, big),
            Pour::FillBig => (small, 5),
            Pour::EmptySmall => (0, big),
            Pour::EmptyBig => (small, 0),
            Pour::SmallToBig => {
                let moved = small.min(5 - big);
                (small - moved, big + moved)
            }
            Pour::BigToSmall => {
                let moved = big.min(3 - small);
                (small + moved, big - moved)
            }
        };
        probe.always("four litres can't be measured", next.1 != 4);
        probe.sometimes(JugGoal::BothFull, next == (3, 5));
        Some(next)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["small", "big"]
    }

    fn draw(&self, _: &Self::State, step: Pour) -> Arrow {
        let (from, to, label) = match step {
            Pour::FillSmall => (0, 0, "fill"),
            Pour::EmptySmall => (0, 0, "empty"),
            Pour::FillBig => (1, 1, "fill"),
            Pour::EmptyBig => (1, 1, "empty"),
            Pour::SmallToBig => (0, 1, "pour"),
            Pour::BigToSmall => (1, 0, "pour"),
        };
        Arrow { from, to, label: label.into() }
    }

    fn describe(&self, state: &Self::State) -> Vec<String> {
        vec![format!("small {}", state.0), format!("big {}", state.1)]
    }
}

#[test]
fn a_seeded_bug_is_found_by_a_shortest_trace() {
    let failure = explore(&Jugs, Bounds::NONE).failure.expect("a way exists");
    assert_eq!(failure.property, "four litres can't be measured");
    assert_eq!(failure.steps, 6);
}

#[test]
fn a_counterexample_reads_as_a_sequence_chart() {
    let failure = explore(&Jugs, Bounds::NONE).failure.expect("a way exists");
    let expected = "      small       big
      |           |       small 0
      |           |       big 0
   1  |           *   fill
      |           |       big 5
   2  |<----------|   pour
      |           |       small 3
      |           |       big 2
   3  *           |   empty
      |           |       small 0
   4  |<----------|   pour
      |           |       small 2
      |           |       big 0
   5  |           *   fill
      |           |       big 5
   6  |<----------|   pour
      |           |       small 3
      |           |       big 4
";
    assert_eq!(failure.chart, expected, "\n{}", failure.chart);
}

#[test]
#[should_panic(expected = "four litres can't be measured")]
fn a_report_of_a_broken_property_does_not_pass() {
    explore(&Jugs, Bounds::NONE).assert_holds();
}

/// A walk on a grid of `side * side` places, large enough for many pieces. With a `trap`
/// the last place has no way out; with a `wall` the last column can't be entered; with a
/// `pit` entering the middle panics.
#[derive(Clone, Copy, Default)]
struct Grid {
    side: u16,
    trap: bool,
    wall: bool,
    pit: bool,
    /// The far corner is not expected to be reached.
    no_corner: bool,
    /// It may begin at the far corner as well.
    two_starts: bool,
    forbidden: Option<(u16, u16)>,
}

#[derive(Clone, Copy)]
enum Walk {
    Right,
    Down,
    Home,
    Blown,
}

goals!(GridGoal {
    Corner => "the far corner is reached",
});

impl Grid {
    fn last(&self) -> (u16, u16) {
        (self.side - 1, self.side - 1)
    }
}

impl Model for Grid {
    type State = (u16, u16);
    type Step = Walk;
    type Goal = GridGoal;

    fn name(&self) -> String {
        "grid".into()
    }

    fn initial(&self) -> Vec<Self::State> {
        let mut starts = vec![(0, 0)];
        if self.two_starts {
            starts.push(self.last());
        }
        starts
    }

    fn steps(&self, state: &Self::State, steps: &mut Vec<Walk>) {
        steps.extend([Walk::Right, Walk::Down]);
        if self.trap && *state == self.last() {
            steps.push(Walk::Blown);
        } else {
            steps.push(Walk::Home);
        }
    }

    fn take(&self, &(x, y): &(u16, u16), step: Walk, probe: &mut Probe) -> Option<(u16, u16)> {
        let next = match step {
            Walk::Right => (x + 1, y),
            Walk::Down => (x, y + 1),
            Walk::Home | Walk::Blown => (0, 0),
        };
        let side = self.side - u16::from(self.wall);
        if next.0 >= side || next.1 >= self.side {
            return None;
        }
        assert!(!self.pit || next != (self.side / 2, self.side / 2), "fell");
        probe.always("the place is free", Some(next) != self.forbidden);
        probe.sometimes(GridGoal::Corner, next == self.last());
        probe.covers(usize::from(next.0));
        Some(next)
    }

    fn unreachable(&self) -> Vec<GridGoal> {
        if self.no_corner { vec![GridGoal::Corner] } else { Vec::new() }
    }

    fn liveness(&self) -> Option<&'static str> {
        Some("one can always come home")
    }

    fn is_terminal(&self, state: &Self::State) -> bool {
        *state == (0, 0)
    }

    fn is_fair(&self, _: &Self::State, step: Walk) -> bool {
        !matches!(step, Walk::Blown)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["walker"]
    }

    fn draw(&self, _: &Self::State, step: Walk) -> Arrow {
        let label = match step {
            Walk::Right => "right",
            Walk::Down => "down",
            Walk::Home => "home",
            Walk::Blown => "blown away",
        };
        Arrow { from: 0, to: 0, label: label.into() }
    }

    fn describe(&self, state: &Self::State) -> Vec<String> {
        vec![format!("at {},{}", state.0, state.1)]
    }
}

fn grid(side: u16) -> Grid {
    Grid { side, ..Grid::default() }
}

#[test]
fn every_state_and_transition_is_counted() {
    let report = explore(&grid(300), Bounds::NONE);
    report.assert_holds();
    assert_eq!(report.states, 300 * 300);
    assert_eq!(report.transitions, 300 * 300 + 2 * 300 * 299);
    assert_eq!(report.depth, 598);
    assert!(report.complete);
}

#[test]
fn any_number_of_threads_gives_the_same_result() {
    // A level of a star is far larger than a piece, so that all threads get work.
    let runs: Vec<Report> = [1, 2, 5]
        .map(|threads| {
            let bounds = Bounds { threads, ..Bounds::NONE };
            explore(&Star, bounds)
        })
        .into();
    for run in &runs {
        assert_eq!(run.failure, runs[0].failure);
        assert_eq!(run.states, runs[0].states);
        assert_eq!(run.transitions, runs[0].transitions);
    }
    assert_eq!(runs[0].failure.as_ref().map(|failure| failure.steps), Some(3));
}

/// Numbers made by appending one of 100 digits, the third of which must not end in 7.
struct Star;

impl Model for Star {
    type State = Vec<u8>;
    type Step = u8;
    type Goal = GridGoal;

    fn name(&self) -> String {
        "star".into()
    }

    fn initial(&self) -> Vec<Self::State> {
        vec![Vec::new()]
    }

    fn steps(&self, _: &Vec<u8>, steps: &mut Vec<u8>) {
        steps.extend(0..100);
    }

    fn take(&self, state: &Vec<u8>, step: u8, probe: &mut Probe) -> Option<Vec<u8>> {
        let mut next = state.clone();
        next.push(step);
        let lucky = next.len() == 3 && next[0] > 80 && step == 7;
        probe.always("no third seven", !lucky);
        Some(next)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["star"]
    }

    fn draw(&self, _: &Vec<u8>, step: u8) -> Arrow {
        Arrow { from: 0, to: 0, label: step.to_string() }
    }

    fn describe(&self, state: &Vec<u8>) -> Vec<String> {
        vec![format!("{state:?}")]
    }
}

#[test]
fn a_broken_always_stops_at_the_first_level_that_shows_it() {
    let model = Grid { forbidden: Some((3, 4)), ..grid(50) };
    let failure = explore(&model, Bounds::NONE).failure.expect("it is broken");
    assert_eq!((failure.property, failure.steps), ("the place is free", 7));
}

#[test]
fn a_trace_begins_at_the_nearest_start() {
    let model = Grid { two_starts: true, trap: true, forbidden: Some((0, 0)), ..grid(9) };
    let failure = explore(&model, Bounds::NONE).failure.expect("it is broken");
    assert_eq!(failure.steps, 1);
    let from_corner = Grid { two_starts: true, trap: true, ..grid(9) };
    let failure = explore(&from_corner, Bounds::NONE).failure.expect("it is stuck");
    assert_eq!(failure.steps, 0);
    assert!(failure.chart.contains("at 8,8"), "{}", failure.chart);
}

#[test]
fn a_panic_is_reported_with_the_way_to_it() {
    let model = Grid { pit: true, ..grid(6) };
    let failure = explore(&model, Bounds::NONE).failure.expect("it panics");
    assert_eq!((failure.property, failure.steps), (explore::NO_PANIC, 6));
    assert!(failure.chart.ends_with("down\n"), "{}", failure.chart);
}

#[test]
fn a_state_that_only_unfair_steps_leave_is_stuck() {
    let model = Grid { trap: true, ..grid(20) };
    let failure = explore(&model, Bounds::NONE).failure.expect("it is stuck");
    assert_eq!(failure.property, "one can always come home");
    assert_eq!(failure.steps, 38);
}

#[test]
fn a_bounded_search_says_so_and_blames_no_unexpanded_state() {
    let bounds = Bounds { depth: 38, ..Bounds::NONE };
    let model = Grid { trap: true, ..grid(20) };
    let report = explore(&model, bounds);
    assert!(!report.complete);
    assert_eq!(report.failure, None);
    assert_eq!(report.depth, 38);
}

#[test]
fn a_bound_on_states_ends_the_search() {
    let bounds = Bounds { states: 1000, ..Bounds::NONE };
    let report = explore(&grid(300), bounds);
    assert!(!report.complete);
    assert!((1000..2000).contains(&report.states), "{}", report.states);
}

#[test]
#[should_panic(expected = "the far corner is reached")]
fn a_goal_never_reached_does_not_pass() {
    let model = Grid { wall: true, ..grid(20) };
    explore(&model, Bounds::NONE).assert_holds();
}

#[test]
#[should_panic(expected = "the far corner is reached")]
fn a_goal_reached_against_expectation_does_not_pass() {
    let model = Grid { no_corner: true, ..grid(20) };
    explore(&model, Bounds::NONE).assert_holds();
}

#[test]
fn exercised_rows_are_collected() {
    let rows = explore(&grid(5), Bounds::NONE).rows;
    let covered: Vec<usize> = (0..Rows::CAPACITY).filter(|&row| rows.contains(row)).collect();
    assert_eq!(covered, [0, 1, 2, 3, 4]);
}
