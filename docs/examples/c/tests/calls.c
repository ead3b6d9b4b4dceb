/* Calls each function of the header once at least, and looks at what comes of it. */
#include "check.h"
#include "messages.h"

static const ikr_client redirectable = {.supports_redirect = 1};

static void names(void)
{
    CHECK(!strcmp(ikr_status_name(IKR_OK), "ok"));
    CHECK(!strcmp(ikr_status_name(IKR_BUFFER_TOO_SMALL), "buffer-too-small"));
    CHECK(!strcmp(ikr_status_name(IKR_MISUSE_BASE + IKR_MISUSE_NOT_UP), "not-up"));
    CHECK(!strcmp(ikr_status_name(IKR_REASON_BASE + IKR_REASON_LIMIT_REACHED), "limit-reached"));
    CHECK(!strcmp(ikr_reason_name(IKR_REASON_NONCE_MISMATCH), "nonce-mismatch"));
    CHECK(!strcmp(ikr_misuse_name(IKR_MISUSE_LITERAL_TARGET), "literal-target"));
    CHECK(!strcmp(ikr_reason_name(250), "unknown"));
    CHECK(!strcmp(ikr_misuse_name(250), "unknown"));
    CHECK(!strcmp(ikr_status_name(99), "unknown"));
    CHECK(!strcmp(ikr_status_name(UINT32_MAX), "unknown"));
}

static void targets(void)
{
    ikr_target target;
    ikr_target_rules rules = {0};
    ikr_address loopback = v4(127, 0, 0, 1), usual = v4(192, 0, 2, 45);
    const char name[] = "gw2.example.com";

    STATUS(ikr_target_name(name, strlen(name), &target), IKR_OK);
    CHECK(target.kind == IKR_FQDN && target.name == name && target.name_length == strlen(name));
    STATUS(ikr_target_name("192.0.2.45", 10, &target),
           IKR_REASON_BASE + IKR_REASON_ADDRESS_AS_NAME);
    CHECK(target.kind == IKR_NONE);
    STATUS(ikr_target_check(&rules, &usual), IKR_OK);
    STATUS(ikr_target_check(&rules, &loopback), IKR_REASON_BASE + IKR_REASON_LOOPBACK_TARGET);
    rules.allow_loopback = 1;
    STATUS(ikr_target_check(&rules, &loopback), IKR_OK);
}

static void codec(void)
{
    ikr_header header = {0};
    ikr_init_request request;
    ikr_init_response response;
    ikr_contents contents;
    ikr_redirect redirect;
    ikr_init_notifies notifies = {.redirected_from = v4(192, 0, 2, 1), .redirect_supported = 1};
    const ikr_octets ni = {nonce, sizeof nonce};
    uint8_t out[IKR_MAX_REDIRECT];
    size_t written;

    STATUS(ikr_header_parse(init_request, sizeof init_request, &header), IKR_OK);
    CHECK(!memcmp(header.initiator_spi, spi, 8) && header.responder_spi[0] == 0);
    CHECK(header.next_payload == 33 && header.exchange == 34 && header.flags == 8);
    STATUS(ikr_header_write(&header, 100, out, sizeof out, &written), IKR_OK);
    CHECK(written == IKR_HEADER_LENGTH && !memcmp(out, init_request, 28));

    STATUS(ikr_init_request_parse(init_request, sizeof init_request, &request), IKR_OK);
    CHECK(request.length == sizeof init_request && !memcmp(request.initiator_spi, spi, 8));
    CHECK(request.nonce.length == 16 && !memcmp(request.nonce.data, nonce, 16));
    CHECK(request.redirect_supported == 1 && !request.has_cookie && !request.resumption);
    CHECK(request.redirected_from_state == IKR_ABSENT);

    STATUS(ikr_init_response_parse(init_response, sizeof init_response, &response), IKR_OK);
    CHECK(response.redirect.state == IKR_VALID && response.redirect.target.kind == IKR_FQDN);
    CHECK(!strncmp(response.redirect.target.name, "gw2.example.com", 15));
    CHECK(response.redirect.nonce.length == 16 && !response.accepts);

    STATUS(ikr_contents_parse(41, informational, sizeof informational, &contents), IKR_OK);
    CHECK(contents.redirect.state == IKR_VALID && contents.redirect.target.address[3] == 45);
    CHECK(!contents.auth && !contents.deletes_ike_sa && contents.fatal_error == 0);

    STATUS(ikr_redirect_parse(redirect_to_name, sizeof redirect_to_name, &redirect), IKR_OK);
    CHECK(redirect.state == IKR_VALID && redirect.target.name_length == 15);
    STATUS(ikr_redirect_write(&redirect.target, 0, out, sizeof out, &written), IKR_OK);
    CHECK(written == 4 + sizeof redirect_to_name);
    CHECK(!memcmp(out + 4, redirect_to_name, sizeof redirect_to_name));
    STATUS(ikr_redirect_parse(redirect_with_nonce, sizeof redirect_with_nonce, &redirect),
           IKR_REASON_BASE + IKR_REASON_UNEXPECTED_NONCE);
    CHECK(redirect.state == IKR_INVALID && redirect.reason == IKR_REASON_UNEXPECTED_NONCE);
    STATUS(ikr_init_redirect_parse(redirect_with_nonce, sizeof redirect_with_nonce, &redirect),
           IKR_OK);
    STATUS(ikr_init_redirect_write(&redirect.target, &ni, 0, out, sizeof out, &written), IKR_OK);
    CHECK(written == 4 + sizeof redirect_with_nonce);
    CHECK(!memcmp(out, init_response + 28, written));

    STATUS(ikr_init_notifies_write(&notifies, 40, out, sizeof out, &written), IKR_OK);
    CHECK(written == 8 + 14 && out[0] == 41 && out[8] == 40 && out[21] == 1);
}

