/*
 * The IKEv2 Redirect Mechanism (RFC 5685) for hosts in C: the front door, the client's machine, the
 * gateway's machine, and the notifications. What each thing means is told by the documentation of
 * the Rust crate ikev2-redirect, whose names these are; here stands what is particular to C.
 *
 * Memory is the caller's. Nothing is allocated, nothing is called back, nothing is global; calls
 * on different machines may run at the same time, calls on one machine may not.
 *
 * Pointers. Every pointer is checked for NULL and for alignment, every flag, tag and number for
 * its values, and a machine's memory for holding one of its kind; a call that fails changes
 * nothing but what is said. C does not let us check, and the caller owes, that
 *   - a pointer points to as much memory as its type or the length beside it says, and that memory
 *     which is read has been written (fill a structure with zeros before you set its fields);
 *   - memory which a function writes to is nobody else's meanwhile, and no other argument's;
 *   - a machine's memory is written by these functions only, or copied whole.
 * NULL is fine where a length is zero.
 *
 * Lifetimes. A name, a nonce or a cookie in a structure is not a copy: it points into the octets
 * that were parsed, also in an action that came of them. It can be used until those octets change
 * or go, and so can every structure that has it. Machines keep no pointer.
 *
 * Times are milliseconds on a clock of the caller's that does not go back.
 */
