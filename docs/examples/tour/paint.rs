//! Colours.

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    /// The background: lifelines.
    Quiet,
    /// Titles and names.
    Strong,
    /// A redirect notification.
    Redirect,
    /// What a party decided.
    Decision,
    Good,
    Bad,
}

/// How tones look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    colours: bool,
}

impl Paint {
    /// Colours for people only, and only for those who want them (no-color.org).
    pub(crate) fn for_terminal(is_terminal: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Paint { colours: is_terminal && !unwanted }
    }

    /// The text in its tone.
    pub(crate) fn apply(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => "",
            Tone::Quiet => "2",
            Tone::Strong => "1",
            Tone::Redirect => "1;36",
            Tone::Decision => "33",
            Tone::Good => "32",
            Tone::Bad => "1;31",
        };
        if self.colours && !code.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