static void front_door(void)
{
    const ikr_address anycast = v4(203, 0, 113, 1);
    ikr_front_door door = {.anycast = &anycast, .anycast_count = 1};
    ikr_arrival arrival = {.destination = anycast};
    ikr_decision decision = {.tag = IKR_DECISION_REDIRECT};
    ikr_init_request request;
    ikr_answer answer;
    uint8_t out[IKR_MAX_ANSWER], newer[sizeof init_request];

    STATUS(ikr_init_request_parse(init_request, sizeof init_request, &request), IKR_OK);
    STATUS(ikr_target_name("gw2.example.com", 15, &decision.target), IKR_OK);
    STATUS(ikr_front_door_may_redirect(&door, &request, &arrival, &decision.target), IKR_OK);
    STATUS(ikr_front_door_answer(&door, &request, &arrival, &decision, out, sizeof out, &answer),
           IKR_OK);
    CHECK(answer.tag == IKR_ANSWER_REPLY && answer.message.data == out);
    CHECK(answer.message.length == sizeof init_response);
    CHECK(!memcmp(out, init_response, sizeof init_response));
    CHECK(!memcmp(&answer.from, &anycast, sizeof anycast));

    decision.tag = IKR_DECISION_PROCEED;
    STATUS(ikr_front_door_answer(&door, &request, &arrival, &decision, out, sizeof out, &answer),
           IKR_OK);
    CHECK(answer.tag == IKR_ANSWER_REFUSED && answer.reason == IKR_REASON_ANYCAST_PROCEED);
    arrival.destination = v4(192, 0, 2, 1);
    STATUS(ikr_front_door_answer(&door, &request, &arrival, &decision, out, sizeof out, &answer),
           IKR_OK);
    CHECK(answer.tag == IKR_ANSWER_GO_ON);

    memcpy(newer, init_request, sizeof newer);
    newer[17] = 0x30;
    STATUS(ikr_init_request_parse(newer, sizeof newer, &request),
           IKR_REASON_BASE + IKR_REASON_UNSUPPORTED_VERSION);
    STATUS(ikr_front_door_reject(&door, newer, sizeof newer, &arrival, out, sizeof out, &answer),
           IKR_OK);
    CHECK(answer.tag == IKR_ANSWER_REPLY && out[35] == 5);
}

