/* What strongswan.conf says, as it was when charon started. */
#ifndef REDIRECT_OPTIONS_H_
#define REDIRECT_OPTIONS_H_

#include "choice.h"

typedef struct {
	/* gateway */
	target_t *targets;
	int target_count;
	bool on_init, on_auth;		/* redirect there at all */
	u_int above;				/* only while charon holds more IKE SAs than that */
	bool by_identity;			/* in IKE_AUTH and later: sticky by identity, not by address */
	char *maintenance;			/* the file that starts it; NULL for none */
	double pace;				/* sessions a second */
	ikr_responder_config responder;
	ikr_front_door door;

	/* client */
	ikr_initiator_config initiator;
	linked_list_t *allowed_nets;	/* traffic_selector_t */
	linked_list_t *allowed_names;	/* identification_t, may have a wildcard */
} options_t;

/* NULL, and a line in the log, if something in there cannot be. */
options_t *options_create(void);
void options_destroy(options_t *this);

/* Whether the user's policy lets the client go there; `address` is what a name resolved to. */
bool options_allow(options_t *this, const ikr_target *target, host_t *address);

#endif
