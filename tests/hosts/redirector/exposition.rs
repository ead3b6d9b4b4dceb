//! Reads the text format of Prometheus, strictly: what the format leaves open, its conventions
//! decide.

use std::collections::BTreeMap;

const PREFIX: &str = "ikev2_redirector_";

/// A name and its labels in their order.
type Series = (String, Vec<(String, String)>);

/// Everything that one file says.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    samples: BTreeMap<Series, f64>,
    kinds: BTreeMap<String, String>,
    order: Vec<String>,
}

impl Exposition {
    pub(super) fn parse(text: &str) -> Result<Exposition, String> {
        let mut all = Exposition::default();
        if !text.ends_with('\n') {
            return Err("the last line has no end".to_owned());
        }
        let mut help = None;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, words) = rest.split_once(' ').ok_or("HELP without words")?;
                if words.is_empty() {
                    return Err(format!("{name} is not explained"));
                }
                help = Some(name.to_owned());
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').ok_or("TYPE without a type")?;
                if help.as_deref() != Some(name) {
                    return Err(format!("{name} has no HELP before its TYPE"));
                }
                all.begin(name, kind)?;
            } else {
                all.sample(line)?;
            }
        }
        Ok(all)
    }

    fn begin(&mut self, name: &str, kind: &str) -> Result<(), String> {
        let is_name =
            |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'_';
        if !name.starts_with(PREFIX) || !name.bytes().all(is_name) {
            return Err(format!("{name} is no name of ours"));
        }
        let fits = match kind {
            "counter" => name.ends_with("_total"),
            "gauge" => !name.ends_with("_total"),
            _ => false,
        };
        if !fits {
            return Err(format!("{name} does not look like a {kind}"));
        }
        if self.kinds.insert(name.to_owned(), kind.to_owned()).is_some() {
            return Err(format!("{name} begins twice"));
        }
        self.order.push(name.to_owned());
        Ok(())
    }

    fn sample(&mut self, line: &str) -> Result<(), String> {
        let (series, value) = line.rsplit_once(' ').ok_or(format!("no sample: {line:?}"))?;
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => {
                let labels = labels.strip_suffix('}').ok_or(format!("open labels: {line:?}"))?;
                (name, labels.split(',').map(label).collect::<Result<Vec<_>, _>>()?)
            }
            None => (series, Vec::new()),
        };
        if self.order.last().map(String::as_str) != Some(name) {
            return Err(format!("{name} does not stand below its TYPE"));
        }
        let number: f64 = value.parse().map_err(|_| format!("{value:?} is no number"))?;
        if !number.is_finite() || self.kinds[name] == "counter" && number.fract() != 0.0 {
            return Err(format!("{value} cannot be {series}"));
        }
        match self.samples.insert((name.to_owned(), labels), number) {
            None => Ok(()),
            Some(_) => Err(format!("{series} is told twice")),
        }
    }

    /// Of all series with this name.
    pub(super) fn sum(&self, name: &str) -> f64 {
        self.sum_where(name, &[])
    }

    /// Of all series with this name and these labels among theirs.
    pub(super) fn sum_where(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let name = format!("{PREFIX}{name}");
        let has = |own: &[(String, String)]| {
            labels
                .iter()
                .all(|(label, value)| own.iter().any(|(other, its)| other == label && its == value))
        };
        let samples = self.samples.iter();
        samples.filter(|((other, own), _)| *other == name && has(own)).map(|(_, value)| value).sum()
    }

    /// Of the series of one target.
    pub(super) fn of_target(&self, name: &str, target: &str) -> f64 {
        self.sum_where(name, &[("target", target)])
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.kinds.contains_key(&format!("{PREFIX}{name}"))
    }

    pub(super) fn names(&self) -> &[String] {
        &self.order
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once("=\"").ok_or(format!("no label: {text:?}"))?;
    let value = value.strip_suffix('"').ok_or(format!("open label: {text:?}"))?;
    let plain = !value.contains(['"', '\\', '\n']);
    if plain && !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_lowercase()) {
        Ok((name.to_owned(), value.to_owned()))
    } else {
        Err(format!("a label that needs care: {text:?}"))
    }
}

#[test]
fn what_is_not_in_the_format_is_refused() {
    let head = "# HELP ikev2_redirector_a_total What.\n# TYPE ikev2_redirector_a_total counter\n";
    assert!(Exposition::parse(&format!("{head}ikev2_redirector_a_total{{b=\"c\"}} 1\n")).is_ok());
    for wrong in [
        "ikev2_redirector_a_total 1",
        "ikev2_redirector_a_total 0.5\n",
        "ikev2_redirector_a_total x\n",
        "ikev2_redirector_b_total 1\n",
        "ikev2_redirector_a_total{b=\"c\" 1\n",
        "ikev2_redirector_a_total{b=c} 1\n",
        "ikev2_redirector_a_total 1\nikev2_redirector_a_total 2\n",
        "# TYPE ikev2_redirector_b_total counter\n",
        "# HELP ikev2_redirector_b What.\n# TYPE ikev2_redirector_b counter\n",
    ] {
        assert!(Exposition::parse(&format!("{head}{wrong}")).is_err(), "{wrong:?} was taken");
    }
}