static void client(void)
{
    static ikr_initiator machine, other;
    ikr_initiator_config config;
    ikr_initiator_actions actions;
    ikr_initiator_view view;
    ikr_initiator_event event = {.tag = IKR_INITIATOR_EVENT_INIT_RESPONSE_RECEIVED,
                                 .sent_spi = {SPI_OCTETS}, .sent_nonce = {nonce, sizeof nonce}};
    const ikr_address first = v4(203, 0, 113, 1), second = v4(192, 0, 2, 45);
    const ikr_address third = v4(192, 0, 2, 46);
    uint32_t sa, question;

    STATUS(ikr_initiator_default_config(&config), IKR_OK);
    CHECK(config.max_redirects == 5 && config.moving == IKR_MAKE_BEFORE_BREAK);
    STATUS(ikr_initiator_init(&machine, sizeof machine, &config), IKR_OK);
    STATUS(ikr_initiator_connect(&machine, 0, &first, &actions), IKR_OK);
    CHECK(actions.count == 1 && actions.items[0].tag == IKR_INITIATOR_ACTION_START_INIT);
    CHECK(!memcmp(&actions.items[0].to, &first, sizeof first));
    CHECK(actions.items[0].notifies.redirect_supported == 1);
    sa = actions.items[0].sa;

    STATUS(ikr_init_response_parse(init_response, sizeof init_response, &event.response), IKR_OK);
    STATUS(ikr_initiator_handle(&machine, 5, sa, &event, &actions), IKR_OK);
    CHECK(actions.count == 1 && actions.items[0].tag == IKR_INITIATOR_ACTION_VET);
    CHECK(actions.items[0].provenance == IKR_PROVENANCE_INIT);
    CHECK(!strncmp(actions.items[0].target.name, "gw2.example.com", 15));
    question = actions.items[0].question;
    STATUS(ikr_initiator_look(&machine, 5, &view), IKR_OK);
    CHECK(view.phase == IKR_INITIATOR_PHASE_INIT && view.has_question && view.has_notifies);
    CHECK(view.deadline == 10005 && view.sa == sa && view.question == question);

    other = machine;
    STATUS(ikr_initiator_refuse(&other, 6, question, IKR_REFUSED_BY_POLICY, &actions), IKR_OK);
    CHECK(actions.items[0].reason == IKR_REASON_POLICY_REFUSED);
    other = machine;
    STATUS(ikr_initiator_rebase(&other, 5, 1005), IKR_OK);
    STATUS(ikr_initiator_timeout(&other, 11005, &actions), IKR_OK);
    CHECK(actions.count == 2 && actions.items[0].tag == IKR_INITIATOR_ACTION_ABANDON_VET);
    CHECK(actions.items[1].tag == IKR_INITIATOR_ACTION_REFUSED);
    CHECK(actions.items[1].reason == IKR_REASON_VET_TIMEOUT);

    STATUS(ikr_initiator_permit(&machine, 6, question, &second, &actions), IKR_OK);
    CHECK(actions.count == 3 && actions.items[0].tag == IKR_INITIATOR_ACTION_REDIRECTED);
    CHECK(actions.items[1].tag == IKR_INITIATOR_ACTION_DROP_SA && actions.items[1].sa == sa);
    CHECK(actions.items[2].tag == IKR_INITIATOR_ACTION_START_INIT);
    CHECK(!memcmp(&actions.items[2].notifies.redirected_from, &first, sizeof first));
    STATUS(ikr_initiator_retry(&machine, 7, &third, &actions), IKR_OK);
    CHECK(actions.count == 2 && actions.items[1].tag == IKR_INITIATOR_ACTION_START_INIT);
    STATUS(ikr_initiator_close(&machine, 8, &actions), IKR_OK);
    STATUS(ikr_initiator_look(&machine, 8, &view), IKR_OK);
    CHECK(view.phase == IKR_INITIATOR_PHASE_IDLE && !view.has_sa && view.followed == 1);

    STATUS(ikr_initiator_init_established(&machine, sizeof machine, &config, &first), IKR_OK);
    STATUS(ikr_initiator_renew(&machine, 0, &second, &actions), IKR_OK);
    STATUS(ikr_initiator_look(&machine, 0, &view), IKR_OK);
    CHECK(view.has_kept && view.phase == IKR_INITIATOR_PHASE_INIT);
}

static void gateway(void)
{
    ikr_responder machine, other;
    ikr_responder_config config;
    ikr_responder_actions actions;
    ikr_responder_view view;
    ikr_responder_event event = {.tag = IKR_RESPONDER_EVENT_AUTH_REQUEST_RECEIVED,
                                 .peer_auth = IKR_AUTH_VERIFIED, .contents.auth = 1};
    uint64_t stay;

    STATUS(ikr_responder_default_config(&config), IKR_OK);
    CHECK(config.grace == 30000 && config.retransmission == IKR_RETRANSMIT_BY_MACHINE);
    CHECK(config.give_up_after == 600000 && config.first_pause == 2000 && config.tries == 12);
    STATUS(ikr_responder_longest_stay(&config, &stay), IKR_OK);
    CHECK(stay == 348000);

    STATUS(ikr_responder_init(&machine, sizeof machine, &config, &redirectable), IKR_OK);
    STATUS(ikr_responder_handle(&machine, 0, &event, &actions), IKR_OK);
    CHECK(actions.count == 1 && actions.items[0].tag == IKR_RESPONDER_ACTION_DECIDE);
    CHECK(actions.items[0].stage == IKR_STAGE_COMPLETE);
    STATUS(ikr_responder_redirect(&machine, 0, 7, &actions), IKR_OK);
    CHECK(actions.items[0].tag == IKR_RESPONDER_ACTION_RESPOND_REDIRECT);
    CHECK(actions.items[0].target == 7 && actions.items[0].with_auth);

    STATUS(ikr_responder_init_established(&machine, sizeof machine, &config, &redirectable),
           IKR_OK);
    STATUS(ikr_responder_redirect_at(&machine, 0, 8, 500, &actions), IKR_OK);
    CHECK(actions.count == 0);
    STATUS(ikr_responder_look(&machine, &view), IKR_OK);
    CHECK(view.phase == IKR_RESPONDER_PHASE_SCHEDULED && view.awaits == IKR_AWAITS_SCHEDULE);
    CHECK(view.deadline == 500 && view.target == 8 && view.has_target && view.supports_redirect);
    other = machine;
    STATUS(ikr_responder_cancel(&other, 0, &actions), IKR_OK);
    STATUS(ikr_responder_rebase(&machine, 0, 1000), IKR_OK);
    STATUS(ikr_responder_timeout(&machine, 500, &actions), IKR_OK);
    CHECK(actions.count == 0);
    STATUS(ikr_responder_timeout(&machine, 1500, &actions), IKR_OK);
    CHECK(actions.count == 1 && actions.items[0].tag == IKR_RESPONDER_ACTION_SEND_REDIRECT);
    CHECK(actions.items[0].target == 8);
}

int main(void)
{
    names();
    targets();
    codec();
    front_door();
    client();
    gateway();
    return verdict("calls");
}
