/* The gateway's decisions before a session is up. */
#ifndef REDIRECT_DOOR_H_
#define REDIRECT_DOOR_H_

#include "gateway.h"

/* Lets charon ask. */
void door_open(gateway_t *this);
/* Before charon asks: what came. With the mutex held. */
void door_receives(gateway_t *this, ike_sa_t *ike_sa, message_t *message);
/* The target of a client that has proven who it is, or -1. */
int door_choose(gateway_t *this, uint64_t client, int family, host_t *own);
/* What a client is chosen by. */
uint64_t client_key(gateway_t *this, ike_sa_t *ike_sa);

#endif
