/* The gateway's part: who is redirected, and what a client may not do. */
#ifndef REDIRECT_GATEWAY_H_
#define REDIRECT_GATEWAY_H_

#include "options.h"

#include <sa/redirect_provider.h>

/* What became of the sessions that maintenance was to move. */
typedef struct {
	u_int left;			/* still here */
	u_int moved;		/* the client has gone by itself */
	u_int deleted;		/* after its grace time */
	u_int silent;		/* never answered */
	u_int unable;		/* of those still here: announced no support */
} tally_t;

typedef struct {
	redirect_provider_t provider;
	options_t *options;
	mutex_t *mutex;			/* over all below */
	hashtable_t *sessions;	/* session_t by charon's number of the IKE SA */
	hashtable_t *doors;		/* decisions on IKE_SA_INIT requests that charon works on */
	bool maintenance;
	uint64_t next;			/* when the next session is to move */
	tally_t tally;
} gateway_t;

/* An IKE SA that a client has initiated. */
typedef struct {
	uint32_t id;
	ike_sa_id_t *ike_sa_id;
	ikr_responder machine;
	uint64_t client;		/* what it is chosen by */
	int family;
	host_t *own;
	uint32_t mid;			/* of the request with the REDIRECT */
	bool sent;
} session_t;

gateway_t *gateway_create(options_t *options);
void gateway_destroy(gateway_t *this);

/* charon's events of an IKE SA that a client has initiated. */
void gateway_receives(gateway_t *this, ike_sa_t *ike_sa, message_t *message);
void gateway_sends(gateway_t *this, ike_sa_t *ike_sa, message_t *message);
void gateway_established(gateway_t *this, ike_sa_t *ike_sa);
void gateway_rekeyed(gateway_t *this, ike_sa_t *old, ike_sa_t *new);
void gateway_unanswered(gateway_t *this, ike_sa_t *ike_sa);
void gateway_ended(gateway_t *this, ike_sa_t *ike_sa);

/* Moves all sessions away, or stops to. */
void gateway_maintain(gateway_t *this, bool begin);
/* Runs the timers of the machines; called ten times a second. */
void gateway_tick(gateway_t *this);
tally_t gateway_tally(gateway_t *this);

#endif
