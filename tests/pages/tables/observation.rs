//! What exploring a machine brings to light.

/// One thing that happened in one state, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Observation {
    pub(crate) state: &'static str,
    pub(crate) input: Input,
    /// What may matter beside the state: one value per dimension, in a fixed order.
    pub(crate) details: Vec<&'static str>,
    pub(crate) outcome: Outcome,
}

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Input {
    /// For the table.
    pub(crate) name: &'static str,
    /// For an arrow of the diagram; none, if the arrow would only be in the way.
    pub(crate) arrow: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outcome {
    /// The actions, or the misuse, as Markdown.
    pub(crate) actions: String,
    pub(crate) next: &'static str,
}

/// An input that the diagram names.
pub(crate) const fn arrow(name: &'static str, arrow: &'static str) -> Input {
    Input { name, arrow: Some(arrow) }
}

/// One that stands in the tables only.
pub(crate) const fn quiet(name: &'static str) -> Input {
    Input { name, arrow: None }
}
