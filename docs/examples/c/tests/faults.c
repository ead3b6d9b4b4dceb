/* Gives each function what it must not get: it says so, and changes nothing. */
#include "check.h"
#include "messages.h"

#if defined(__has_include) && __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(at, size) (void)(at)
#endif

/* An address at which nothing aligned can stand. */
#define ODD(pointer) ((void *)((uintptr_t)(pointer) + 1))
#define SIZE(machine) (machine), sizeof *(machine)

static ikr_address address;
static ikr_target target;
static ikr_init_request request;
static ikr_arrival arrival;
static ikr_decision decision;
static ikr_front_door door;
static uint8_t out[IKR_MAX_ANSWER];
static size_t written;

static void fill(void)
{
    address = v4(192, 0, 2, 1);
    target = (ikr_target){.kind = IKR_IPV4, .address = {192, 0, 2, 45}};
    STATUS(ikr_init_request_parse(init_request, sizeof init_request, &request), IKR_OK);
    arrival = (ikr_arrival){.destination = address};
    decision = (ikr_decision){.tag = IKR_DECISION_REDIRECT, .target = target};
    door = (ikr_front_door){0};
}

static void values(void)
{
    ikr_target_rules rules = {0}, wrong = {.allow_loopback = 2};
    ikr_address none = {0}, unknown = {.kind = 9};

    STATUS(ikr_target_name(NULL, 3, &target), IKR_NULL_POINTER);
    STATUS(ikr_target_name("a.example", 9, NULL), IKR_NULL_POINTER);
    STATUS(ikr_target_name("a.example", 9, ODD(&target)), IKR_MISALIGNED);
    STATUS(ikr_target_name("a.example", SIZE_MAX, &target), IKR_WRONG_SIZE);
    STATUS(ikr_target_name("\xff\xfe", 2, &target), IKR_REASON_BASE + IKR_REASON_FQDN_SYNTAX);
    STATUS(ikr_target_name(NULL, 0, &target), IKR_REASON_BASE + IKR_REASON_FQDN_SYNTAX);
    CHECK(target.kind == IKR_NONE);
    STATUS(ikr_target_check(NULL, &address), IKR_NULL_POINTER);
    STATUS(ikr_target_check(&rules, NULL), IKR_NULL_POINTER);
    STATUS(ikr_target_check(&wrong, &address), IKR_NO_FLAG);
    STATUS(ikr_target_check(&rules, &none), IKR_UNKNOWN_TAG);
    STATUS(ikr_target_check(&rules, &unknown), IKR_UNKNOWN_TAG);
}

