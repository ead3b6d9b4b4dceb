/* The two machines: a part of ikev2_redirect.h, which includes it. */
#ifndef IKEV2_REDIRECT_H
#error "include ikev2_redirect.h"
#endif

enum {
    IKR_INITIATOR_SIZE = 256,
    IKR_RESPONDER_SIZE = 64,
    IKR_MACHINE_ALIGN = 8,
    IKR_MAX_ACTIONS = 4 /* of one call */
};

/* Room for a machine. It may be copied and moved; look at it with the functions only. */
typedef struct {
    IKR_ALIGNED unsigned char octets[IKR_INITIATOR_SIZE];
} ikr_initiator;

typedef struct {
    IKR_ALIGNED unsigned char octets[IKR_RESPONDER_SIZE];
} ikr_responder;

/* What the host found when it checked the peer's AUTH payload. */
enum { IKR_AUTH_ABSENT = 0, IKR_AUTH_VERIFIED = 1, IKR_AUTH_FAILED = 2 };

/* What an IKE_AUTH message carries. */
typedef struct {
    uint8_t auth, eap, another_auth_follows, multiple_auth_supported; /* flags */
} ikr_auth_message;

/* ---- The client's machine: one for each VPN connection ---- */

/* moving */
enum { IKR_MAKE_BEFORE_BREAK = 1, IKR_BREAK_BEFORE_MAKE = 2 };

typedef struct {
    uint32_t moving;
    uint32_t loop_detect_period, vet_timeout; /* milliseconds */
    uint8_t max_redirects;
    uint8_t announce_again, follow_on_resumption; /* flags */
    ikr_target_rules targets;
} ikr_initiator_config;

enum {
    IKR_INITIATOR_EVENT_INIT_RESPONSE_RECEIVED = 1, /* sent_spi, sent_nonce, response */
    IKR_INITIATOR_EVENT_INIT_COMPLETED = 2,         /* multiple_auth_offered */
    IKR_INITIATOR_EVENT_AUTH_REQUEST_SENT = 3,      /* auth_sent */
    IKR_INITIATOR_EVENT_AUTH_RESPONSE_RECEIVED = 4, /* peer_auth, contents */
    IKR_INITIATOR_EVENT_ESTABLISHED = 5,
    IKR_INITIATOR_EVENT_GIVEN_UP = 6,
    IKR_INITIATOR_EVENT_INFORMATIONAL_RECEIVED = 7, /* contents, repeated */
    IKR_INITIATOR_EVENT_MISPLACED_REDIRECT = 8,
    IKR_INITIATOR_EVENT_DELETED = 9,
    IKR_INITIATOR_EVENT_REKEYED = 10,
    IKR_INITIATOR_EVENT_GATEWAY_MOVED = 11          /* gateway: its new address */
};

/* The tag says which other fields are looked at. */
typedef struct {
    uint32_t tag;
    uint32_t peer_auth; /* IKR_AUTH_... */
    uint8_t sent_spi[8];
    ikr_octets sent_nonce;
    ikr_init_response response;
    ikr_contents contents;
    ikr_auth_message auth_sent;
    ikr_address gateway;
    uint8_t multiple_auth_offered, repeated; /* flags */
} ikr_initiator_event;

enum {
    IKR_INITIATOR_ACTION_START_INIT = 1,  /* sa, to, notifies */
    IKR_INITIATOR_ACTION_PASS_ON = 2,     /* sa */
    IKR_INITIATOR_ACTION_VET = 3,         /* question, sa, target, provenance */
    IKR_INITIATOR_ACTION_ABANDON_VET = 4, /* question */
    IKR_INITIATOR_ACTION_ACKNOWLEDGE = 5, /* sa */
    IKR_INITIATOR_ACTION_DELETE_SA = 6,   /* sa */
    IKR_INITIATOR_ACTION_DROP_SA = 7,     /* sa */
    IKR_INITIATOR_ACTION_REJECT_SA = 8,   /* sa */
    IKR_INITIATOR_ACTION_REDIRECTED = 9,  /* from, to, provenance */
    IKR_INITIATOR_ACTION_TOLERATED = 10,  /* sa, reason */
    IKR_INITIATOR_ACTION_IGNORED = 11,    /* sa, reason */
    IKR_INITIATOR_ACTION_MISUSED = 12,    /* sa, misuse */
    IKR_INITIATOR_ACTION_REFUSED = 13,    /* sa, reason */
    IKR_INITIATOR_ACTION_MOVE_FAILED = 14, /* sa, reason */
    IKR_INITIATOR_ACTION_FAILED = 15      /* reason */
};

/* In which phase a REDIRECT came. */
enum { IKR_PROVENANCE_INIT = 1, IKR_PROVENANCE_AUTH = 2, IKR_PROVENANCE_INFORMATIONAL = 3 };

