//! The hosts that know. Each keeps its own IKE SAs and what is true of them, and acts on that;
//! none of them knows a machine: nothing in this folder names one, and a test looks.

pub(crate) mod client;
pub(crate) mod gateway;
pub(crate) mod reasons;

#[cfg(test)]
mod tests {
    /// F01 went through every model because the models asked the machine what was so.
    #[test]
    fn no_host_asks_a_machine_what_is_true() {
        let sources = [
            ("client.rs", include_str!("client.rs")),
            ("gateway.rs", include_str!("gateway.rs")),
            ("reasons.rs", include_str!("reasons.rs")),
        ];
        let machines = ["Initiator", "Responder", "FrontDoor", "Progress", "machine", "watch"];
        for (name, source) in sources {
            let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
                let asked = words.find(|word| machines.contains(word));
                assert_eq!(asked, None, "{name}: {line}");
            }
        }
    }
}