static void codec(void)
{
    ikr_header header = {0};
    ikr_init_request seen = {.length = 77};
    ikr_init_response response;
    ikr_contents contents;
    ikr_redirect redirect;
    ikr_octets ni = {nonce, sizeof nonce}, nowhere = {NULL, 16}, tiny = {nonce, 15};
    ikr_init_notifies notifies = {.redirect_supported = 1};

    STATUS(ikr_header_parse(NULL, 28, &header), IKR_NULL_POINTER);
    STATUS(ikr_header_parse(init_request, 28, NULL), IKR_NULL_POINTER);
    STATUS(ikr_header_parse(NULL, 0, &header), IKR_REASON_BASE + IKR_REASON_TRUNCATED);
    STATUS(ikr_header_write(NULL, 0, out, sizeof out, &written), IKR_NULL_POINTER);
    STATUS(ikr_header_write(&header, 0, out, sizeof out, NULL), IKR_NULL_POINTER);
    STATUS(ikr_header_write(&header, 0, NULL, 28, &written), IKR_NULL_POINTER);
    STATUS(ikr_header_write(&header, 0, out, 27, &written), IKR_BUFFER_TOO_SMALL);
    CHECK(written == 28);
    STATUS(ikr_header_write(&header, 0, NULL, 0, &written), IKR_BUFFER_TOO_SMALL);

    STATUS(ikr_init_request_parse(init_request, 40, &seen),
           IKR_REASON_BASE + IKR_REASON_TRUNCATED);
    CHECK(seen.length == 77);
    STATUS(ikr_init_request_parse(init_request, sizeof init_request, NULL), IKR_NULL_POINTER);
    STATUS(ikr_init_request_parse(init_request, sizeof init_request, ODD(&seen)), IKR_MISALIGNED);
    STATUS(ikr_init_response_parse(init_request, sizeof init_request, &response),
           IKR_REASON_BASE + IKR_REASON_WRONG_FLAGS);
    STATUS(ikr_init_response_parse(NULL, 1, &response), IKR_NULL_POINTER);
    STATUS(ikr_init_response_parse(init_response, sizeof init_response, NULL), IKR_NULL_POINTER);
    STATUS(ikr_contents_parse(41, informational, sizeof informational - 1, &contents),
           IKR_REASON_BASE + IKR_REASON_TRUNCATED);
    STATUS(ikr_contents_parse(41, informational, sizeof informational, NULL), IKR_NULL_POINTER);
    STATUS(ikr_redirect_parse(NULL, 8, &redirect), IKR_NULL_POINTER);
    STATUS(ikr_redirect_parse(redirect_to_name, sizeof redirect_to_name, NULL), IKR_NULL_POINTER);
    STATUS(ikr_init_redirect_parse(redirect_to_name, sizeof redirect_to_name, &redirect),
           IKR_REASON_BASE + IKR_REASON_NONCE_ABSENT);
    CHECK(redirect.state == IKR_INVALID && redirect.reason == IKR_REASON_NONCE_ABSENT);

    STATUS(ikr_redirect_write(NULL, 0, out, sizeof out, &written), IKR_NULL_POINTER);
    STATUS(ikr_redirect_write(&target, 0, out, 13, &written), IKR_BUFFER_TOO_SMALL);
    CHECK(written == 14);
    STATUS(ikr_init_redirect_write(&target, NULL, 0, out, sizeof out, &written), IKR_NULL_POINTER);
    STATUS(ikr_init_redirect_write(&target, &nowhere, 0, out, 99, &written), IKR_NULL_POINTER);
    STATUS(ikr_init_redirect_write(&target, &tiny, 0, out, sizeof out, &written),
           IKR_REASON_BASE + IKR_REASON_NONCE_LENGTH);
    STATUS(ikr_init_redirect_write(&target, &ni, 0, out, 29, &written), IKR_BUFFER_TOO_SMALL);
    /* What is read stands at the end of the room, or at its front. */
    memcpy(out, nonce, sizeof nonce);
    ni.data = out;
    STATUS(ikr_init_redirect_write(&target, &ni, 0, out, sizeof out, &written), IKR_OVERLAP);
    STATUS(ikr_init_redirect_write(&target, &ni, 0, out + 15, 60, &written), IKR_OVERLAP);
    STATUS(ikr_init_redirect_write(&target, &ni, 0, out + 16, 60, &written), IKR_OK);
    memcpy(out + 300, "gw2.example.com", 15);
    STATUS(ikr_target_name((char *)out + 300, 15, &target), IKR_OK);
    STATUS(ikr_redirect_write(&target, 0, out, 301, &written), IKR_OVERLAP);
    STATUS(ikr_redirect_write(&target, 0, out, 300, &written), IKR_OK);
    fill();
    written = 77;
    STATUS(ikr_header_write(&header, 0, NULL, 28, &written), IKR_NULL_POINTER);
    CHECK(written == 77);
    STATUS(ikr_init_notifies_write(&notifies, 0, out, 7, &written), IKR_BUFFER_TOO_SMALL);
    notifies.redirect_supported = 255;
    STATUS(ikr_init_notifies_write(&notifies, 0, out, sizeof out, &written), IKR_NO_FLAG);
    notifies = (ikr_init_notifies){.redirected_from.kind = IKR_FQDN};
    STATUS(ikr_init_notifies_write(&notifies, 0, out, sizeof out, &written), IKR_UNKNOWN_TAG);
    STATUS(ikr_init_notifies_write(NULL, 0, out, sizeof out, &written), IKR_NULL_POINTER);
}

#define ANSWER(wanted) \
    STATUS(ikr_front_door_answer(&door, &request, &arrival, &decision, out, sizeof out, &answer), \
           wanted); \
    CHECK(answer.tag == 0); \
    fill()