/* The tag says which other fields count; those that do not are zero. */
typedef struct {
    uint32_t tag;
    uint32_t sa, question;
    uint32_t provenance;
    uint32_t reason, misuse;
    ikr_address from, to;
    ikr_target target; /* a name points into the octets of the event: see "Lifetimes" */
    ikr_init_notifies notifies;
} ikr_initiator_action;

/* To be carried out in order. */
typedef struct {
    size_t count;
    ikr_initiator_action items[IKR_MAX_ACTIONS];
} ikr_initiator_actions;

enum {
    IKR_INITIATOR_PHASE_IDLE = 1,
    IKR_INITIATOR_PHASE_INIT = 2,
    IKR_INITIATOR_PHASE_AUTH = 3,
    IKR_INITIATOR_PHASE_UP = 4
};

/* A number counts if its flag is 1. */
typedef struct {
    uint32_t phase;
    uint32_t sa, kept, question;
    uint32_t followed; /* redirects within the loop period that ends at `now` */
    ikr_address gateway;
    ikr_init_notifies notifies; /* of the request that is out */
    uint8_t has_sa, has_kept, has_question, has_notifies;
    uint64_t deadline; /* when to call ikr_initiator_timeout, or IKR_NEVER */
} ikr_initiator_view;

/* Why a host does not want a redirect. */
enum { IKR_REFUSED_BY_POLICY = 1, IKR_REFUSED_AS_UNRESOLVABLE = 2 };

ikr_status ikr_initiator_default_config(ikr_initiator_config *config);

/* Makes a machine in memory that need not hold anything yet; `size` is sizeof(ikr_initiator). The
 * second makes one whose IKE SA, number 0, is up. Nothing has to be done when it is not needed any
 * more. */
ikr_status ikr_initiator_init(ikr_initiator *machine, size_t size,
                              const ikr_initiator_config *config);
ikr_status ikr_initiator_init_established(ikr_initiator *machine, size_t size,
                                          const ikr_initiator_config *config,
                                          const ikr_address *gateway);

/* Orders. After an error the machine is as it was and the list of actions is empty. */
ikr_status ikr_initiator_connect(ikr_initiator *machine, uint64_t now, const ikr_address *gateway,
                                 ikr_initiator_actions *actions);
ikr_status ikr_initiator_permit(ikr_initiator *machine, uint64_t now, uint32_t question,
                                const ikr_address *address, ikr_initiator_actions *actions);
ikr_status ikr_initiator_refuse(ikr_initiator *machine, uint64_t now, uint32_t question,
                                uint32_t refusal, ikr_initiator_actions *actions);
ikr_status ikr_initiator_retry(ikr_initiator *machine, uint64_t now, const ikr_address *address,
                               ikr_initiator_actions *actions);
ikr_status ikr_initiator_renew(ikr_initiator *machine, uint64_t now, const ikr_address *gateway,
                               ikr_initiator_actions *actions);
ikr_status ikr_initiator_close(ikr_initiator *machine, uint64_t now,
                               ikr_initiator_actions *actions);

/* Takes notice of what happened to an IKE SA. An error means that the event is none: what a peer
 * does never fails. */
ikr_status ikr_initiator_handle(ikr_initiator *machine, uint64_t now, uint32_t sa,
                                const ikr_initiator_event *event, ikr_initiator_actions *actions);
ikr_status ikr_initiator_timeout(ikr_initiator *machine, uint64_t now,
                                 ikr_initiator_actions *actions);
ikr_status ikr_initiator_look(const ikr_initiator *machine, uint64_t now, ikr_initiator_view *view);
/* What was `from` on the clock is `to` now. */
ikr_status ikr_initiator_rebase(ikr_initiator *machine, uint64_t from, uint64_t to);

/* ---- The gateway's machine: one for each IKE SA ---- */

/* retransmission: by the host's IKE stack, which has give_up_after milliseconds; or by the machine,
 * with first_pause and tries */
enum { IKR_RETRANSMIT_BY_HOST = 1, IKR_RETRANSMIT_BY_MACHINE = 2 };

typedef struct {
    uint32_t grace; /* milliseconds */
    uint32_t retransmission;
    uint32_t give_up_after, first_pause; /* milliseconds */
    uint8_t tries;
    uint8_t redirect_unauthenticated; /* flag */
} ikr_responder_config;

/* What the gateway learnt in IKE_SA_INIT. */
typedef struct {
    uint8_t supports_redirect, multiple_auth_offered; /* flags */
} ikr_client;

enum {
    IKR_RESPONDER_EVENT_AUTH_REQUEST_RECEIVED = 1, /* peer_auth, contents */
    IKR_RESPONDER_EVENT_AUTH_RESPONSE_SENT = 2,    /* auth_sent */
    IKR_RESPONDER_EVENT_ACKNOWLEDGED = 3,
    IKR_RESPONDER_EVENT_NO_ANSWER = 4,
    IKR_RESPONDER_EVENT_INFORMATIONAL_RECEIVED = 5, /* contents */
    IKR_RESPONDER_EVENT_MISPLACED_REDIRECT = 6,
    IKR_RESPONDER_EVENT_DELETED = 7,
    IKR_RESPONDER_EVENT_REKEYED = 8
};

