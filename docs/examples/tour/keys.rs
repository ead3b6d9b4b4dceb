//! Lets Wireshark look into the SK payloads: a table that says that there is no key.

use std::collections::BTreeSet;

use ikev2_redirect::wire::{Header, Spi};

/// What the file has to be called in a configuration folder of Wireshark.
pub(crate) const FILE_NAME: &str = "ikev2_decryption_table";

/// The IKE SAs that were seen.
#[derive(Debug, Default)]
pub(crate) struct Keys(BTreeSet<[[u8; 8]; 2]>);

impl Keys {
    /// Takes notice of a message.
    pub(crate) fn see(&mut self, message: &[u8]) {
        if let Ok((header, _)) = Header::parse(message) {
            if header.responder_spi != Spi::ZERO {
                self.0.insert([header.initiator_spi.0, header.responder_spi.0]);
            }
        }
    }

    /// The table: both SPIs, two keys, the cipher, two keys, the integrity check.
    pub(crate) fn table(&self) -> String {
        let line = |[initiator, responder]: &[[u8; 8]; 2]| {
            let (initiator, responder) = (Spi(*initiator), Spi(*responder));
            format!("{initiator},{responder},,,\"NULL [RFC2410]\",,,\"NONE [RFC4306]\"\n")
        };
        self.0.iter().map(line).collect()
    }
}