static void front_door(void)
{
    static ikr_address many[IKR_MAX_ANYCAST + 1];
    ikr_answer answer;

    request.nonce.length = 3;
    ANSWER(IKR_REASON_BASE + IKR_REASON_NONCE_LENGTH);
    request.nonce.data = NULL;
    ANSWER(IKR_NULL_POINTER);
    request.redirected_from_state = 3;
    ANSWER(IKR_UNKNOWN_TAG);
    request.redirected_from_state = IKR_INVALID;
    request.redirected_from_reason = 255;
    ANSWER(IKR_UNKNOWN_REASON);
    request.resumption = 7;
    ANSWER(IKR_NO_FLAG);
    arrival.source_proven = 2;
    ANSWER(IKR_NO_FLAG);
    arrival.destination.kind = IKR_NONE;
    ANSWER(IKR_UNKNOWN_TAG);
    decision.tag = 0;
    ANSWER(IKR_UNKNOWN_TAG);
    decision.target.kind = IKR_NONE;
    ANSWER(IKR_UNKNOWN_TAG);
    door.redirect_resumption = 2;
    ANSWER(IKR_NO_FLAG);
    door.anycast_count = 1;
    ANSWER(IKR_NULL_POINTER);
    door = (ikr_front_door){.anycast = many, .anycast_count = IKR_MAX_ANYCAST + 1};
    ANSWER(IKR_TOO_MANY);
    door = (ikr_front_door){.anycast = many, .anycast_count = SIZE_MAX};
    ANSWER(IKR_TOO_MANY);
    door = (ikr_front_door){.anycast = many, .anycast_count = 1};
    ANSWER(IKR_UNKNOWN_TAG);
    /* An answer is not written over its request. */
    memcpy(out, init_request, sizeof init_request);
    STATUS(ikr_init_request_parse(out, sizeof init_request, &request), IKR_OK);
    ANSWER(IKR_OVERLAP);
    STATUS(ikr_front_door_reject(&door, out, 5, &arrival, out, sizeof out, &answer), IKR_OVERLAP);
    /* A field that does not count is not looked at. */
    request.cookie = (ikr_octets){NULL, 9};
    STATUS(ikr_front_door_answer(&door, &request, &arrival, &decision, out, sizeof out, &answer),
           IKR_OK);
    CHECK(answer.tag == IKR_ANSWER_REPLY);
    request.has_cookie = 1;
    ANSWER(IKR_NULL_POINTER);
    STATUS(ikr_front_door_answer(NULL, &request, &arrival, &decision, out, 9, &answer),
           IKR_NULL_POINTER);
    STATUS(ikr_front_door_answer(&door, &request, &arrival, &decision, out, 9, NULL),
           IKR_NULL_POINTER);
    STATUS(ikr_front_door_answer(&door, &request, &arrival, &decision, out, 9, &answer),
           IKR_BUFFER_TOO_SMALL);
    STATUS(ikr_front_door_reject(&door, NULL, 5, &arrival, out, sizeof out, &answer),
           IKR_NULL_POINTER);
    STATUS(ikr_front_door_reject(&door, init_request, 5, NULL, out, sizeof out, &answer),
           IKR_NULL_POINTER);
    STATUS(ikr_front_door_may_redirect(&door, &request, &arrival, NULL), IKR_NULL_POINTER);
    STATUS(ikr_front_door_may_redirect(&door, NULL, &arrival, &target), IKR_NULL_POINTER);
}

#define UNCHANGED(machine, call, wanted)                    \
    do {                                                    \
        /* Between the fields of a machine there is padding. */ \
        VALGRIND_MAKE_MEM_DEFINED(machine, sizeof before);  \
        before = *(machine);                                \
        actions.count = 9;                                  \
        STATUS(call, wanted);                               \
        CHECK(!memcmp(&before, (machine), sizeof before));  \
        CHECK(actions.count == 0);                          \
    } while (0)

