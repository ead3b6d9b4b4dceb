//! The tables and diagrams of `docs/initiator.md` and `docs/responder.md` are what the machines
//! do: found by exploring them, and compared with the documents. `UPDATE_DOCS=1 cargo test`
//! rewrites the documents.

mod client;
mod diagram;
mod document;
mod explore;
mod gateway;
mod gateway_page;
mod observation;
mod rows;
mod table;

#[test]
fn the_initiator_document_shows_what_the_machine_does() {
    let (ways, rows) = (client::ways(), client::observe());
    document::compare("docs/initiator.md", &document::generate(&ways, &rows));
}

#[test]
fn the_responder_document_shows_what_the_machine_does() {
    document::compare("docs/responder.md", &gateway_page::page());
}