#ifndef IKEV2_REDIRECT_H
#define IKEV2_REDIRECT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define IKR_ALIGNED alignas(8)
extern "C" {
#else
#define IKR_ALIGNED _Alignas(8)
#endif

/* ---- What a call comes to ---- */

/* IKR_OK, one of the others, IKR_MISUSE_BASE + a misuse, or IKR_REASON_BASE + a reason. */
typedef uint32_t ikr_status;

enum {
    IKR_OK = 0,
    IKR_NULL_POINTER = 1,
    IKR_MISALIGNED = 2,
    IKR_WRONG_SIZE = 3,       /* not the size of a machine, or more than there can be */
    IKR_WRONG_OBJECT = 4,     /* no machine of this kind is there */
    IKR_UNKNOWN_TAG = 5,      /* a tag, kind or state without a meaning here */
    IKR_NO_FLAG = 6,          /* a flag is neither 0 nor 1 */
    IKR_UNKNOWN_REASON = 7,   /* no reason has that number */
    IKR_TOO_MANY = 8,         /* more than IKR_MAX_ANYCAST addresses */
    IKR_BUFFER_TOO_SMALL = 9,
    IKR_OVERLAP = 10,         /* octets would be written over those that are read for it */
    IKR_MISUSE_BASE = 0x100,  /* the host's mistake: nothing has changed */
    IKR_REASON_BASE = 0x200   /* what a peer's octets, a target or a name lacks */
};

/* What a host can do wrong. Numbers are never changed and never used again. */
enum {
    IKR_MISUSE_LIMIT_TOO_LARGE = 0, IKR_MISUSE_PERIOD_MISSING = 1,
    IKR_MISUSE_ALREADY_CONNECTED = 2, IKR_MISUSE_NOT_CONNECTED = 3,
    IKR_MISUSE_UNUSABLE_ADDRESS = 4, IKR_MISUSE_UNKNOWN_QUESTION = 5,
    IKR_MISUSE_OTHER_ADDRESS = 6, IKR_MISUSE_LITERAL_TARGET = 7, IKR_MISUSE_NOTHING_TO_RETRY = 8,
    IKR_MISUSE_NOT_UP = 9, IKR_MISUSE_REQUEST_MISSING = 10, IKR_MISUSE_REQUEST_REPEATED = 11,
    IKR_MISUSE_AUTH_CONTRADICTION = 12, IKR_MISUSE_PHASE_INCOMPLETE = 13,
    IKR_MISUSE_OUT_OF_TURN = 14, IKR_MISUSE_CLIENT_UNSUPPORTED = 15,
    IKR_MISUSE_ALREADY_REDIRECTING = 16, IKR_MISUSE_SA_CLOSED = 17,
    IKR_MISUSE_NOTHING_TO_CANCEL = 18
};

/* Why something is refused or ignored. Numbers are never changed and never used again. */
enum {
    IKR_REASON_TRUNCATED = 0, IKR_REASON_TRAILING_OCTETS = 1, IKR_REASON_PAYLOAD_LENGTH = 2,
    IKR_REASON_NOTIFY_LENGTH = 3, IKR_REASON_UNKNOWN_CRITICAL_PAYLOAD = 4,
    IKR_REASON_UNSUPPORTED_VERSION = 5, IKR_REASON_WRONG_EXCHANGE = 6, IKR_REASON_WRONG_FLAGS = 7,
    IKR_REASON_WRONG_MESSAGE_ID = 8, IKR_REASON_ZERO_INITIATOR_SPI = 9,
    IKR_REASON_NONZERO_RESPONDER_SPI = 10, IKR_REASON_MISSING_PAYLOAD = 11,
    IKR_REASON_REPEATED_NONCE = 12, IKR_REASON_NONCE_LENGTH = 13,
    IKR_REASON_ENCRYPTED_PAYLOAD = 14, IKR_REASON_WRONG_NOTIFY_TYPE = 15,
    IKR_REASON_SPI_SIZE = 16, IKR_REASON_GATEWAY_TYPE = 17, IKR_REASON_GATEWAY_LENGTH = 18,
    IKR_REASON_FQDN_SYNTAX = 19, IKR_REASON_ADDRESS_AS_NAME = 20, IKR_REASON_NONCE_ABSENT = 21,
    IKR_REASON_UNEXPECTED_NONCE = 22, IKR_REASON_CONFLICTING_NOTIFIES = 23,
    IKR_REASON_UNSPECIFIED_TARGET = 24, IKR_REASON_MULTICAST_TARGET = 25,
    IKR_REASON_BROADCAST_TARGET = 26, IKR_REASON_MAPPED_TARGET = 27,
    IKR_REASON_RESERVED_TARGET = 28, IKR_REASON_LOOPBACK_TARGET = 29,
    IKR_REASON_LINK_LOCAL_TARGET = 30, IKR_REASON_SELF_REDIRECT = 31,
    IKR_REASON_RESUMPTION_OFF = 32, IKR_REASON_CLIENT_UNSUPPORTED = 33,
    IKR_REASON_ANYCAST_PROCEED = 34, IKR_REASON_ANYCAST_TARGET = 35,
    IKR_REASON_ANSWER_TOO_LONG = 36, IKR_REASON_DECLINED = 37,
    IKR_REASON_WRONG_INITIATOR_SPI = 38, IKR_REASON_NONCE_MISMATCH = 39,
    IKR_REASON_REDIRECTS_OFF = 40, IKR_REASON_LIMIT_REACHED = 41, IKR_REASON_POLICY_REFUSED = 42,
    IKR_REASON_UNRESOLVABLE = 43, IKR_REASON_VET_TIMEOUT = 44, IKR_REASON_QUESTION_OPEN = 45,
    IKR_REASON_GATEWAY_UNVERIFIED = 46, IKR_REASON_GATEWAY_AUTH_FAILED = 47,
    IKR_REASON_INTERMEDIATE_RESPONSE = 48, IKR_REASON_FATAL_NOTIFICATION = 49,
    IKR_REASON_MOVE_IN_PROGRESS = 50, IKR_REASON_REPEATED_REQUEST = 51,
    IKR_REASON_UNKNOWN_SA = 52, IKR_REASON_ATTEMPT_FAILED = 53, IKR_REASON_SA_LOST = 54,
    IKR_REASON_WRONG_DIRECTION = 55, IKR_REASON_CLIENT_AUTH_FAILED = 56,
    IKR_REASON_NO_ANSWER = 57, IKR_REASON_MISPLACED_REDIRECT = 58, IKR_REASON_OUT_OF_TURN = 59,
    IKR_REASON_PHASE_INCOMPLETE = 60
};

/* Names for logs, like "nonce-mismatch"; "unknown" for a number without one. They never go. */
const char *ikr_status_name(ikr_status status);
const char *ikr_reason_name(uint32_t reason);
const char *ikr_misuse_name(uint32_t misuse);

/* ---- Addresses, targets, octets ---- */

/* Octets of somebody else: see "Lifetimes". */
typedef struct {
    const uint8_t *data;
    size_t length;
} ikr_octets;

/* Kinds of an address or target. */
enum { IKR_NONE = 0, IKR_IPV4 = 1, IKR_IPV6 = 2, IKR_FQDN = 3 };

typedef struct {
    uint32_t kind;      /* IKR_NONE, IKR_IPV4 or IKR_IPV6 */
    uint8_t octets[16]; /* of IPv4 the first four; in network order */
} ikr_address;

typedef struct {
    uint32_t kind;       /* and IKR_FQDN */
    uint8_t address[16]; /* unless it is a name */
    const char *name;    /* not terminated: see "Lifetimes" */
    size_t name_length;
} ikr_target;

typedef struct {
    uint8_t allow_loopback, allow_link_local; /* flags */
} ikr_target_rules;

/* Makes a target of a domain name, to which it then points, and of what is no name one of kind
 * IKR_NONE. An address in text is no name. */
ikr_status ikr_target_name(const char *name, size_t length, ikr_target *target);
/* Whether anybody can be sent to that address: IKR_OK, or IKR_REASON_BASE + why not. */
ikr_status ikr_target_check(const ikr_target_rules *rules, const ikr_address *address);

/* A time that never comes. */
#define IKR_NEVER UINT64_MAX

/* ---- Messages and notifications ---- */

enum { IKR_HEADER_LENGTH = 28, IKR_MAX_NOTIFIES = 34, IKR_MAX_REDIRECT = 520 };

typedef struct {
    uint8_t initiator_spi[8], responder_spi[8];
    uint32_t message_id;
    uint8_t next_payload, exchange, flags;
} ikr_header;

/* Whether a notification is there, and whether there is something wrong with it. */
enum { IKR_ABSENT = 0, IKR_VALID = 1, IKR_INVALID = 2 };

typedef struct {
    uint32_t state;
    uint32_t reason;   /* IKR_INVALID: a reason */
    ikr_target target; /* IKR_VALID */
    ikr_octets nonce;  /* IKR_VALID, in IKE_SA_INIT only */
} ikr_redirect;

typedef struct {
    size_t length; /* of the message */
    uint8_t initiator_spi[8];
    ikr_octets nonce;
    ikr_octets cookie;               /* has_cookie */
    ikr_address redirected_from;     /* IKR_VALID */
    uint32_t redirected_from_state;  /* IKR_ABSENT, IKR_VALID or IKR_INVALID */
    uint32_t redirected_from_reason; /* IKR_INVALID: a reason */
    uint8_t redirect_supported, has_cookie, resumption; /* flags */
} ikr_init_request;

typedef struct {
    uint8_t initiator_spi[8], responder_spi[8];
    ikr_redirect redirect;
    uint8_t accepts, multiple_auth_supported, resumption; /* flags */
} ikr_init_response;

/* The payloads inside SK. */
typedef struct {
    ikr_redirect redirect; /* without a nonce */
    uint16_t fatal_error;  /* a notify type, or 0 */
    uint8_t auth, eap, sa, another_auth_follows, multiple_auth_supported; /* flags */
    uint8_t deletes_ike_sa;                                               /* flag */
} ikr_contents;

/* What an IKE_SA_INIT request has to carry. */
typedef struct {
    ikr_address redirected_from; /* IKR_NONE: do not include it */
    uint8_t redirect_supported;  /* flag */
} ikr_init_notifies;

/* These read octets. What fails with a reason leaves the structure as it was. */
ikr_status ikr_header_parse(const uint8_t *message, size_t length, ikr_header *header);
ikr_status ikr_init_request_parse(const uint8_t *message, size_t length, ikr_init_request *request);
ikr_status ikr_init_response_parse(const uint8_t *message, size_t length,
                                   ikr_init_response *response);
/* The decrypted chain; the first payload's type is the next-payload field of the SK payload. */
ikr_status ikr_contents_parse(uint8_t first_payload, const uint8_t *chain, size_t length,
                              ikr_contents *contents);
/* The body of one Notify payload, from its protocol id on. The outcome is written in any case: a
 * REDIRECT that is wrong is IKR_INVALID there. The second is for IKE_SA_INIT, with a nonce. */
ikr_status ikr_redirect_parse(const uint8_t *notify, size_t length, ikr_redirect *redirect);
ikr_status ikr_init_redirect_parse(const uint8_t *notify, size_t length, ikr_redirect *redirect);

/* These write octets to the front of `out`. `*written` tells how many they are or, with
 * IKR_BUFFER_TOO_SMALL, would be. `next_payload` is the type of the payload that follows. */
ikr_status ikr_header_write(const ikr_header *header, uint32_t payload_octets, uint8_t *out,
                            size_t size, size_t *written);
ikr_status ikr_redirect_write(const ikr_target *target, uint8_t next_payload, uint8_t *out,
                              size_t size, size_t *written);
ikr_status ikr_init_redirect_write(const ikr_target *target, const ikr_octets *nonce,
                                   uint8_t next_payload, uint8_t *out, size_t size,
                                   size_t *written);
ikr_status ikr_init_notifies_write(const ikr_init_notifies *notifies, uint8_t next_payload,
                                   uint8_t *out, size_t size, size_t *written);

/* ---- The front door ---- */

enum { IKR_MAX_ANYCAST = 16, IKR_MAX_ANSWER = 548 };

/* Zeros are the defaults. */
typedef struct {
    const ikr_address *anycast;
    size_t anycast_count; /* at most IKR_MAX_ANYCAST */
    ikr_target_rules targets;
    uint8_t serve_unsupported_on_anycast, redirect_resumption; /* flags */
} ikr_front_door;

typedef struct {
    ikr_address destination;
    uint8_t source_proven; /* flag */
} ikr_arrival;

enum {
    IKR_DECISION_PROCEED = 1,
    IKR_DECISION_REDIRECT = 2,   /* target */
    IKR_DECISION_REFUSE = 3,
    IKR_DECISION_REFUSE_WITH = 4 /* error */
};

typedef struct {
    uint32_t tag;
    uint16_t error;
    ikr_target target;
} ikr_decision;

enum {
    IKR_ANSWER_GO_ON = 1,  /* with the usual response */
    IKR_ANSWER_REPLY = 2,  /* from, message: send it and forget it */
    IKR_ANSWER_REFUSED = 3 /* reason: send nothing */
};

typedef struct {
    uint32_t tag;
    uint32_t reason;
    ikr_address from;
    ikr_octets message; /* the front of `out` */
} ikr_answer;

/* Answers a request that ikr_init_request_parse has read, by the host's decision. IKR_MAX_ANSWER
 * octets of room, apart from those of the request, are always enough. After an error the answer's
 * tag is 0. */
ikr_status ikr_front_door_answer(const ikr_front_door *door, const ikr_init_request *request,
                                 const ikr_arrival *arrival, const ikr_decision *decision,
                                 uint8_t *out, size_t size, ikr_answer *answer);
/* Answers one that ikr_init_request_parse could not read, if its sender is to be told why. */
ikr_status ikr_front_door_reject(const ikr_front_door *door, const uint8_t *message, size_t length,
                                 const ikr_arrival *arrival, uint8_t *out, size_t size,
                                 ikr_answer *answer);
/* Whether the client may be sent there: IKR_OK, or IKR_REASON_BASE + why not. */
ikr_status ikr_front_door_may_redirect(const ikr_front_door *door, const ikr_init_request *request,
                                       const ikr_arrival *arrival, const ikr_target *target);

#include "ikev2_redirect_machines.h"

#ifdef __cplusplus
}
#endif
#endif