static void client(void)
{
    static ikr_initiator machine, before;
    static ikr_responder not_one;
    ikr_initiator_config config;
    ikr_initiator_actions actions;
    ikr_initiator_view view;
    ikr_initiator_event event = {0};

    STATUS(ikr_initiator_default_config(NULL), IKR_NULL_POINTER);
    STATUS(ikr_initiator_default_config(&config), IKR_OK);
    STATUS(ikr_initiator_init(NULL, sizeof machine, &config), IKR_NULL_POINTER);
    STATUS(ikr_initiator_init(ODD(&machine), sizeof machine, &config), IKR_MISALIGNED);
    STATUS(ikr_initiator_init(&machine, sizeof machine - 8, &config), IKR_WRONG_SIZE);
    STATUS(ikr_initiator_init(SIZE(&machine), NULL), IKR_NULL_POINTER);
    config.moving = 0;
    STATUS(ikr_initiator_init(SIZE(&machine), &config), IKR_UNKNOWN_TAG);
    config.moving = IKR_BREAK_BEFORE_MAKE;
    config.max_redirects = 255;
    STATUS(ikr_initiator_init(SIZE(&machine), &config),
           IKR_MISUSE_BASE + IKR_MISUSE_LIMIT_TOO_LARGE);
    /* Zeros are no machine, nor is one of the other kind. */
    STATUS(ikr_initiator_connect(&machine, 0, &address, &actions), IKR_WRONG_OBJECT);
    STATUS(ikr_initiator_timeout((ikr_initiator *)&not_one, 0, &actions), IKR_WRONG_OBJECT);

    ikr_initiator_default_config(&config);
    STATUS(ikr_initiator_init_established(SIZE(&machine), &config, NULL), IKR_NULL_POINTER);
    STATUS(ikr_initiator_init_established(SIZE(&machine), &config, &address), IKR_OK);
    STATUS(ikr_initiator_connect(&machine, 0, &address, NULL), IKR_NULL_POINTER);
    STATUS(ikr_initiator_connect(NULL, 0, &address, &actions), IKR_NULL_POINTER);
    UNCHANGED(&machine, ikr_initiator_connect(&machine, 0, NULL, &actions), IKR_NULL_POINTER);
    UNCHANGED(&machine, ikr_initiator_connect(&machine, 0, &address, &actions),
              IKR_MISUSE_BASE + IKR_MISUSE_ALREADY_CONNECTED);
    UNCHANGED(&machine, ikr_initiator_permit(&machine, 0, 5, &address, &actions),
              IKR_MISUSE_BASE + IKR_MISUSE_UNKNOWN_QUESTION);
    UNCHANGED(&machine, ikr_initiator_refuse(&machine, 0, 5, 3, &actions), IKR_UNKNOWN_TAG);
    UNCHANGED(&machine, ikr_initiator_retry(&machine, 0, ODD(&address), &actions), IKR_MISALIGNED);
    UNCHANGED(&machine, ikr_initiator_renew(&machine, 0, NULL, &actions), IKR_NULL_POINTER);
    STATUS(ikr_initiator_close(NULL, 0, &actions), IKR_NULL_POINTER);
    STATUS(ikr_initiator_look(&machine, 0, NULL), IKR_NULL_POINTER);
    STATUS(ikr_initiator_look(NULL, 0, &view), IKR_NULL_POINTER);
    STATUS(ikr_initiator_rebase(NULL, 0, 1), IKR_NULL_POINTER);

    UNCHANGED(&machine, ikr_initiator_handle(&machine, 0, 0, NULL, &actions), IKR_NULL_POINTER);
    UNCHANGED(&machine, ikr_initiator_handle(&machine, 0, 0, &event, &actions), IKR_UNKNOWN_TAG);
    event.tag = IKR_INITIATOR_EVENT_INFORMATIONAL_RECEIVED;
    event.repeated = 2;
    UNCHANGED(&machine, ikr_initiator_handle(&machine, 0, 0, &event, &actions), IKR_NO_FLAG);
    event.repeated = 0;
    event.contents.redirect.state = 77;
    UNCHANGED(&machine, ikr_initiator_handle(&machine, 0, 0, &event, &actions), IKR_UNKNOWN_TAG);
    event.contents.redirect.state = IKR_INVALID;
    event.contents.redirect.reason = 0xffff;
    UNCHANGED(&machine, ikr_initiator_handle(&machine, 0, 0, &event, &actions),
              IKR_UNKNOWN_REASON);
    event.contents.redirect.state = IKR_VALID;
    event.contents.redirect.target = (ikr_target){.kind = IKR_FQDN, .name = NULL, .name_length = 9};
    UNCHANGED(&machine, ikr_initiator_handle(&machine, 0, 0, &event, &actions), IKR_NULL_POINTER);
    event.contents.redirect.target = (ikr_target){.kind = IKR_FQDN, .name = "..", .name_length = 2};
    UNCHANGED(&machine, ikr_initiator_handle(&machine, 0, 0, &event, &actions),
              IKR_REASON_BASE + IKR_REASON_FQDN_SYNTAX);
    event.tag = IKR_INITIATOR_EVENT_AUTH_RESPONSE_RECEIVED;
    event.peer_auth = 3;
    UNCHANGED(&machine, ikr_initiator_handle(&machine, 0, 0, &event, &actions), IKR_UNKNOWN_TAG);
    /* A peer's fault is no error, and neither is an IKE SA that is not known. */
    event.contents.redirect = (ikr_redirect){.state = IKR_INVALID, .reason = IKR_REASON_SPI_SIZE};
    event.tag = IKR_INITIATOR_EVENT_INFORMATIONAL_RECEIVED;
    STATUS(ikr_initiator_handle(&machine, 0, 0, &event, &actions), IKR_OK);
    CHECK(actions.count == 2 && actions.items[1].reason == IKR_REASON_SPI_SIZE);
    STATUS(ikr_initiator_handle(&machine, 0, 66, &event, &actions), IKR_OK);
    CHECK(actions.count == 1 && actions.items[0].reason == IKR_REASON_UNKNOWN_SA);
}

