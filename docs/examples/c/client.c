/*
 * A VPN client in C that is redirected twice: in IKE_SA_INIT, to a name, and in the middle of its
 * session, to an address. It logs in with EAP, and somebody in between tries a third time.
 *
 * The gateways are in here, too: a front door, and one with the gateway's machine. There is no
 * network and no crypto; the messages of IKE_SA_INIT are whole, those of the later exchanges are
 * the payloads as they stand inside SK. Runs on a host and, unchanged, on a chip.
 */
#include "ikev2_redirect.h"
#include "say.h"

enum { SA = 33, KE = 34, IDI = 35, IDR = 36, AUTH = 39, NONCE = 40, NOTIFY = 41, EAP = 48 };
enum { FIRST_GATEWAY = 2, SECOND_GATEWAY = 3 };

static const ikr_address anycast = {IKR_IPV4, {203, 0, 113, 1}};
static const ikr_address gateway_2 = {IKR_IPV4, {192, 0, 2, FIRST_GATEWAY}};

static uint64_t now; /* milliseconds */

/* ---- Octets ---- */

typedef struct {
    uint8_t octets[512];
    size_t length, last; /* last: where the latest payload begins */
} message_t;

static void copy(void *to, const void *from, size_t length)
{
    for (size_t i = 0; i < length; i++)
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
}

static int same(const void *a, const void *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (((const uint8_t *)a)[i] != ((const uint8_t *)b)[i])
            return 0;
    return 1;
}

/* Adds a payload of `length` octets `fill`, with `next` behind it. */
static void add(message_t *message, uint8_t next, size_t length, uint8_t fill)
{
    uint8_t *at = message->octets + message->length;

    at[0] = next;
    at[1] = 0;
    at[2] = 0;
    at[3] = (uint8_t)(length + 4);
    for (size_t i = 4; i < length + 4; i++)
        at[i] = fill;
    message->last = message->length;
    message->length += length + 4;
}

/* Puts the header in front of a message whose payloads stand behind the room for it. */
static void close_message(message_t *message, uint8_t spi, uint8_t responder, uint8_t flags)
{
    ikr_header header = {.next_payload = SA, .exchange = 34, .flags = flags};
    size_t written;

    header.initiator_spi[7] = spi;
    header.responder_spi[7] = responder;
    ikr_header_write(&header, (uint32_t)message->length - IKR_HEADER_LENGTH, message->octets,
                     sizeof message->octets, &written);
}

/* ---- The client ---- */

/* What the host knows of an IKE SA; the number that the machine gives is the index. */
typedef struct {
    ikr_address gateway;
    uint8_t spi;
    uint8_t nonce[32];
} sa_t;

static ikr_initiator machine;
static sa_t sas[8];
static message_t request;
static uint32_t current, acknowledged, deleted, ignored, followed;

static void tell(uint32_t sa, ikr_initiator_event *event);

static void start(const ikr_initiator_action *action)
{
    sa_t *sa = &sas[action->sa % 8];
    size_t written;

    current = action->sa;
    sa->gateway = action->to;
    /* A fresh SPI and a fresh nonce: no former gateway may know them. Yours are random. */
    sa->spi = (uint8_t)(action->sa + 1);
    for (size_t i = 0; i < sizeof sa->nonce; i++)
        sa->nonce[i] = (uint8_t)(16 * action->sa + i);

    request.length = IKR_HEADER_LENGTH;
    add(&request, KE, 40, 1);
    add(&request, NONCE, 68, 2);
    add(&request, NOTIFY, sizeof sa->nonce, 0);
    copy(request.octets + request.last + 4, sa->nonce, sizeof sa->nonce);
    ikr_init_notifies_write(&action->notifies, 0, request.octets + request.length,
                            sizeof request.octets - request.length, &written);
    request.length += written;
    close_message(&request, sa->spi, 0, 0x08);
}

/* The user's policy and DNS in one: a name that is known, and addresses of one network. */
static int resolve(const ikr_target *target, ikr_address *address)
{
    static const char known[] = "gw2.example.com";

    if (target->kind == IKR_FQDN) {
        *address = gateway_2;
        return target->name_length == sizeof known - 1 &&
               same(target->name, known, sizeof known - 1);
    }
    address->kind = target->kind;
    copy(address->octets, target->address, sizeof address->octets);
    return target->kind == IKR_IPV4 && same(target->address, gateway_2.octets, 3);
}

