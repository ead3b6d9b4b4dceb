/* What the gateway's and the client's part of the plugin have in common. */
#ifndef REDIRECT_SHARED_H_
#define REDIRECT_SHARED_H_

#include <daemon.h>
#include <collections/hashtable.h>
#include <collections/linked_list.h>
#include <encoding/payloads/notify_payload.h>
#include <threading/mutex.h>

#include <ikev2_redirect.h>

/* The name in strongswan.conf: charon.plugins.ikev2-redirect. */
#define PLUGIN "ikev2-redirect"

/* Each line of the plugin in the log begins with its name. */
#define LOG(level, fmt, ...) DBG##level(DBG_CFG, PLUGIN ": " fmt, ##__VA_ARGS__)

/* What a decrypted message carries, and the octets that a name in it points to. */
typedef struct {
	ikr_contents contents;
	chunk_t notify;
} seen_t;

/* Milliseconds on a clock that does not go back. */
uint64_t milliseconds(void);

ikr_address address_of(host_t *host);
host_t *host_of(const ikr_address *address);

/* A target as charon writes one; NULL for none. */
identification_t *identity_of(const ikr_target *target);

/* Reads what the machines need to know of a message that charon has parsed. */
void see(message_t *message, seen_t *seen);
void see_end(seen_t *seen);

/* Takes each notification of that type out of a message; TRUE if there was one. */
bool take_away(message_t *message, notify_type_t type);

/* Makes charon act as if the message had not come. */
void ignore(message_t *message);

#endif