static void gateway(void)
{
    static ikr_responder machine, before;
    ikr_responder_config config;
    ikr_responder_actions actions;
    ikr_responder_view view;
    ikr_responder_event event = {0};
    ikr_client known = {.supports_redirect = 0}, wrong = {.supports_redirect = 2};
    uint64_t stay;

    STATUS(ikr_responder_default_config(ODD(&config)), IKR_MISALIGNED);
    STATUS(ikr_responder_default_config(&config), IKR_OK);
    STATUS(ikr_responder_longest_stay(&config, NULL), IKR_NULL_POINTER);
    STATUS(ikr_responder_longest_stay(NULL, &stay), IKR_NULL_POINTER);
    STATUS(ikr_responder_init(SIZE(&machine), &config, NULL), IKR_NULL_POINTER);
    STATUS(ikr_responder_init(SIZE(&machine), &config, &wrong), IKR_NO_FLAG);
    STATUS(ikr_responder_init(&machine, 0, &config, &known), IKR_WRONG_SIZE);
    STATUS(ikr_responder_init_established(&machine, sizeof machine + 1, &config, &known),
           IKR_WRONG_SIZE);
    STATUS(ikr_responder_redirect(&machine, 0, 1, &actions), IKR_WRONG_OBJECT);
    config.retransmission = 3;
    STATUS(ikr_responder_init(SIZE(&machine), &config, &known), IKR_UNKNOWN_TAG);
    config.retransmission = IKR_RETRANSMIT_BY_HOST;
    STATUS(ikr_responder_init_established(SIZE(&machine), &config, &known), IKR_OK);
    UNCHANGED(&machine, ikr_responder_redirect(&machine, 0, 1, &actions),
              IKR_MISUSE_BASE + IKR_MISUSE_CLIENT_UNSUPPORTED);
    UNCHANGED(&machine, ikr_responder_redirect_at(&machine, 0, 1, 5, &actions),
              IKR_MISUSE_BASE + IKR_MISUSE_CLIENT_UNSUPPORTED);
    UNCHANGED(&machine, ikr_responder_cancel(&machine, 0, &actions),
              IKR_MISUSE_BASE + IKR_MISUSE_NOTHING_TO_CANCEL);
    UNCHANGED(&machine, ikr_responder_handle(&machine, 0, &event, &actions), IKR_UNKNOWN_TAG);
    event.tag = IKR_RESPONDER_EVENT_AUTH_RESPONSE_SENT;
    event.auth_sent.eap = 9;
    UNCHANGED(&machine, ikr_responder_handle(&machine, 0, &event, &actions), IKR_NO_FLAG);
    STATUS(ikr_responder_handle(&machine, 0, &event, NULL), IKR_NULL_POINTER);
    STATUS(ikr_responder_timeout(NULL, 0, &actions), IKR_NULL_POINTER);
    STATUS(ikr_responder_look(NULL, &view), IKR_NULL_POINTER);
    STATUS(ikr_responder_look(&machine, ODD(&view)), IKR_MISALIGNED);
    STATUS(ikr_responder_rebase(ODD(&machine), 0, 0), IKR_MISALIGNED);
    STATUS(ikr_initiator_timeout((ikr_initiator *)&machine, 0, NULL), IKR_NULL_POINTER);
}

int main(void)
{
    fill();
    values();
    fill();
    codec();
    front_door();
    client();
    gateway();
    return verdict("faults");
}