static void carry_out(const ikr_initiator_actions *actions)
{
    for (size_t i = 0; i < actions->count; i++) {
        const ikr_initiator_action *action = &actions->items[i];
        ikr_initiator_actions then;
        ikr_address address = {0};

        switch (action->tag) {
        case IKR_INITIATOR_ACTION_START_INIT:
            say("  start IKE_SA_INIT\n");
            start(action);
            break;
        case IKR_INITIATOR_ACTION_PASS_ON:
            break; /* what the IKE stack does as usual */
        case IKR_INITIATOR_ACTION_VET:
            /* A name points into the message: it is used here and not kept. */
            if (resolve(&action->target, &address))
                ikr_initiator_permit(&machine, now, action->question, &address, &then);
            else
                ikr_initiator_refuse(&machine, now, action->question, IKR_REFUSED_BY_POLICY, &then);
            carry_out(&then);
            break;
        case IKR_INITIATOR_ACTION_ABANDON_VET:
            break; /* verdicts are given at once here */
        case IKR_INITIATOR_ACTION_ACKNOWLEDGE:
            say("  acknowledge\n");
            acknowledged++;
            break;
        case IKR_INITIATOR_ACTION_DELETE_SA:
            say("  delete the old IKE SA\n");
            deleted++;
            break;
        case IKR_INITIATOR_ACTION_DROP_SA:
        case IKR_INITIATOR_ACTION_REJECT_SA:
            say("  forget the attempt\n");
            break;
        case IKR_INITIATOR_ACTION_REDIRECTED:
            say("  redirected\n");
            followed++;
            break;
        case IKR_INITIATOR_ACTION_IGNORED:
            say("  ignored: ");
            say(ikr_reason_name(action->reason));
            say("\n");
            ignored = action->reason;
            break;
        case IKR_INITIATOR_ACTION_MISUSED:
            say("  a fault of this program: ");
            say(ikr_misuse_name(action->misuse));
            say("\n");
            break;
        case IKR_INITIATOR_ACTION_TOLERATED:
        case IKR_INITIATOR_ACTION_REFUSED:
        case IKR_INITIATOR_ACTION_MOVE_FAILED:
        case IKR_INITIATOR_ACTION_FAILED:
            say("  ");
            say(ikr_reason_name(action->reason));
            say("\n");
            break;
        }
    }
}

static void tell(uint32_t sa, ikr_initiator_event *event)
{
    ikr_initiator_actions actions;

    now += 10;
    if (ikr_initiator_handle(&machine, now, sa, event, &actions) != IKR_OK)
        say("  no event\n");
    carry_out(&actions);
}

static void receive_init(uint32_t sa, const uint8_t *octets, size_t length)
{
    ikr_initiator_event event = {.tag = IKR_INITIATOR_EVENT_INIT_RESPONSE_RECEIVED};

    if (ikr_init_response_parse(octets, length, &event.response) != IKR_OK)
        return; /* no answer: the request is sent again, as usual */
    event.sent_spi[7] = sas[sa % 8].spi;
    event.sent_nonce.data = sas[sa % 8].nonce;
    event.sent_nonce.length = sizeof sas[sa % 8].nonce;
    tell(sa, &event);
}

static void send_auth(uint32_t sa, ikr_auth_message what)
{
    ikr_initiator_event event = {.tag = IKR_INITIATOR_EVENT_AUTH_REQUEST_SENT, .auth_sent = what};

    tell(sa, &event);
}

static void receive(uint32_t sa, uint32_t tag, uint32_t peer_auth, uint8_t first,
                    const message_t *chain)
{
    ikr_initiator_event event = {.tag = tag, .peer_auth = peer_auth};

    if (ikr_contents_parse(first, chain->octets, chain->length, &event.contents) == IKR_OK)
        tell(sa, &event);
}

/* ---- The gateways ---- */

/* The front door sends everybody to gw2.example.com. */
static void ask_front_door(void)
{
    ikr_front_door door = {.anycast = &anycast, .anycast_count = 1};
    ikr_arrival arrival = {.destination = anycast};
    ikr_decision decision = {.tag = IKR_DECISION_REDIRECT};
    ikr_init_request seen;
    ikr_answer answer;
    uint8_t out[IKR_MAX_ANSWER];

    ikr_target_name("gw2.example.com", 15, &decision.target);
    if (ikr_init_request_parse(request.octets, request.length, &seen) == IKR_OK &&
        ikr_front_door_answer(&door, &seen, &arrival, &decision, out, sizeof out, &answer) ==
            IKR_OK &&
        answer.tag == IKR_ANSWER_REPLY)
        receive_init(current, answer.message.data, answer.message.length);
}

