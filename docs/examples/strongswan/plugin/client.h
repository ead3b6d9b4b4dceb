/* The client's part: which REDIRECTs charon sees, and which it does not. */
#ifndef REDIRECT_CLIENT_H_
#define REDIRECT_CLIENT_H_

#include "options.h"

#include <config/child_cfg.h>

typedef struct client_t client_t;

/* A VPN connection: the machine goes with it from gateway to gateway. */
typedef struct {
	client_t *client;
	ikr_initiator machine;
	char *name;					/* of charon's configuration, for the log and to find it again */
	peer_cfg_t *peer_cfg;
	linked_list_t *children;	/* child_cfg_t: what the latest IKE_AUTH exchange asks for */
	refcount_t refs;			/* IKE SAs, jobs, and the list of idle connections */

	uint8_t spi[8];				/* of the latest IKE_SA_INIT request */
	chunk_t nonce;
	bool multiple_auth;			/* offered by its response */
	bool starting;				/* an IKE SA that the machine wants is not there yet: */
	uint32_t started;			/* its number */
	identification_t *refused;	/* what this client did not want to follow */
	uint32_t refused_sa;		/* over this IKE SA, */
	uint32_t refusal;			/* and why */
	bool unproven;				/* an IKE_AUTH response waits for charon's word on its AUTH */
	seen_t response;
} connection_t;

struct client_t {
	options_t *options;
	mutex_t *mutex;				/* over all below and all machines */
	hashtable_t *by_id;			/* bound_t by charon's number of an IKE SA */
	linked_list_t *idle;		/* connection_t without an IKE SA, for what they remember */
};

/* An IKE SA of charon and what the machine calls it. */
typedef struct {
	uint32_t id, sa;
	uint64_t spi;				/* of the client; 0: not known yet */
	connection_t *connection;
} bound_t;

client_t *client_create(options_t *options);
void client_destroy(client_t *this);

/* charon's events of an IKE SA that it has initiated. */
void client_sends(client_t *this, ike_sa_t *ike_sa, message_t *message);
void client_receives(client_t *this, ike_sa_t *ike_sa, message_t *message);
void client_proven(client_t *this, ike_sa_t *ike_sa, bool proven);
void client_established(client_t *this, ike_sa_t *ike_sa);
void client_ended(client_t *this, ike_sa_t *ike_sa);
void client_rekeyed(client_t *this, ike_sa_t *old, ike_sa_t *new);
void client_renews(client_t *this, ike_sa_t *old, ike_sa_t *new);
void client_moved(client_t *this, ike_sa_t *ike_sa, host_t *gateway);

/* ---- Among client.c, messages.c and follow.c; with the mutex held ---- */

void connection_ref(connection_t *connection);
void connection_unref(connection_t *connection);
void bind_sa(connection_t *connection, ike_sa_t *ike_sa, uint32_t sa);

/* What the plugin knows of charon's IKE SA, or NULL. */
bound_t *client_find(client_t *this, ike_sa_t *ike_sa);

/* charon connects by itself. */
bound_t *client_connects(client_t *this, ike_sa_t *ike_sa, host_t *gateway);

/* Tells the machine; what came out of it is in the log, and a question on its way. TRUE if charon
 * is to process the message as usual. */
bool client_tell(bound_t *bound, ike_sa_t *ike_sa, const ikr_initiator_event *event);

/* charon has checked the AUTH payload that the connection's latest response has. */
void connection_proven(bound_t *bound, ike_sa_t *ike_sa, bool right);

/* Tells in the log what the machine decided. */
void client_log(connection_t *connection, const ikr_initiator_actions *actions);

/* Asks policy and DNS in a job, and then does what the machine says. */
void follow(connection_t *connection, ike_sa_t *ike_sa, const ikr_initiator_action *vet);

#endif