/* The tag says which other fields are looked at. */
typedef struct {
    uint32_t tag;
    uint32_t peer_auth; /* IKR_AUTH_... */
    ikr_contents contents;
    ikr_auth_message auth_sent;
} ikr_responder_event;

enum {
    IKR_RESPONDER_ACTION_PASS_ON = 1,
    IKR_RESPONDER_ACTION_DECIDE = 2,           /* stage */
    IKR_RESPONDER_ACTION_RESPOND_REDIRECT = 3, /* target, with_identity, with_auth */
    IKR_RESPONDER_ACTION_SEND_REDIRECT = 4,    /* target */
    IKR_RESPONDER_ACTION_RETRANSMIT = 5,
    IKR_RESPONDER_ACTION_ACKNOWLEDGE = 6,
    IKR_RESPONDER_ACTION_DELETE_SA = 7,
    IKR_RESPONDER_ACTION_DROP_SA = 8,
    IKR_RESPONDER_ACTION_CLIENT_LEFT = 9,
    IKR_RESPONDER_ACTION_IGNORED = 10, /* reason */
    IKR_RESPONDER_ACTION_MISUSED = 11, /* misuse */
    IKR_RESPONDER_ACTION_FAILED = 12   /* reason */
};

/* What is known of a client where a redirect is legal. */
enum { IKR_STAGE_CLAIMED = 1, IKR_STAGE_FIRST = 2, IKR_STAGE_COMPLETE = 3 };

/* The tag says which other fields count; those that do not are zero. */
typedef struct {
    uint32_t tag;
    uint32_t target; /* the host's own number */
    uint32_t stage;
    uint32_t reason, misuse;
    uint8_t with_identity, with_auth; /* flags */
} ikr_responder_action;

/* To be carried out in order. */
typedef struct {
    size_t count;
    ikr_responder_action items[IKR_MAX_ACTIONS];
} ikr_responder_actions;

enum {
    IKR_RESPONDER_PHASE_AUTHENTICATING = 1,
    IKR_RESPONDER_PHASE_DECIDING = 2,
    IKR_RESPONDER_PHASE_ESTABLISHED = 3,
    IKR_RESPONDER_PHASE_SCHEDULED = 4,
    IKR_RESPONDER_PHASE_REDIRECTING = 5,
    IKR_RESPONDER_PHASE_LEAVING = 6,
    IKR_RESPONDER_PHASE_CLOSED = 7
};

/* What the deadline is for. */
enum {
    IKR_AWAITS_NOTHING = 0,
    IKR_AWAITS_SCHEDULE = 1,
    IKR_AWAITS_ACKNOWLEDGEMENT = 2,
    IKR_AWAITS_DEPARTURE = 3
};

typedef struct {
    uint32_t phase;
    uint32_t target; /* has_target */
    uint32_t awaits;
    uint8_t has_target, supports_redirect; /* flags */
    uint64_t deadline; /* when to call ikr_responder_timeout, or IKR_NEVER */
} ikr_responder_view;

ikr_status ikr_responder_default_config(ikr_responder_config *config);
/* How long a session can last once its redirect is sent. */
ikr_status ikr_responder_longest_stay(const ikr_responder_config *config, uint64_t *millis);

/* As for the client. The second makes the machine of an IKE SA that is up. */
ikr_status ikr_responder_init(ikr_responder *machine, size_t size,
                              const ikr_responder_config *config, const ikr_client *client);
ikr_status ikr_responder_init_established(ikr_responder *machine, size_t size,
                                          const ikr_responder_config *config,
                                          const ikr_client *client);

/* Orders. After an error the machine is as it was and the list of actions is empty. */
ikr_status ikr_responder_redirect(ikr_responder *machine, uint64_t now, uint32_t target,
                                  ikr_responder_actions *actions);
ikr_status ikr_responder_redirect_at(ikr_responder *machine, uint64_t now, uint32_t target,
                                     uint64_t at, ikr_responder_actions *actions);
ikr_status ikr_responder_cancel(ikr_responder *machine, uint64_t now,
                                ikr_responder_actions *actions);

/* As for the client. */
ikr_status ikr_responder_handle(ikr_responder *machine, uint64_t now,
                                const ikr_responder_event *event, ikr_responder_actions *actions);
ikr_status ikr_responder_timeout(ikr_responder *machine, uint64_t now,
                                 ikr_responder_actions *actions);
ikr_status ikr_responder_look(const ikr_responder *machine, ikr_responder_view *view);
ikr_status ikr_responder_rebase(ikr_responder *machine, uint64_t from, uint64_t to);