/* A gateway accepts: keys, three rounds of EAP, an IKE SA. */
static void log_in(uint32_t sa)
{
    static const ikr_auth_message nothing = {0}, eap = {.eap = 1}, auth = {.auth = 1};
    const uint32_t received = IKR_INITIATOR_EVENT_AUTH_RESPONSE_RECEIVED;
    const ikr_target elsewhere = {.kind = IKR_IPV4, .address = {192, 0, 2, 66}};
    ikr_initiator_event completed = {.tag = IKR_INITIATOR_EVENT_INIT_COMPLETED};
    ikr_initiator_event established = {.tag = IKR_INITIATOR_EVENT_ESTABLISHED};
    message_t response = {.length = IKR_HEADER_LENGTH}, chain = {.length = 0};
    size_t written;

    add(&response, KE, 40, 1);
    add(&response, NONCE, 68, 2);
    add(&response, 0, 32, 3);
    close_message(&response, sas[sa % 8].spi, 9, 0x20);
    receive_init(sa, response.octets, response.length);
    tell(sa, &completed);

    send_auth(sa, nothing); /* IDi without AUTH: the client wants EAP */
    add(&chain, AUTH, 8, 1);
    add(&chain, EAP, 24, 1);
    add(&chain, 0, 5, 1);
    receive(sa, received, IKR_AUTH_VERIFIED, IDR, &chain);

    send_auth(sa, eap); /* In the middle of EAP no REDIRECT counts. */
    chain.length = 0;
    add(&chain, NOTIFY, 5, 1);
    ikr_redirect_write(&elsewhere, 0, chain.octets + chain.length,
                       sizeof chain.octets - chain.length, &written);
    chain.length += written;
    receive(sa, received, IKR_AUTH_ABSENT, EAP, &chain);

    send_auth(sa, auth);
    chain.length = 0;
    add(&chain, SA, 24, 1);
    add(&chain, 0, 40, 1);
    receive(sa, received, IKR_AUTH_VERIFIED, AUTH, &chain);
    tell(sa, &established);
}

/* The gateway in use moves its client on; says whether the client has left in the end. */
static int move_client(void)
{
    static ikr_responder session;
    ikr_responder_config config;
    ikr_client known = {.supports_redirect = 1};
    ikr_responder_actions actions;
    ikr_responder_event event = {.tag = IKR_RESPONDER_EVENT_ACKNOWLEDGED};
    ikr_target target = {.kind = IKR_IPV4, .address = {192, 0, 2, SECOND_GATEWAY}};
    message_t chain = {.length = 0};
    uint32_t old = current, before = acknowledged;

    ikr_responder_default_config(&config);
    ikr_responder_init_established(&session, sizeof session, &config, &known);
    ikr_responder_redirect(&session, now, 1, &actions);
    if (actions.count != 1 || actions.items[0].tag != IKR_RESPONDER_ACTION_SEND_REDIRECT)
        return 0;
    ikr_redirect_write(&target, 0, chain.octets, sizeof chain.octets, &chain.length);
    receive(old, IKR_INITIATOR_EVENT_INFORMATIONAL_RECEIVED, 0, NOTIFY, &chain);
    if (acknowledged != before + 1)
        return 0;
    ikr_responder_handle(&session, now, &event, &actions);

    log_in(current); /* to the new gateway; then the client deletes the old IKE SA */
    if (deleted == 0)
        return 0;
    event.tag = IKR_RESPONDER_EVENT_DELETED;
    ikr_responder_handle(&session, now, &event, &actions);
    return actions.count == 1 && actions.items[0].tag == IKR_RESPONDER_ACTION_CLIENT_LEFT;
}

int main(void)
{
    ikr_initiator_config config;
    ikr_initiator_actions actions;
    ikr_initiator_view view;
    int left;

    say("connect to the front door\n");
    ikr_initiator_default_config(&config);
    ikr_initiator_init(&machine, sizeof machine, &config);
    ikr_initiator_connect(&machine, now, &anycast, &actions);
    carry_out(&actions);
    ask_front_door();

    say("log in to gw2.example.com\n");
    log_in(current);

    say("the gateway goes down for maintenance\n");
    left = move_client();

    ikr_initiator_look(&machine, now, &view);
    if (left && followed == 2 && ignored == IKR_REASON_INTERMEDIATE_RESPONSE &&
        view.phase == IKR_INITIATOR_PHASE_UP && !view.has_kept &&
        view.gateway.octets[3] == SECOND_GATEWAY) {
        say("at the second gateway, by two redirects\n");
        return 0;
    }
    say("it went wrong\n");
    return 1;
}
